"""The rows that Hydra 1.4 alone needs: what they account for, and what they don't, though it looks much like it."""

from __future__ import annotations

from pathlib import PosixPath

from omegaconf.errors import ConfigKeyError, GrammarParseError, InterpolationResolutionError

from tests.differential.cases import Case, Leaf, Map, Name, Seq, Structured
from tests.differential.outcomes import Built, Part, Raised
from tests.differential.targets import HERE
from tests.differential.told import Told, given, leaves, value

RECURSIVE = Part("unreadable", "InterpolationResolutionError")
LOST = Raised((KeyError,), "lost")

TOLD = {
    "what is wrong with a dataset, before another argument of its target": Told(
        "nested-datasets",
        Case(
            leaves(
                _target_=f"{HERE}.Loading",
                dataset=leaves(_target_=f"{HERE}.first"),
                collate_fn="${absent}",
                _recursive_=False,
            )
        ),
        LOST,
    ),
    "a text that a target gave, and that is read again": Told(
        "built-objects-pass",
        Case(leaves(_target_=f"{HERE}.Box", c="${._args_}", _args_=Seq((leaves(_target_=f"{HERE}.gives_dollar"),)))),
        Built(Part("object", "Box/Box", ((0, value("other")),))),
    ),
    "a text that a target gave, and that is read again, for a target of C's": Told(
        "built-objects-pass",
        Case(leaves(_target_="builtins.list", _args_=Seq((leaves(_target_=f"{HERE}.gives_dollar"),)))),
        Built(Part("list", None, tuple(enumerate(map(value, "price"))))),
    ),
    "a mapping of its own kind that a target gave, with an instance made of a config": Told(
        "built-objects-pass",
        Case(
            Map(
                (
                    ("a", Structured("BoxConf")),
                    (
                        "key",
                        leaves(_target_=f"{HERE}.gives_ordered", a="${child.a}", _recursive_=False, _convert_="object"),
                    ),
                )
            ),
            "child",
        ),
        Part("OrderedDict", None, (("a", value(1)),)),
    ),
    "an instance that cannot be a config, beside a config that cannot be one": Told(
        "dataclass-values-pass",
        Case(
            Map(
                (
                    ("x", Structured("Typed", (("maybe", Leaf(False)),))),
                    ("a", Structured("AttrConf", (("a", Leaf("not that type")),))),
                )
            )
        ),
        LOST,
    ),
    "keys that are no names, before a call that can't be made": Told(
        "errors-before-building",
        Case(
            leaves(_target_=f"{HERE}.first", b=leaves(_target_="builtins.dict")),
            kwargs=Map((("b", Map(((0, Leaf(1)),))),)),
        ),
        LOST,
    ),
    "what is wrong behind a live object": Told(
        "live-objects-in-dicts", Case(Map((("b", Name("t.live('named')")), ("x", Leaf("${unclosed"))))), LOST
    ),
    "a call that fails behind a live object": Told(
        "live-objects-in-dicts",
        Case(
            Map(
                (
                    ("b", Map((("_target_", Leaf(f"{HERE}.wrapped")), ("b", Name("t.live('lock')"))))),
                    ("x", Leaf("???")),
                )
            )
        ),
        LOST,
    ),
    "a raw config that contains itself": Told(
        "configs-of-their-own",
        Case(leaves(a=leaves(x="${a[key]}", key=leaves(c="${a[x]}")), _target_=f"{HERE}.Box", _recursive_=False)),
        Part("DictConfig", None, (("other", RECURSIVE),)),
    ),
    "a raw config that contains itself, and is met from within": Told(
        "configs-of-their-own",
        Case(leaves(c="${key}", key=leaves(key="${c}"), _recursive_=False)),
        Part("DictConfig", None, (("key", value(1)),)),
    ),
    "a config that contains itself, and that the call gives": Told(
        "configs-of-their-own",
        Case(
            leaves(c="${.a}", _recursive_=False, _target_=f"{HERE}.fixed"),
            "child",
            kwargs=given(Map((("_target_", Leaf(1)), ("a", Leaf("${child.c}"))), "DictConfig")),
        ),
        Part("the one at", ("b",)),
    ),
    "a config that contains itself by way of the whole": Told(
        "configs-of-their-own",
        Case(
            leaves(key=Seq((leaves(b="${....a}"),)), _target_=f"{HERE}.Box", _recursive_=False),
            "child",
            leaves(a=Seq((Leaf("${child.key}"),))),
        ),
        LOST,
    ),
    "a config that contains itself, for a target that doesn't keep it": Told(
        "configs-of-their-own",
        Case(
            leaves(b=leaves(_target_=f"{HERE}.gives_none", a=leaves(c="${.._a}"), _a=Seq((Leaf("${..a}"),)))),
            kwargs=Map((("_recursive_", Leaf(False)),)),
        ),
        LOST,
    ),
    "a raw config that refers to what is built": Told(
        "configs-of-their-own",
        Case(
            Map(
                (
                    ("d", leaves(c=leaves(left="${...c}"), _recursive_=False)),
                    ("c", Structured("PointConf")),
                )
            )
        ),
        Part("DictConfig", None, (("x", value(3)),)),
    ),
    "a text of a raw config that leads back to itself": Told(
        "configs-of-their-own",
        Case(leaves(key="${a}", _recursive_=False), "child", leaves(a=Seq((Leaf("x-${child.key}-y"),)))),
        value("x-y"),
    ),
    "a text that leads back to itself, in a raw config that a target keeps": Told(
        "configs-of-their-own",
        Case(
            leaves(
                _target_=f"{HERE}.Box",
                left="${child.right}",
                right=leaves(key="x-${child.left}-y"),
                _recursive_=False,
            ),
            "child",
        ),
        value("x-{'key': 1}-y"),
    ),
    "an interpolation of a raw config that asks for itself": Told(
        "configs-of-their-own",
        Case(leaves(d=leaves(a="${oc.select:child.0.d.a}")), "item", kwargs=leaves(_recursive_=False)),
        value(1),
    ),
    "a raw config in three places": Told(
        "configs-of-their-own",
        Case(
            Map(
                (
                    *leaves(_target_=f"{HERE}.Box", a=leaves(b=leaves(b="${...b}"))).items,
                    ("b", Structured("PointConf")),
                    ("c", Leaf("${.b}")),
                )
            ),
            kwargs=leaves(_recursive_=False),
        ),
        Part("DictConfig", "Point", (("x", value(1)),)),
    ),
    "the text of a raw config": Told(
        "configs-of-their-own",
        Case(
            leaves(_target_="builtins.str", _args_=Seq((leaves(_target_=1, a="${._target_}"),)), _recursive_=False),
        ),
        value("{'_target_': 1, 'a': 2}"),
    ),
    "what a resolver gives, seen from a raw config": Told(
        "configs-of-their-own",
        Case(leaves(c="${t.dict:k,[1,2]}", b=leaves(x="${..c}"), _recursive_=False)),
        Part("dict", None, (("k", Part("list", None, ((0, value(1)), (1, value(3))))),)),
    ),
    "the escaped text of a typed list": Told(
        "escaped-interpolations",
        Case(Structured("Typed", (("items", Leaf("\\${nowhere}")),))),
        Raised((ConfigKeyError,), "nowhere"),
    ),
    "an interpolation in an argument, met elsewhere": Told(
        "configs-as-arguments",
        Case(leaves(c="${a}", x=1, _recursive_=False), kwargs=given(Map((("key", Leaf("${x}")),), "DictConfig"))),
        value(2),
    ),
    "an interpolation in an argument that has in it what else it would lead to": Told(
        "configs-as-arguments",
        Case(leaves(c="${b.a}", x=1), kwargs=Map((("b", Map((("a", Leaf("${x}")), ("x", Leaf(2))), "DictConfig")),))),
        value(3),
    ),
    "an interpolation in an argument to what refers to the whole": Told(
        "configs-as-arguments",
        Case(
            leaves(_target_=f"{HERE}.Box"),
            kwargs=given(
                Map(
                    leaves(
                        _target_=f"{HERE}.Box", b="${a[c]}", c=leaves(_target_=f"{HERE}.fixed", _args_="${..._target_}")
                    ).items,
                    "DictConfig",
                )
            ),
        ),
        LOST,
    ),
    "an interpolation in an argument to another there": Told(
        "configs-as-arguments",
        Case(
            leaves(_target_=f"{HERE}.Box"),
            kwargs=given(
                Map(
                    leaves(_target_=f"{HERE}.Pair", _args_=Seq((Leaf("${_target_}"), Leaf("${a._args_.0}")))).items,
                    "DictConfig",
                )
            ),
        ),
        value("another"),
    ),
    "a Structured Config in an argument, to which another item leads": Told(
        "configs-as-arguments",
        Case(leaves(_recursive_=False), kwargs=given(Seq((Leaf("${a[1]}"), Structured("Nested")), "ListConfig"))),
        Part("DictConfig", "Point", (("x", value(1)),)),
    ),
    "a Structured Config in an argument, to which a later item leads": Told(
        "configs-as-arguments",
        Case(leaves(_recursive_=False), kwargs=given(Seq((Structured("Point"), Leaf("${a[0]}")), "ListConfig"))),
        Part("DictConfig", "Point", (("x", value(2)),)),
    ),
    "a missing value in a positional argument": Told(
        "configs-as-arguments",
        Case(
            leaves(c="${._args_}", _recursive_=False),
            args=(Map((("b", Leaf("???")),), "DictConfig"),),
        ),
        value("b"),
    ),
    "a missing item of a positional argument": Told(
        "configs-as-arguments",
        Case(leaves(_target_="builtins.list"), args=(Seq((Leaf("???"),), "ListConfig"),)),
        LOST,
    ),
    "an instance made of a positional argument": Told(
        "configs-as-arguments",
        Case(
            leaves(b="${child._args_}"),
            "child",
            args=(Map((("d", Structured("ModalConf", (("_convert_", Leaf("object")),))),), "DictConfig"),),
        ),
        Part("dataclass", "Point", (("x", value(1)), ("y", value(3.5)))),
    ),
    "what a resolver gives in an argument": Told(
        "configs-as-arguments",
        Case(leaves(_target_=f"{HERE}.Box"), kwargs=given(Map((("x", Leaf("${t.target:Box}")),), "DictConfig"))),
        Part("dict", None, (("a", value(1)),)),
    ),
    "the text of a mapping that is given": Told(
        "configs-of-their-own",
        Case(
            leaves(b="x-${lr}-y", _target_=f"{HERE}.Box"),
            "child",
            leaves(lr="${child.${pick}}", pick="a"),
            kwargs=given(leaves(key=1)),
        ),
        value("x-{'key': 1}-z"),
    ),
    "the text of a positional argument": Told(
        "configs-as-arguments", Case(leaves(a="x-${_args_.0}-y"), args=(leaves(x=1),)), value("x-{'x': 2}-y")
    ),
    "the text of a value in a positional argument": Told(
        "configs-as-arguments",
        Case(leaves(d="x-${_args_.0}-y"), args=(Seq((Leaf(PosixPath("a/b")),)),)),
        value("x-[PosixPath('a/c')]-y"),
    ),
    "a mistake in what an interpolation leads to": Told(
        "places-of-references",
        Case(Seq((Leaf("${a}"),)), "child", leaves(a=leaves(a="${..child.0}"))),
        Raised((InterpolationResolutionError,), "Interpolation to parent node detected\nfull_key: child[0].b"),
    ),
    "a target that raises where an interpolation leads to": Told(
        "places-of-references",
        Case(leaves(b="${key[0]}", key=Seq((leaves(_target_=f"{HERE}.fails_value"),)))),
        Raised((ValueError,), "a wrong value\nfull_key: c"),
    ),
    "a target that raises where an interpolation of the same name leads to": Told(
        "places-of-references",
        Case(leaves(b=leaves(c=leaves(key="${..key}"), key=leaves(_target_="builtins.len")))),
        Raised((TypeError,), "len() takes exactly one argument (0 given)\nfull_key: b.c.other"),
    ),
    "a target that raises where an interpolation of the same name in an argument leads to": Told(
        "places-of-references",
        Case(
            Map(()),
            kwargs=given(Map((("c", leaves(key="${..key}")), ("key", leaves(_target_="builtins.len"))), "DictConfig")),
        ),
        Raised((TypeError,), "len() takes exactly one argument (0 given)\nfull_key: a.c.other"),
    ),
    "a malformed text in a tuple": Told(
        "places-of-references",
        Case(Seq((leaves(b=Seq((Leaf("${unclosed"),), "tuple")),))),
        Raised((GrammarParseError,), "no viable alternative at input '${unclosed'\nfull_key: [0].c[0]"),
    ),
    "a positional argument that would end the program, for a target that keeps it": Told(
        "positional-arguments",
        Case(leaves(_target_=f"{HERE}.Box"), args=(leaves(_target_=f"{HERE}.exits"),)),
        Built(Part("object", "Box/Box", ((0, value(1)),))),
    ),
    "a positional argument that would end the program": Told(
        "positional-arguments",
        Case(leaves(_target_="builtins.list"), args=(leaves(_target_=f"{HERE}.exits"),)),
        Built(Part("list", None, ((0, value("_target_")), (1, value(1))))),
    ),
    "a positional argument that can't be built, for a target that the call names": Told(
        "positional-arguments",
        Case(
            Map(()),
            args=(leaves(_target_=f"{HERE}.gather", unknown=1),),
            kwargs=leaves(_target_="builtins.dict"),
        ),
        Built(Part("dict", None, (("_target_", value(f"{HERE}.gather")), ("unknown", value(2))))),
    ),
}
