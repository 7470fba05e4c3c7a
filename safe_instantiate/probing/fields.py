"""What is in samples: their fields, with types, shapes and ranges."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from omegaconf import DictConfig, ListConfig

_SCALARS = (bool, int, float)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one value in a sample is: a tensor, an array, a number, a text or any other object; never the value itself.

    `numbers` is the smallest and the largest of the numbers in it; None where there are none.
    """

    type: str
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    numbers: tuple[float, float] | None = None
    finite: bool = True
    empty: bool = False


@dataclass(slots=True)
class Field:
    """What the values of one field of all samples have in common."""

    name: str
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The name; "(all)" where a sample has no fields, and is a value itself."""
        return self.name or "(all)"

    @property
    def types(self) -> str:
        """The types of the values."""
        return " | ".join(dict.fromkeys(leaf.type for leaf in self.leaves))

    @property
    def dtypes(self) -> str:
        """The element types of tensors and arrays."""
        return " | ".join(dict.fromkeys(leaf.dtype for leaf in self.leaves if leaf.dtype))

    @property
    def shapes(self) -> str:
        """The shape, with `low..high` for a dimension that differs."""
        shapes = [leaf.shape for leaf in self.leaves if leaf.shape is not None]
        if not shapes:
            return ""
        if len({len(shape) for shape in shapes}) > 1:
            return " | ".join(dict.fromkeys(_dimensions(shape) for shape in shapes))
        ends = [(min(sides), max(sides)) for sides in zip(*shapes, strict=True)]
        return _dimensions([str(low) if low == high else f"{low}..{high}" for low, high in ends])

    @property
    def range(self) -> tuple[float, float] | None:
        """The smallest and the largest number."""
        known = [leaf.numbers for leaf in self.leaves if leaf.numbers is not None]
        return (min(low for low, _ in known), max(high for _, high in known)) if known else None

    @property
    def n_empty(self) -> int:
        """How many samples have nothing in it."""
        return sum(leaf.empty for leaf in self.leaves)


def fields_of(samples: Sequence[Any], name: str = "") -> dict[str, Field]:
    """The fields of samples by their names: keys, attributes and `[index]`es, joined by dots.

    >>> [(found.name, found.types, found.range) for found in fields_of([{"boxes": [1, 2], "id": "a"}]).values()]
    [('boxes', 'list', (1.0, 2.0)), ('id', 'str', None)]
    """
    found: dict[str, Field] = {}
    for sample in samples:
        for key, leaf in _leaves(sample, name):
            found.setdefault(key, Field(key)).leaves.append(leaf)
    return found


def configs_in(value: Any, name: str = "") -> Iterator[str]:
    """The names of what is a config in a sample, where there should be data."""
    if isinstance(value, (DictConfig, ListConfig)) or (isinstance(value, dict) and "_target_" in value):
        yield name
    elif (children := _children(value)) is not None:
        for key, child in children:
            yield from configs_in(child, _joined(name, key))


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Leaf]]:
    children = _children(value)
    if children is None:
        yield name, _leaf(value)
        return
    for key, child in children:
        yield from _leaves(child, _joined(name, key))


def _children(value: Any) -> list[tuple[str, Any]] | None:
    """The parts of a container; None for what is a value of its own, as a list of numbers is."""
    if isinstance(value, (DictConfig, ListConfig)):
        return None
    if isinstance(value, Mapping):
        return [(str(key), child) for key, child in value.items()]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(each.name, getattr(value, each.name)) for each in dataclasses.fields(value)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    if isinstance(value, tuple) or (isinstance(value, list) and not all(isinstance(each, _SCALARS) for each in value)):
        return [(f"[{index}]", child) for index, child in enumerate(value)]
    return None


def _joined(name: str, key: str) -> str:
    return f"{name}{key}" if not name or key.startswith("[") else f"{name}.{key}"


def _leaf(value: Any) -> Leaf:
    name = type(value).__name__
    if isinstance(value, _SCALARS):
        return Leaf(name, numbers=(float(value), float(value)), finite=math.isfinite(value))
    if isinstance(value, list):
        numbers = (float(min(value)), float(max(value))) if value else None
        return Leaf(name, (len(value),), "", numbers, all(map(math.isfinite, value)), empty=not value)
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _array(value)
    if hasattr(value, "getbands") and hasattr(value, "getextrema"):
        return _image(value)
    return Leaf(name, empty=hasattr(value, "__len__") and len(value) == 0)


def _array(value: Any) -> Leaf:
    shape = tuple(int(side) for side in value.shape)
    dtype = str(value.dtype).removeprefix("torch.")
    leaf = Leaf(type(value).__name__, shape, dtype, empty=0 in shape)
    if leaf.empty:
        return leaf
    try:
        numbers = (float(value.min()), float(value.max()))
    except (TypeError, ValueError, RuntimeError):  # texts, complex numbers, quantized or sparse tensors
        return leaf
    # The smallest and the largest are not finite as soon as one number isn't: NaN is passed on, infinity is an end.
    return replace(leaf, numbers=numbers, finite=all(map(math.isfinite, numbers)))


def _image(value: Any) -> Leaf:
    """An image of PIL: as high and wide as the array that is made of it, of its mode."""
    width, height = value.size
    bands = len(value.getbands())
    ends = value.getextrema() if bands > 1 else [value.getextrema()]
    known = [end for end in ends if end is not None]
    numbers = (float(min(low for low, _ in known)), float(max(high for _, high in known))) if known else None
    shape = (height, width, bands) if bands > 1 else (height, width)
    return Leaf(type(value).__name__, shape, value.mode, numbers, empty=0 in shape)


def _dimensions(sides: Sequence[object]) -> str:
    return f"({', '.join(map(str, sides))}{',' if len(sides) == 1 else ''})"
