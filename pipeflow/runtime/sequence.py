"""Restoring order behind replicas: entries with numbers, given out without gaps. Pure."""

from __future__ import annotations

from collections import deque
from typing import Any


class Resequencer:
    """Takes (number, entries) in any order, gives the entries in the order of the numbers."""

    def __init__(self) -> None:
        self._next = 0
        self._early: dict[int, tuple[Any, ...]] = {}
        self._ready: deque[Any] = deque()

    def add(self, number: int, entries: tuple[Any, ...]) -> None:
        """Group `number` has arrived."""
        self._early[number] = entries
        while self._next in self._early:
            self._ready.extend(self._early.pop(self._next))
            self._next += 1

    def take(self) -> Any:
        """The next entry in order; raises IndexError when it has not come yet."""
        return self._ready.popleft()

    def __len__(self) -> int:
        """How many entries can be taken."""
        return len(self._ready)

    @property
    def early(self) -> int:
        """How many groups wait for one before them."""
        return len(self._early)
