"""Which of a source's items each delivered one is made of: what a run must know to be resumed. Pure.

A path names an item: ``(7,)`` the source's eighth, ``(7, 2)`` the third result that a pipe made of that one.
Items travel as `Traced`, with what had to be said about others that never arrive; `Progress` puts it together
where they are delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

Path = tuple[int, ...]


class Traced:
    """A value on its way, and what it is made of.

    Attributes:
        value: what pipes are called with.
        paths: the items it is made of.
        counts: ``(path, n)``: n results were made of that item; 0: it was dropped.
        states: ``(index, state)``: where the source stood after its item of that index.
        delivered: paths, below this one, that an earlier run has delivered.
    """

    __slots__ = ("counts", "delivered", "paths", "states", "value")

    def __init__(
        self,
        value: Any,
        paths: tuple[Path, ...],
        counts: tuple[tuple[Path, int], ...] = (),
        states: tuple[tuple[int, Any], ...] = (),
        delivered: frozenset[Path] = frozenset(),
    ) -> None:
        self.value, self.paths, self.counts, self.states, self.delivered = (
            value, paths, counts, states, delivered,
        )  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        return (Traced, (self.value, self.paths, self.counts, self.states, self.delivered))

    def __repr__(self) -> str:
        return repr(self.value)  # errors show the item in hand


def gathered(value: Any) -> Traced:
    """The value of a pipe that passes items on as they came, alone or in lists: a list becomes one item."""
    if isinstance(value, Traced):
        return value
    parts = [gathered(part) for part in value]
    return Traced(
        [part.value for part in parts],
        tuple(path for part in parts for path in part.paths),
        tuple(count for part in parts for count in part.counts),
        tuple(state for part in parts for state in part.states),
        frozenset[Path]().union(*(part.delivered for part in parts)),
    )


class Progress:
    """What has been delivered, and so where to go on.

    Attributes:
        items: how many were delivered, over all the runs that were resumed.
    """

    def __init__(self, state: Any = None, delivered: Iterable[Path] = (), items: int = 0) -> None:
        self.items = items
        self._state = state
        self._next = 0  # everything of the source before this index is dealt with
        self._states: dict[int, Any] = {}
        self._finished: set[Path] = set()
        self._parts: dict[Path, set[int]] = {}
        self._counts: dict[Path, int] = {}
        for path in delivered:
            self._finish(path)

    def deliver(self, item: Traced) -> Any:
        """Its value, which is delivered by that."""
        self.items += 1
        self._states.update(item.states)
        for path, count in item.counts:
            if path[0] >= self._next:  # what was run again after a crash may be said twice
                self._counts[path] = count
                self._complete(path)
        for path in item.paths:
            self._finish(path)
        self._advance()
        return item.value

    @property
    def state(self) -> Any:
        """Where the source stood after the last item with everything before it dealt with."""
        return self._state

    @property
    def ahead(self) -> list[list[int]]:
        """What has been delivered beyond that: paths that begin with the index counted from there."""
        return sorted([path[0] - self._next, *path[1:]] for path in self._finished)

    def _finish(self, path: Path) -> None:
        self._finished.add(path)
        if len(path) > 1:
            self._parts.setdefault(path[:-1], set()).add(path[-1])
            self._complete(path[:-1])

    def _complete(self, path: Path) -> None:
        """Finish a path all parts of which are."""
        parts: Collection[int] = self._parts.get(path, ())
        if self._counts.get(path) == len(parts):
            self._finished.difference_update((*path, part) for part in parts)
            self._parts.pop(path, None)
            del self._counts[path]
            self._finish(path)

    def _advance(self) -> None:
        while (self._next,) in self._finished and self._next in self._states:
            self._finished.remove((self._next,))
            self._state = self._states.pop(self._next)
            self._next += 1


def paths_of(said: Any) -> list[Path]:
    """The paths of a saved state.

    Raises:
        ValueError: they are none.
    """
    try:
        paths: list[Path] = [tuple(path) for path in said]
    except TypeError:
        paths = [()]
    if not all(path and all(isinstance(step, int) for step in path) for path in paths):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"not a list of paths: {said!r}")
    return paths
