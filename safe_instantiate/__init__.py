"""A drop-in for `hydra.utils.instantiate` that never half-builds a training job.

Everything that `hydra.utils` offers is offered here under the same names, so replacing `hydra.utils` by
`safe_instantiate` in an import line is all it takes. The names are in `public.py`, which is imported when the first of
them is asked for: importing the package alone imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from safe_instantiate.public import *  # noqa: F403
    from safe_instantiate.public import __all__ as __all__
    from safe_instantiate.public import __version__ as __version__
else:

    def __getattr__(name: str) -> Any:
        if name[:1] == "_" and name not in ("__all__", "__version__"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if find_spec(f"{__name__}.{name}") is not None:  # a module of the house, which may be on its way already
            return import_module(f"{__name__}.{name}")
        public = import_module(f"{__name__}.public")
        names = globals()
        names.update({each: getattr(public, each) for each in ("__all__", "__version__", *public.__all__)})
        # What is left are the names that only this version of Hydra has.
        return names[name] if name in names else public.of_hydra(name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__getattr__("__all__")})
