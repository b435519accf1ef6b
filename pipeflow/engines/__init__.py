"""Places to run, one file each, loaded by name. A new engine is a module here with an `open_run`."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from typing import Any

from pipeflow.errors import GraphError


def names() -> list[str]:
    """The engines there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def load(name: str) -> Any:
    """The engine's module.

    Raises:
        GraphError: for a name that is none, or when what the engine needs is not installed.
    """
    if name not in names():
        near = difflib.get_close_matches(str(name), names(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(repr(known) for known in names())
        raise GraphError(f"unknown engine {name!r}; there are {known}.{hint} Nothing was started.")
    engine = importlib.import_module(f"pipeflow.engines.{name}")
    if hasattr(engine, "require"):
        engine.require()
    return engine
