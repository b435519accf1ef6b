"""Restoring order behind replicas: entries with numbers, given out without gaps. Pure.

A number is a line and a count. Writers that share a stream (a merge) each have a line of their own, and so
has
what replicas make of each line: only within a line is there an order to keep.
"""

from __future__ import annotations

from collections import deque
from typing import Any

Line = tuple[int, ...]
Number = tuple[Line, int]


class Resequencer:
    """Takes (number, entries) in any order, gives the entries in the order of the numbers.

    Attributes:
        most: how many groups have waited for one before them, at most.
    """

    def __init__(self) -> None:
        self._next: dict[Line, int] = {}
        self._early: dict[Number, tuple[Any, ...]] = {}
        self._ready: deque[Any] = deque()
        self.most = 0

    def add(self, number: Number, entries: tuple[Any, ...]) -> None:
        """Group `number` has arrived.

        Raises:
            RuntimeError: it had arrived before. What its entries should be called is not known, so nothing
                is given out under a wrong number.
        """
        line = number[0]
        expected = self._next.get(line, 0)
        if number[1] < expected or number in self._early:
            raise RuntimeError(f"item number {number[1]} of line {line} has come twice")
        self._early[number] = entries
        while (line, expected) in self._early:
            self._ready.extend(self._early.pop((line, expected)))
            expected += 1
        self._next[line] = expected
        self.most = max(self.most, len(self._early))

    def take(self) -> Any:
        """The next entry in order; raises IndexError when it has not come yet."""
        return self._ready.popleft()

    def __len__(self) -> int:
        """How many entries can be taken."""
        return len(self._ready)

    def must_be_done(self, stream: str) -> None:
        """See, once all has come, that nothing waits for its turn.

        Raises:
            RuntimeError: something does: what it waits for never came to this `stream`.
        """
        if self._early:
            raise RuntimeError(f"{len(self._early)} items of stream '{stream}' wait for one that never came")

    @property
    def early(self) -> int:
        """How many groups wait for one before them."""
        return len(self._early)
