"""Entries in a reader's hands."""

from __future__ import annotations

from collections import deque


class Held:
    """Entries in a reader's hands, the oldest first, by who made them."""

    def __init__(self) -> None:
        self._runs: deque[list[int]] = deque()
        """[writer, how many in a row]."""

    def __bool__(self) -> bool:
        return bool(self._runs)

    def counts(self) -> dict[int, int]:
        """How many of each writer."""
        found: dict[int, int] = {}
        for writer, count in self._runs:
            found[writer] = found.get(writer, 0) + count
        return found

    def add(self, writer: int, count: int) -> None:
        """New ones."""
        if self._runs and self._runs[-1][0] == writer:
            self._runs[-1][1] += count
        elif count:
            self._runs.append([writer, count])

    def drop(self, count: int) -> None:
        """The oldest are dealt with."""
        while count and self._runs:
            part = min(count, self._runs[0][1])
            self._runs[0][1] -= part
            count -= part
            if not self._runs[0][1]:
                self._runs.popleft()

    def take_back(self, count: int) -> None:
        """The newest were not received after all."""
        self._runs.reverse()
        self.drop(count)
        self._runs.reverse()

    def drop_one_of(self, writer: int) -> None:
        """The oldest of a writer is dealt with."""
        run = next(run for run in self._runs if run[0] == writer)
        run[1] -= 1
        if not run[1]:
            self._runs.remove(run)

    def clear(self) -> None:
        """None any more."""
        self._runs.clear()
