"""Which tests are meant to notice a change in which module: the likeliest first, and none that takes long."""

from __future__ import annotations

from typing import Final

import omegaconf

_POLICY: Final = (
    "tests/targets/test_policy.py",
    "tests/targets/test_private.py",
    "tests/targets/test_guarded.py",
    "tests/behaviour/test_behaviour_allow_lists.py",
    "tests/behaviour/test_behaviour_policy.py",
    "tests/behaviour/test_behaviour_verdicts.py",
    "tests/targets/test_zen.py",
    "tests/security/test_security.py",
)
_SETTINGS: Final = ("tests/behaviour/test_behaviour_settings.py", "tests/behaviour/test_behaviour_public_names.py")
_BUILT: Final = (
    "tests/parity/test_parity_top_level.py",
    "tests/behaviour/test_behaviour_plans.py",
    "tests/parity/test_parity_structured.py",
    "tests/behaviour/test_behaviour_built.py",
    "tests/parity/test_parity_arguments.py",
    "tests/explaining/test_source.py",
)
_OWNERS: Final = (
    "tests/behaviour/test_behaviour_leaving_configs.py",
    "tests/behaviour/test_behaviour_nested_datasets.py",
    "tests/gallery/test_gallery_segmentation.py",
    "tests/parity/test_parity_ownership.py",
)
_MESSAGES: Final = (
    "tests/behaviour/test_behaviour_errors.py",
    "tests/bad_input/test_bad_input_targets.py",
    "tests/behaviour/test_behaviour_control_keys.py",
    "tests/gallery/test_gallery_errors.py",
    "tests/bad_input/test_bad_input_configs.py",
    "tests/parity/test_parity_exceptions.py",
)
#: The codes of what is found.
_CODES: Final = ("tests/checks/test_checks_page.py",)
_WALK: Final = (
    "tests/behaviour/test_behaviour_sharing.py",
    "tests/parity/test_parity_recursion.py",
    "tests/parity/test_parity_partial.py",
    "tests/parity/test_parity_targets.py",
    "tests/parity/test_parity_interpolation.py",
    *(("tests/parity/test_parity_1_4.py",) if hasattr(omegaconf, "TupleConfig") else ()),
    "tests/parity/test_parity_arguments.py",
    "tests/parity/test_parity_convert.py",
)
#: The comparison with Hydra, each test one case.
_COMPARISON: Final = ("tests/differential/test_picked.py", "tests/mutation/comparison.py")
_READERS: Final = ("tests/behaviour/test_behaviour_compiled_plans.py", "tests/explaining/test_tree.py")

#: By module, or by folder for the modules that are not named themselves.
TESTS: Final[dict[str, tuple[str, ...]]] = {
    "safe_instantiate/targets/policy.py": _POLICY,
    "safe_instantiate/planning/built.py": _BUILT,
    "safe_instantiate/planning/calls.py": (*_CODES, *_COMPARISON, *_BUILT, *_WALK, *_MESSAGES, *_READERS),
    "safe_instantiate/planning/datasets.py": (*_OWNERS, "tests/checks/test_checks_rules.py"),
    "safe_instantiate/planning/given.py": _READERS,
    "safe_instantiate/planning/modes.py": (*_COMPARISON, *_MESSAGES, *_WALK),
    "safe_instantiate/planning/nodes.py": (*_READERS, *_MESSAGES, "tests/distributed_unit/test_rank_zero.py"),
    "safe_instantiate/planning/owners.py": _OWNERS,
    "safe_instantiate/planning/planner.py": (
        "tests/behaviour/test_behaviour_policy.py",
        *_MESSAGES,
        *_WALK,
        *_OWNERS,
        *_READERS,
        *_BUILT,
        *_COMPARISON,
    ),
    "safe_instantiate/planning/problems.py": (*_CODES, *_MESSAGES, *_COMPARISON),
    "safe_instantiate/planning/raw.py": (*_COMPARISON, *_WALK, *_OWNERS),
    "safe_instantiate/planning/self_builders.py": _OWNERS,
    "safe_instantiate/planning/settings.py": (*_SETTINGS, *_POLICY),
    "safe_instantiate/planning/short_way.py": (
        "tests/behaviour/test_behaviour_policy.py",
        *_COMPARISON,
        *_MESSAGES,
        *_WALK,
        *_OWNERS,
    ),
    "safe_instantiate/planning/target_names.py": (*_COMPARISON, *_MESSAGES, *_WALK),
    "safe_instantiate/planning/uses.py": (
        "tests/behaviour/test_behaviour_allow_lists.py",
        "tests/targets/test_zen.py",
        *_READERS,
    ),
    "safe_instantiate/planning": (*_MESSAGES, *_WALK),
}
