"""What a refusal says, and which setting it names: one in code, or the variable that Hydra 1.3 reads."""

from __future__ import annotations

from dataclasses import dataclass

#: The environment variable by which Hydra 1.3.8 lets single targets through.
OVERRIDE = "HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE"
NO_SETTING = "no setting allows it: call it from code, or name a function of your own that does just what is needed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a config may not do something: one line, and one line on what to do instead."""

    message: str
    hint: str


def not_listed(path: str, name: str | None = None) -> Refusal:
    """Of a path that the allow-list doesn't name, or of what it leads to."""
    which = "" if name is None else f" is '{name}', which"
    return Refusal(f"Target '{path}'{which} is not in the allow-list", how_to_list(path))


def how_to_list(path: str) -> str:
    """The settings in code that allow it."""
    return f"if it is to be trusted, allow it in code, never in a config: {_settings_for(path)}"


def how_to_open(name: str) -> str:
    """The settings that allow what is dangerous in a way that its name tells."""
    return (
        f"if it is meant, allow it in code, never in a config: {_settings_for(name)}, either of which allows nothing "
        f"else; or, with Hydra 1.3, in the environment: {OVERRIDE}={name}"
    )


def _settings_for(path: str) -> str:
    return f"Instantiator(allow=[..., '{path}']), or execution_whitelist([..., '{path}']) around the call"


def by_hydra(text: str) -> Refusal:
    """In the installed Hydra's own words."""
    return Refusal(" ".join(text.split()), "the installed Hydra refuses it")
