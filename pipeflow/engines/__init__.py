"""Places to run, one file each, loaded by name. A new engine is a module here with an `open_run`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from pipeflow.choices import unknown
from pipeflow.errors import GraphError


@cache
def names() -> list[str]:
    """The engines there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def must_exist(name: str) -> None:
    """See that there is an engine of that name, whether or not it can run here.

    Raises:
        GraphError: there is none.
    """
    if wrong := unknown("engine", name, names()):
        raise GraphError(f"{wrong} Nothing was started.")


def load(name: str) -> Any:
    """The engine's module.

    Raises:
        GraphError: for a name that is none, or when what the engine needs is not installed.
    """
    must_exist(name)
    engine = importlib.import_module(f"pipeflow.engines.{name}")
    if hasattr(engine, "require"):
        engine.require()
    return engine
