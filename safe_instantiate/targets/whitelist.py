"""What code allows a config to name, in a block or for a call: Hydra 1.4's execution whitelist, on every Hydra.

Where Hydra has one, it is Hydra's own: a block opened through either package counts in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Final, cast

from safe_instantiate import hydra_compat
from safe_instantiate.errors import InstantiationException

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["UNSAFE_DISABLE_EXECUTION_CHECKS", "Listed", "combined", "execution_whitelist", "listed_for"]


class Unsafe:
    """The class of `UNSAFE_DISABLE_EXECUTION_CHECKS`, which says that a config may name anything at all.

    It stands in the place of an allow-list, and only in code that trusts its configs as it trusts itself. An
    `Instantiator` that has an `allow` of its own keeps it all the same.

    >>> from safe_instantiate import UNSAFE_DISABLE_EXECUTION_CHECKS, instantiate
    >>> config = {"_target_": "builtins.eval", "_args_": ["1 + 1"]}
    >>> instantiate(config, _execution_whitelist_=UNSAFE_DISABLE_EXECUTION_CHECKS)
    2
    """

    def __repr__(self) -> str:
        return "UNSAFE_DISABLE_EXECUTION_CHECKS"

    def __reduce__(self) -> str:
        return "UNSAFE_DISABLE_EXECUTION_CHECKS"  # by its name, so that it is the same object in every process


#: What holds: entries, everything, or nothing beyond the default policy.
Listed = tuple[str, ...] | Unsafe | None

_UNSAFE: Final = Unsafe()
# With anything else in it no target matches. A module's name may have a dash; a function of a function is `<locals>`.
_ENTRY: Final = re.compile(r"[\w-]+(\.[\w<>-]+)*(\.\*)?")
_around: Final[ContextVar[Listed]] = ContextVar("safe_instantiate_execution_whitelist", default=None)
# The blocks around, with what each takes back: one object may be entered several times, in several threads at once.
# A variable for each object would do as well, but a context keeps every variable that was ever set in it.
_entered: Final[ContextVar[tuple[tuple[_Whitelist, Token[Listed]], ...]]] = ContextVar("entered", default=())


def is_entry(entry: object) -> bool:
    """Whether an entry of an allow-list is a full path, or a package with all that is defined in it.

    >>> [is_entry(entry) for entry in ("torch.nn.Linear", "torch.*", "*", "torch.*.Linear", "torch.", "torch:nn")]
    [True, True, False, False, False, False]
    """
    return isinstance(entry, str) and _ENTRY.fullmatch(entry) is not None


def checked_entries(entries: Iterable[object]) -> tuple[str, ...]:
    """The entries of an allow-list.

    Raises:
        InstantiationException: one of them is of neither form.
    """
    checked = tuple(entries)
    for entry in checked:
        if not is_entry(entry):
            raise InstantiationException(
                f"Invalid allow-list entry {entry!r}: write a full path such as 'package.module.Class', "
                "or 'package.*' for all that a package defines"
            )
    return cast("tuple[str, ...]", checked)


def combined(outer: Listed, inner: Listed) -> Listed:
    """Both lists together, as Hydra puts them together: what one of them allows is allowed.

    >>> combined(("a.*",), ("b.C", "a.*")), combined(None, ("a.*",))
    (('a.*', 'b.C'), ('a.*',))
    >>> combined(("a.*",), UNSAFE_DISABLE_EXECUTION_CHECKS)
    UNSAFE_DISABLE_EXECUTION_CHECKS
    """
    for one in (outer, inner):
        if one is not None and not isinstance(one, tuple):
            return one
    if not isinstance(outer, tuple) or not isinstance(inner, tuple):
        return inner if outer is None else outer
    return tuple(dict.fromkeys(outer + inner))


class _Whitelist:
    """What `execution_whitelist` gives where Hydra has none."""

    def __init__(self, listed: Listed, *, reset: bool) -> None:
        self._listed = listed
        self._reset = reset

    def resolve(self, around: Listed) -> Listed:
        return self._listed if self._reset else combined(around, self._listed)

    def __enter__(self) -> Self:
        _entered.set((*_entered.get(), (self, _around.set(self.resolve(_around.get())))))
        return self

    def __exit__(self, *_: object) -> None:
        entered = _entered.get()
        at = max(index for index, (block, _) in enumerate(entered) if block is self)
        _around.reset(entered[at][1])
        _entered.set(entered[:at] + entered[at + 1 :])


def _read(given: Any) -> Listed:
    if given is None or given is _UNSAFE:
        return cast(Listed, given)
    if isinstance(given, str):
        return checked_entries((given,))
    try:
        return checked_entries(given)
    except TypeError:
        raise InstantiationException(
            f"An execution whitelist is a string, a list of strings or UNSAFE_DISABLE_EXECUTION_CHECKS, got {given!r}"
        ) from None


def _execution_whitelist(execution_whitelist: Any, reset: bool = False) -> Any:
    """Allow a config the targets that it names, and no others, in a block or a call.

    Args:
        execution_whitelist: an entry (`"torch.optim.AdamW"`, or `"my_app.*"` for all that `my_app` defines), a list of
            entries, or `UNSAFE_DISABLE_EXECUTION_CHECKS`.
        reset: whether blocks around this one count for nothing. Without it, what they allow is allowed in here too.

    Returns:
        A context manager, which may also be given to a call as `_execution_whitelist_`.

    Raises:
        InstantiationException: an entry is of neither form.

    >>> from safe_instantiate import execution_whitelist, instantiate
    >>> with execution_whitelist("fractions.*"):
    ...     instantiate({"_target_": "fractions.Fraction", "_args_": [1, 3]})
    Fraction(1, 3)
    >>> with execution_whitelist(["fractions.*"]):  # doctest: +IGNORE_EXCEPTION_DETAIL
    ...     instantiate({"_target_": "decimal.Decimal"})
    Traceback (most recent call last):
        ...
    safe_instantiate.errors.PlanningException: Target 'decimal.Decimal' is not in the allow-list
    """
    return _Whitelist(_read(execution_whitelist), reset=reset)


def _listed_for(given: Any = None) -> Listed:
    around = _around.get()
    if given is None:
        return around
    return given.resolve(around) if isinstance(given, _Whitelist) else combined(around, _read(given))


_hydras: Final = hydra_compat.EXECUTION_WHITELIST
#: Says that a config may name anything at all; see `Unsafe`.
UNSAFE_DISABLE_EXECUTION_CHECKS: Final[Any] = _UNSAFE if _hydras is None else _hydras.unsafe
execution_whitelist: Final = _execution_whitelist if _hydras is None else _hydras.function
_execution_whitelist.__name__ = _execution_whitelist.__qualname__ = "execution_whitelist"
#: The list that holds for a call that is given one (or None) as its `_execution_whitelist_`, with the blocks around it.
listed_for: Final = _listed_for if _hydras is None else _hydras.listed_for
