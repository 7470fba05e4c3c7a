"""Where our answer may differ from Hydra's: the whole list. The documentation's table is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.differential.judging import Row
from tests.differential.reasons import (
    arguments_for_a_built_object,
    arguments_for_a_list,
    built_objects_pass,
    clean_control_keys,
    containers_keep_their_type,
    control_key_errors,
    dataclass_values_pass,
    deferred_samplers,
    errors_before_building,
    escaped_interpolations,
    nested_datasets,
    plain_partial,
    stricter_policy,
)
from tests.differential.reasons_of_1_3 import (
    arguments_for_interpolations,
    loops_through_the_whole,
    read_only_configs,
    resolvers_that_count,
)
from tests.differential.reasons_of_1_4 import (
    arguments_are_not_built,
    configs_as_arguments,
    configs_of_their_own,
    live_objects_in_dicts,
    places_of_references,
)

#: The list, in the order in which a difference is put down to one of them.
ROWS = (
    Row(
        "partials-complete",
        "`instantiate(partial, *args, **kwargs)` calls the partial, which Hydra refuses.",
        arguments_for_a_built_object,
    ),
    Row(
        "live-objects-in-dicts",
        "Live objects in plain dicts are accepted on Hydra 1.4 too, which refuses them before it comes to any other "
        "mistake.",
        live_objects_in_dicts,
    ),
    Row(
        "built-objects-pass",
        "An object that is built already passes, the very same object, where Hydra refuses it or copies it.",
        built_objects_pass,
    ),
    Row(
        "list-arguments",
        "Call-site arguments for a list config are an error; Hydra drops them.",
        arguments_for_a_list,
    ),
    Row(
        "clean-control-keys",
        "`_args_`, `_partial_`, `_recursive_` and `_convert_` never reach a constructor with a plain mapping; "
        "where one is handed on raw, they stand on the targets that they governed.",
        clean_control_keys,
    ),
    Row(
        "control-key-errors",
        "A control key with a wrong value, or a misspelt one, is an error, also where Hydra takes no notice of it.",
        control_key_errors,
    ),
    Row(
        "nested-datasets",
        "Under `_recursive_: false` a dataset-like target receives its nested dataset built, in Hydra its config.",
        nested_datasets,
    ),
    Row(
        "deferred-samplers",
        "A DistributedSampler that is made before the process group is there waits for it; in Hydra it raises.",
        deferred_samplers,
    ),
    Row(
        "errors-before-building",
        "What is certainly wrong is raised before a constructor runs, also where Hydra runs one that raises or ends "
        "the program first; so is an argument that the target of a partial doesn't take, which Hydra finds when the "
        "partial is called.",
        errors_before_building,
    ),
    Row(
        "dataclass-values-pass",
        "A dataclass instance without `_target_` that is given as an argument, or as a value in a plain dict or list, "
        "passes, as in Hydra 1.4; Hydra 1.3 makes it a config.",
        dataclass_values_pass,
    ),
    Row(
        "read-only-configs",
        "Reading writes nothing, so a read-only config with interpolations builds; Hydra 1.3 resolves what they point "
        "at in place, and fails.",
        read_only_configs,
    ),
    Row(
        "containers-keep-their-type",
        "OrderedDict, defaultdict, namedtuples and the like that are given as arguments stay what they are, and what "
        "OmegaConf 2.4 keeps of them in a config.",
        containers_keep_their_type,
    ),
    Row(
        "configs-of-their-own",
        "A config that reaches a target is the target's own, resolved and open to changes; in Hydra 1.4 it is the "
        "caller's, locked while it is built, its texts are read where that stands, and where it contains itself it "
        "ends at another depth, or nowhere.",
        configs_of_their_own,
    ),
    Row(
        "escaped-interpolations",
        "An escaped interpolation is a text to what refers to it; Hydra 1.3 writes that text into its copy of the "
        "config, and what is read after it may follow it. In the place of a typed list it is read at once; with Hydra "
        "1.4 when somebody looks into the list.",
        escaped_interpolations,
    ),
    Row(
        "resolvers-that-count",
        "A resolver is called once for each place where it is written, and again for one that reads the config, such "
        "as `oc.select`; Hydra 1.3 calls it once for each copy that it makes, and resolves one of them bit by bit. A "
        "resolver that gives another answer each time shows it.",
        resolvers_that_count,
    ),
    Row(
        "loops-through-the-whole",
        "In a part of a config, an interpolation that leads back to where it stands by way of the whole is refused as "
        "such, and a text that does so stands once more in itself; Hydra 1.3 finds a copy there, which it refuses or "
        "reads.",
        loops_through_the_whole,
    ),
    Row(
        "arguments-for-interpolations",
        "An argument takes the place of an interpolation; Hydra 1.3 asks whether it fits the type of what that leads "
        "to.",
        arguments_for_interpolations,
    ),
    Row(
        "places-of-references",
        "What is wrong in what an interpolation leads to is told by the place of the interpolation, with Hydra 1.4, "
        "and behind an escaped interpolation with 1.3, by its own; what can't be read in a tuple by the whole key, "
        "with Hydra 1.4 by the key that the tuple has.",
        places_of_references,
    ),
    Row(
        "configs-as-arguments",
        "In a config that is given as an argument `???` is a missing value, Structured Configs keep their class, and "
        "an interpolation leads to one place; Hydra 1.4 lays such a config over another one value by value, and builds "
        "what a resolver in it gives. The text of a mapping that is given is its own; Hydra 1.4 makes it of what "
        "stands there for each value.",
        configs_as_arguments,
    ),
    Row(
        "positional-arguments",
        "Positional arguments of a call reach the target as they are; Hydra 1.4 also builds the configs among them, "
        "drops what it built, and may fail at that.",
        arguments_are_not_built,
    ),
    Row(
        "plain-partial",
        "`_partial_: true` gives a plain `functools.partial`; Hydra 1.3.3 and later give a subclass of its own.",
        plain_partial,
    ),
    Row(
        "stricter-policy",
        "What a config may not call is refused, also where the installed Hydra lets it through; a callable whose "
        "arguments have to be judged, such as `open`, is handed on with a guard around it.",
        stricter_policy,
    ),
)


def table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """The list as a Markdown table, with how many cases of each recorded campaign were put down to each row."""
    head = ["row", "where it differs from Hydra", *(f"with Hydra {hydra}" for hydra in counts)]
    lines = [_line(head), _line(["---", "---", *("---:" for _ in counts)])]
    return "\n".join(
        [*lines, *(_line([row.id, row.sentence, *(str(c.get(row.id, 0)) for c in counts.values())]) for row in ROWS)]
    )


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
