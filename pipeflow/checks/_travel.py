"""What a pipe takes along to its workers, and by which pickler."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CellType, FunctionType, MethodType
from typing import Any

from pipeflow.checks._base import Target
from pipeflow.checks._code import class_of
from pipeflow.checks._drawing import short
from pipeflow.pipes import Pipe

LARGEST = 64 << 20
"""Bytes of pickle that are looked at; what is larger is known to be large."""
_MOST_TRIES = 300
_DEEPEST = 12


def way(target: Target) -> str | None:
    """How functors get to the workers, in words; None when they need not be pickled."""
    if target.engine == "ray":
        return "engine 'ray'"
    method = target.start_method or default_start_method()
    return f"start method {method!r}" if target.engine == "process" and method != "fork" else None


def default_start_method() -> str:
    """The platform's, or the one that the program has chosen."""
    multiprocessing: Any = sys.modules.get("multiprocessing")
    chosen = None if multiprocessing is None else multiprocessing.get_start_method(allow_none=True)
    if chosen is not None:
        return str(chosen)
    if sys.platform in ("darwin", "win32"):
        return "spawn"
    return "forkserver" if sys.version_info >= (3, 14) else "fork"


class _TooLarge(Exception):
    pass


class _Counter:
    """A file that counts what is written and keeps nothing."""

    size = 0

    def write(self, data: Any) -> int:
        """Count it."""
        size = memoryview(data).nbytes
        self.size += size
        if self.size > LARGEST:
            raise _TooLarge
        return size


@dataclass(frozen=True)
class Parcel:
    """Something pickled.

    Attributes:
        size: in bytes, as far as it was looked at.
        error: why it can't be pickled.
    """

    size: int
    error: str = ""


def packed(value: object) -> Parcel:
    """Pickle a value as it would be on its way to a worker, keeping nothing of it."""
    cloudpickle: Any = importlib.import_module("cloudpickle")  # it has no types
    counter = _Counter()
    try:
        cloudpickle.Pickler(counter, protocol=5).dump(value)
    except _TooLarge:
        return Parcel(counter.size)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's __reduce__ or __getstate__ may do anything
        return Parcel(counter.size, _said(error))
    return Parcel(counter.size)


def _said(error: BaseException) -> str:
    text = str(error)
    return text or type(error).__name__


def cargo(pipe: Pipe) -> Iterator[tuple[str, Any]]:
    """What travels with a pipe, by the name it has there."""
    if pipe.functor is not None:
        yield "functor", pipe.functor
    for name in ("keys", "init"):
        value: Any = vars(pipe).get(name)
        if value:
            yield name, value
    if pipe.options.init_kwargs:
        yield "init_kwargs", pipe.options.init_kwargs


# ---------------------------------------------------------------- finding the leaf


@dataclass
class _Search:
    tries: int = _MOST_TRIES

    def fails(self, value: object) -> bool:
        self.tries -= 1
        return bool(packed(value).error)


def leaf(path: str, value: Any) -> tuple[str, Any]:
    """The innermost part of a value that can't be pickled by itself, and the way to it."""
    search = _Search()
    for _ in range(_DEEPEST):
        for step, child in parts(value):
            if search.tries <= 0:
                return path, value
            if search.fails(child):
                path, value = path + step, child
                break
        else:
            return path, value
    return path, value


def heaviest(path: str, value: Any, size: int) -> tuple[str, Any, int]:
    """The innermost part that makes up most of a value's size, the way to it, and its size."""
    tries = _MOST_TRIES
    for _ in range(_DEEPEST):
        for step, child in parts(value):
            tries -= 1
            weight = packed(child).size if tries > 0 else 0
            if weight * 2 > size:
                path, value, size = path + step, child, weight
                break
        else:
            return path, value, size
    return path, value, size


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value holds, each with how one gets there."""
    kind = class_of(value)
    if issubclass(kind, functools.partial):
        yield from _partial(value)
    elif issubclass(kind, MethodType):
        yield ".__self__", value.__self__
    elif issubclass(kind, FunctionType):
        yield from _captured(value)
    elif issubclass(kind, dict):
        for key, item in _some(value.items()):
            yield f"[{short(key)}]", item
    elif issubclass(kind, (list, tuple, set, frozenset)):
        for number, item in enumerate(_some(value)):
            yield f"[{number}]", item
    elif not issubclass(kind, type):
        yield from _attributes(value)


def _some(values: Any) -> Iterator[Any]:
    for number, value in enumerate(values):
        if number >= _MOST_TRIES:
            return
        yield value


def _partial(value: Any) -> Iterator[tuple[str, Any]]:
    yield ".func", value.func
    for number, item in enumerate(value.args):
        yield f".args[{number}]", item
    for key, item in value.keywords.items():
        yield f".keywords[{key!r}]", item


def _captured(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        for _, item in _cell(cell):
            yield f".<closure>.{name}", item
    for number, item in enumerate(function.__defaults__ or ()):
        yield f".__defaults__[{number}]", item
    for name in function.__code__.co_names:
        if name in function.__globals__:
            yield f".<global>.{name}", function.__globals__[name]


def _cell(cell: CellType) -> Iterator[tuple[str, Any]]:
    try:
        yield "", cell.cell_contents
    except ValueError:
        return  # still empty


def _attributes(value: object) -> Iterator[tuple[str, Any]]:
    """Instance attributes, looked up without running any code of the user's."""
    try:
        own: dict[str, Any] = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    for name, item in list(own.items()):
        yield f".{name}", item
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            item = inspect.getattr_static(value, name, None)
            try:
                found = item.__get__(value) if inspect.ismemberdescriptor(item) else None
            except AttributeError:
                continue
            if found is not None:
                yield f".{name}", found
