"""Which thread is in which call of a system: a call from within another one must not wait for it.

A handler of signals runs in the main thread, between any two steps of what that is at, and may call the
system that it has interrupted (``signal.signal(SIGTERM, lambda *_: system.stop())``); where pipes share the
caller's thread, a functor may.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Generator
from typing import Any


class Calls:
    """Of one system."""

    def __init__(self) -> None:
        self._inside: set[int] = set()
        self._items: Generator[Any, None, None] | None = None
        self._iterating: int | None = None

    @contextlib.contextmanager
    def inside(self) -> Generator[None, None, None]:
        """Around a call that waits, or changes what others look at."""
        me = threading.get_ident()
        self._inside.add(me)
        try:
            yield
        finally:
            self._inside.discard(me)

    def iterate(self, items: Generator[Any, None, None]) -> Generator[Any, None, None]:
        """Waiting for the next of `items`, in this thread, is such a call; an item costs nothing for it."""
        self._items, self._iterating = items, threading.get_ident()
        return items

    @property
    def nested(self) -> bool:
        """Whether this thread is in such a call already."""
        me = threading.get_ident()
        if me in self._inside:
            return True
        return (
            self._items is not None
            and me == self._iterating
            and inspect.getgeneratorstate(self._items) == inspect.GEN_RUNNING
        )
