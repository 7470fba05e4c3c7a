"""A drop-in for `hydra.utils.instantiate` that never half-builds a training job.

Everything that `hydra.utils` offers is offered here under the same names, so replacing `hydra.utils` by
`safe_instantiate` in an import line is all it takes. A name is fetched when it is first asked for: importing
the package alone imports nothing else, and who only instantiates loads little more.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from safe_instantiate.public import *  # noqa: F403
    from safe_instantiate.public import __all__ as __all__
else:
    #: Most programs ask for one of these; `public.py` has all names, and loads what stands behind them.
    _OF_INSTANTIATOR = frozenset({"Instantiator", "check", "instantiate", "instantiate_all", "plan"})

    def __getattr__(name: str) -> Any:
        if name in _OF_INSTANTIATOR:
            return _kept(name, getattr(import_module(f"{__name__}.instantiator"), name))
        if name[:1] == "_" and name != "__all__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if find_spec(f"{__name__}.{name}") is not None:  # a module of the house, which may be on its way already
            return import_module(f"{__name__}.{name}")
        public = import_module(f"{__name__}.public")
        # What is left are the names that only this version of Hydra has.
        known = name == "__all__" or name in public.__all__
        return _kept(name, getattr(public, name)) if known else public.of_hydra(name)

    def _kept(name: str, value: Any) -> Any:
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__getattr__("__all__")})
