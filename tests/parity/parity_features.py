"""Where the tests of this folder, which spell out Hydra 1.3, don't hold with Hydra 1.4, and why.

Each of these tests still runs there, and has to fail: in both engines where we follow Hydra, in Hydra alone where we
keep what 1.3 does. `test_parity_1_4.py` has what holds instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Tests that a feature of Hydra 1.4 changes the answer of."""

    reason: str
    tests: tuple[str, ...]
    #: Whether Hydra alone answers otherwise, and this library what it always did.
    hydra_alone: bool = False
    #: The one form of a config that it holds for; None for every form.
    form: str | None = None


CHANGES = (
    Change(
        "what a constructor raises passes as it is, with a note",
        (
            "test_what_a_target_raises_can_be_read",
            "test_what_a_target_raises_is_the_cause_of_an_instantiation_exception",
            "test_the_target_is_named_by_where_it_is_defined",
            "test_the_traceback_of_the_target_can_be_reached",
            "test_an_exception_that_takes_no_arguments_survives",
            "test_a_chain_of_causes_survives",
            "test_a_failure_inside_a_nested_node_is_reported_once",
        ),
    ),
    Change(
        "the same, where ours is an error found before anything was built, and names the target",
        ("test_arguments_that_do_not_fit_are_an_error_that_names_the_target",),
        hydra_alone=True,
    ),
    Change(
        "a mapping replaces a plain mapping, and a list anything",
        (
            "test_keywords_of_the_call_merge_into_nested_mappings",
            "test_a_list_and_a_mapping_cannot_be_merged",
            "test_a_config_that_is_read_only_and_struct_is_built",
        ),
    ),
    Change(
        "a struct config takes no new key where a mapping is merged into it",
        (
            "test_keywords_of_the_call_complete_a_nested_node",
            "test_a_group_without_target_gets_the_keywords_of_the_call",
            "test_the_target_of_a_nested_node_can_be_overridden_in_the_call",
        ),
        form="locked_node",
    ),
    Change(
        "an interpolation is resolved whenever it is read, and where it is read",
        (
            "test_a_resolver_is_called_once_though_args_refer_to_each_other_and_the_call_gives_a_mode",
            "test_items_of_a_list_lead_to_what_they_lead_to_where_that_stands",
        ),
    ),
    Change("an argument may be no interpolation", ("test_keywords_of_the_call_may_refer_to_the_config",)),
    Change(
        "arguments are checked against declared types, and handed on unconverted",
        (
            "test_a_call_is_checked_against_the_types_of_the_dataclass",
            "test_a_call_is_converted_to_the_types_of_the_dataclass",
            "test_values_of_rich_types_keep_them",
        ),
    ),
    Change(
        "dataclass instances that are arguments pass",
        ("test_a_dataclass_with_target_is_a_node_as_argument_of_the_call",),
    ),
    Change(
        "a group that isn't recursive leaves its nodes raw",
        (
            "test_a_group_hands_recursive_down_to_its_values",
            "test_a_nested_group_hands_recursive_down_to_its_values",
            "test_a_node_overrides_what_its_group_says_on_recursive",
        ),
    ),
    Change(
        "what reaches a target is the caller's own node, with its interpolations and its parents",
        (
            "test_configs_that_reach_a_target_are_detached",
            "test_positional_configs_that_reach_a_target_are_detached",
            "test_configs_that_reach_a_target_know_their_own_children",
            "test_configs_that_reach_a_target_are_free_of_the_locks_on_the_caller_s",
            "test_configs_that_reach_a_target_can_be_pickled",
            "test_configs_inside_a_partial_can_be_pickled_beside_what_cannot",
            "test_raw_configs_that_reach_the_target_hold_no_interpolations",
            "test_raw_nodes_are_resolved",
        ),
        hydra_alone=True,
    ),
    Change(
        "and it bears the caller's locks",
        (
            "test_a_target_may_change_what_it_received",
            "test_two_builds_do_not_share_containers",
            "test_a_key_that_a_received_config_does_not_have_is_a_config_key_error",
            "test_containers_that_come_out_at_top_level_accept_objects",
            "test_containers_that_hold_built_objects_accept_more_of_them",
        ),
        hydra_alone=True,
        form="locked_node",
    ),
    Change(
        "a partial locks the config that it was made from while it is called",
        ("test_what_a_partial_raises_is_raised_as_it_is",),
        hydra_alone=True,
        form="locked_node",
    ),
    Change(
        "a partial remembers the policy that it was made under, which no pickle takes",
        ("test_a_partial_can_be_pickled",),
        hydra_alone=True,
    ),
    Change(
        "a `_target_` that was never given is no target",
        ("test_a_target_that_was_never_given_is_named",),
        hydra_alone=True,
    ),
    Change(
        "`isolate` and `_execution_whitelist_` are parameters, which we read among the keywords",
        ("test_instantiate_is_called_as_hydra_s_is",),
    ),
)
