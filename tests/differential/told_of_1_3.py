"""The rows that Hydra 1.3 alone needs: what they account for, and what they don't, though it looks much like it."""

from __future__ import annotations

from tests.differential.cases import Case, Leaf, Map, Name, Seq, Structured
from tests.differential.outcomes import Built, Part, Raised
from tests.differential.targets import HERE
from tests.differential.told import Told, given, leaves, value

BOX = f"{HERE}.Box"
LOST = Raised((KeyError,), "lost")

TOLD = {
    "what would fail in the arguments of a mapping without a target, of which a part is referred to": Told(
        "clean-control-keys",
        Case(leaves(key="${_args_.0._target_}", _args_=Seq((leaves(_target_=f"{HERE}.fails_type"),)))),
        Built(Part("DictConfig", None, (("key", value(f"{HERE}.fails_value")),))),
    ),
    "a resolver that counts, behind one that reads the config": Told(
        "resolvers-that-count", Case(leaves(b="${t.count:}", a="${oc.select:b}")), value("another text")
    ),
    "a resolver that counts, in a text behind one that reads the config": Told(
        "resolvers-that-count", Case(leaves(b="n${t.count:}", a="x-${oc.select:b}")), value("y-n2")
    ),
    "a text that leads back to itself by way of the whole": Told(
        "loops-through-the-whole",
        Case(
            Map((("c", Seq((leaves(c="x-${other.b}-y"),))), (2.5, leaves(a=Seq((Leaf("${...c.0}"),)))))),
            "item",
            leaves(other=leaves(b="${child.0.c.0}")),
        ),
        value("x-nothing-y"),
    ),
    "an argument for an interpolation to a field of another type": Told(
        "arguments-for-interpolations",
        Case(Map((("x", Structured("Nested")), ("a", Leaf("${x.maybe}")))), "config", kwargs=given(Leaf(1))),
        Built(Part("DictConfig", None, (("a", value(2)),))),
    ),
    "an instance that cannot be a config, beside one that is merged into": Told(
        "dataclass-values-pass",
        Case(
            Map((("a", Structured("Point")), ("key", Structured("Typed", (("maybe", Leaf("text")),))))),
            kwargs=given(leaves(x=3)),
        ),
        LOST,
    ),
    "an instance in a list that takes the place of another": Told(
        "dataclass-values-pass",
        Case(leaves(_target_=BOX, a=Seq((Leaf(1),))), kwargs=given(Seq((Structured("Point"),)))),
        Part("dataclass", "Typed"),
    ),
    "an instance in a mapping that is merged, in the place of the same": Told(
        "dataclass-values-pass",
        Case(leaves(c=leaves(a=Structured("Linked"))), "config", kwargs=Map((("c", leaves(a=Structured("Linked"))),))),
        Part("given", "Point"),
    ),
    "a target that gives no list for arguments, beside an argument given twice": Told(
        "errors-before-building",
        Case(
            leaves(
                _target_=f"{HERE}.fixed",
                a=leaves(_target_=BOX, x=leaves(_target_=f"{HERE}.gives_dict"), _args_="${a.x}"),
            ),
            args=(Leaf(1),),
        ),
        LOST,
    ),
    "a text that leads back to itself by way of the whole, beside a missing value": Told(
        "loops-through-the-whole",
        Case(leaves(source="${child.a}", a=leaves(key="???", c="x-${child.source}-y")), "child"),
        Built(Part("DictConfig", None)),
    ),
    "a container of its own kind that an interpolation leads to": Told(
        "containers-keep-their-type",
        Case(leaves(_target_="builtins.dict", key="${a}"), kwargs=given(Name("t.live('ordered')"))),
        Part("live", "lock"),
    ),
}
