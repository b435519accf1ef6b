"""An iterator as a source's functor: it has begun, lives in this process and gives its items once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import chain
from types import AsyncGeneratorType, FunctionType, GeneratorType
from typing import Any

from pipeflow.pipes.functors import has_method

_BOUND_TO_A_THREAD = ("sqlite3", "_sqlite3")
"""Modules whose iterators refuse to be pulled by another thread than the one that made them."""


def is_generator(functor: Any) -> bool:
    """Whether it is a generator, sync or async, that has been started by calling its function."""
    return issubclass(
        type(functor), (GeneratorType, AsyncGeneratorType)
    )  # some objects lie, or raise, when asked


def is_iterator(functor: Any) -> bool:
    """Whether a source pulls this very object, so that what a run has taken is not there for the next."""
    made_by_calling = callable(functor) or has_method(functor, "run")
    return not made_by_calling and has_method(functor, "__iter__") and has_method(functor, "__next__")


def stays(functor: Any) -> bool:
    """Whether the caller's process is to pull it on every engine: a started generator, a file, a ``zip``.

    An object of a user's class with ``__next__`` goes to its worker, as other functor objects do.
    """
    if is_generator(functor):
        return True
    if not is_iterator(functor) or any(c.__module__ in _BOUND_TO_A_THREAD for c in type(functor).__mro__):
        return False
    return not _has_own(functor, "__next__")


def _has_own(functor: object, method: str) -> bool:
    """Whether its class says in Python what the method does."""
    return isinstance(inspect.getattr_static(type(functor), method, None), FunctionType)


class Rest:
    """What is known of the rest of an iterator; shared by all descriptions that share the iterator.

    Attributes:
        of: the iterator; a pipe that was given another functor has nothing of it.
        ended: a run in this process has come to its end.
    """

    def __init__(self, of: Any = None) -> None:
        self.of: Any = of
        self.ended: bool = False
        self._looked_at: Iterator[Any] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (Rest, ())  # a copy elsewhere begins with a copy of the iterator

    def items(self, iterator: Any) -> Iterator[Any]:
        """Its items, for a run. An exception of the iterator doesn't end them."""
        items, self._looked_at = self._looked_at or _begun(iterator), None
        return chain(items, _End(self))

    def used_up(self, functor: Any) -> bool:
        """Whether there is nothing left for another run.

        One that has come to its end is asked again: a file may have been rewound, and a class may begin anew
        with each ``__iter__``.
        """
        if is_generator(functor):
            return getattr(functor, "gi_frame" if inspect.isgenerator(functor) else "ag_frame") is None
        if functor is not self.of or not is_iterator(functor) or not self.ended:
            return False
        try:
            items = _begun(functor)
            first = next(items)
        except StopIteration:
            return True
        except Exception:  # noqa: BLE001 - a closed file, say: the run will meet it, in the pipe that it is of
            return False
        self.ended, self._looked_at = False, chain([first], items)
        return False


def _begun(iterator: Any) -> Iterator[Any]:
    """Its items: ``iter`` has been asked once, and is not asked again, for it may mean to begin anew."""
    items = iter(iterator)
    return _Begun(items) if _has_own(items, "__iter__") else items


class _Begun:
    """An iterator whose own ``__iter__`` is out of reach."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._next = items.__next__

    def __iter__(self) -> _Begun:
        return self

    def __next__(self) -> Any:
        return self._next()


class _End:
    """Follows the last item, and says that it came."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def __iter__(self) -> _End:
        return self

    def __next__(self) -> Any:
        self._rest.ended = True
        raise StopIteration
