"""Pickling by value, for what can't be found by its name on the other side. cloudpickle is loaded when it
is needed.

A class that has travelled by value and comes back is the class it was: cloudpickle keeps track of its own.
"""

from __future__ import annotations

import importlib
import io
import sys
import types
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, cast

Aside = Callable[[Any], object]


def dumps(thing: object, protocol: int, buffer_callback: Aside | None = None) -> bytes:
    """All that `__main__` defines goes by value."""
    return _dumped(_pickler(), thing, protocol, buffer_callback)


def dumps_unknown(thing: object, protocol: int, buffer_callback: Aside | None = None) -> bytes:
    """Only what has no name that leads to it goes by value: a forked peer has the same `__main__`, and its
    own classes are to stay its own.
    """
    return _dumped(_pickler_of_unknown(), thing, protocol, buffer_callback)


def _dumped(kind: Any, thing: object, protocol: int, buffer_callback: Aside | None) -> bytes:
    with io.BytesIO() as file:
        kind(file, protocol, buffer_callback=buffer_callback).dump(thing)
        return file.getvalue()


def agree_on_classes() -> None:
    """Before processes are forked that are to pickle by value: each would otherwise give the script's classes
    a name of its own, and none would take another's for its own.
    """
    pickler = _pickler()(io.BytesIO())
    scopes: list[Any] = [sys.modules["__main__"]]
    seen: set[int] = set()
    while scopes:
        inside = cast("dict[str, object]", vars(scopes.pop()))
        for thing in list(inside.values()):
            with suppress(Exception):  # a metaclass can do anything
                if isinstance(thing, type) and thing.__module__ == "__main__" and id(thing) not in seen:
                    seen.add(id(thing))
                    scopes.append(thing)
                    pickler.reducer_override(thing)


@cache
def _pickler() -> Any:
    """cloudpickle's, and classes keep their ``__slots__``: without, their items would come back with a state
    that those of the class they began with can't take.
    """
    kind: Any = _cloudpickle().Pickler

    def reducer_override(self: Any, thing: Any) -> Any:
        reduced: Any = kind.reducer_override(self, thing)
        if reduced is not NotImplemented and isinstance(thing, type) and vars(thing).get("__slots__"):
            build, arguments, *rest = reduced
            if build.__name__ == "_make_skeleton_class":
                made_of = {**arguments[3], "__slots__": vars(thing)["__slots__"]}
                return (build, (*arguments[:3], made_of, *arguments[4:]), *rest)
        return reduced

    return type("Pickler", (kind,), {"reducer_override": reducer_override})


@cache
def _pickler_of_unknown() -> Any:
    kind: Any = _pickler()

    def reducer_override(self: Any, thing: Any) -> Any:
        if isinstance(thing, (type, types.FunctionType)) and _named(thing):
            return NotImplemented
        return kind.reducer_override(self, thing)

    return type("Pickler", (kind,), {"reducer_override": reducer_override})


def _cloudpickle() -> Any:
    return importlib.import_module("cloudpickle")


def _named(thing: Any) -> bool:
    found: Any = sys.modules.get(thing.__module__)
    for part in thing.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is thing
