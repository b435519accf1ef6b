"""Decorators whose result is not what the annotation says: ``@overload`` and ``@contextmanager``."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Generator
from types import CodeType, FunctionType
from typing import cast

import typing_extensions

from pipeflow.hints.raw import raw_signature
from pipeflow.hints.rebuilding import subscribe
from pipeflow.hints.unions import arms, union
from pipeflow.hints.unknown import UNKNOWN


def overloads_of(function: FunctionType) -> list[FunctionType]:
    """The ``@overload`` variants of a function, which Python remembers since 3.11."""
    defined = _Definition(function)
    found = typing_extensions.get_overloads(cast(FunctionType, defined))
    return [each for each in found if isinstance(each, FunctionType)]


class _Definition:
    """A function's module and name as they were when it was defined; a decorator may have changed them."""

    def __init__(self, function: FunctionType) -> None:
        self.__module__ = str(function.__globals__.get("__name__"))
        self.__qualname__ = function.__qualname__


def result_of_overloads(variants: list[FunctionType], read: Callable[[object], object]) -> object:
    """Which variant is meant depends on the arguments; the result is known when all agree."""
    found: list[object] = []
    for each in variants:
        raw = raw_signature(each)
        found.append(UNKNOWN if raw is None else read(raw.returns))
    return found[0] if len(list(arms(union(found)))) == len(list(arms(found[0]))) else UNKNOWN


def context_manager(function: FunctionType) -> type | None:
    """What ``@contextmanager`` makes of a generator function, when this is such a function."""
    return _MANAGERS.get(function.__code__)


def managed(manager: type, returns: object) -> object:
    """The decorator leaves the generator's annotation on a function that returns something else."""
    item = next(iter(typing_extensions.get_args(returns)), None)
    return manager if item is None else subscribe(manager, item)


def is_manager(cls: type | None) -> bool:
    """Whether it is the class of what these decorators make."""
    return cls in _MANAGERS.values()


@contextlib.contextmanager
def _sync() -> Generator[None, None, None]:
    yield


@contextlib.asynccontextmanager
async def _async() -> AsyncGenerator[None, None]:
    yield


# The code that these decorators put around every generator, by which it is known again.
_MANAGERS: dict[CodeType, type] = {
    cast(FunctionType, _sync).__code__: type(_sync()),
    cast(FunctionType, _async).__code__: type(_async()),
}
