"""What the launcher and the processes it starts agree on: the choices, with one line on each, and two names."""

ENGINE_VARIABLE = "DIGITS_ENGINE"  # in the environment: the engine is chosen when the package is imported
RESULT_FILE = "result.json"  # in the output folder, written by rank 0

ENGINES = {
    "safe": "safe_instantiate.instantiate",
    "hydra": "hydra.utils.instantiate",
}

ENTRIES = {
    "raw": "instantiate(cfg.trainer, _recursive_=False), as the trainer's author meant it",
    "auto": "the whole config at once: Instantiator(leave_configs_to='auto'), under Hydra instantiate(cfg.trainer)",
    "groups": "as raw, with _recursive_ and _convert_ set on the data and logging groups",
    "prebuilt": "model, gradient clipper and datasets built beforehand and passed in",
}
