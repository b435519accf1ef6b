"""The two open ends of a Flow: what a stream meets when it enters or leaves it.

A tree whose leaves are pipes. The bracket the user wrote is the kind of node:

    written         node       entering it          leaving it
    pipe            Lane       the pipe's input     the pipe's output
    pipe.errors     Lane                            the items it failed on
    a | b           Bar        copy                 merge
    (a, b)          Parts      split                join
    {k: a, l: b}    Choice     the branch by key    (leaves as a Bar)
    balance(a, b)   Compete    one of them          (leaves as a Bar)
    >> Stream() >>  Via        the same, through a stream with options
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from pipeflow.streams import Stream

_EXTENDING: Final = threading.Lock()


@dataclass(frozen=True)
class Lane:
    """One pipe's input or output.

    Attributes:
        pipe: a `Pipe`; the layer of the pipes is above this one.
        port: "" its results (or its input), "errors" the items it failed on.
    """

    pipe: Any
    port: str = ""


class Bar:
    """Side by side: a copy on the way in, a merge on the way out.

    A bar and those made from it by one more ``|`` share their list, of which each knows its length: so ten
    thousand ``|`` in a row take time and memory in proportion.
    """

    def __init__(self, ends: Iterable[End]) -> None:
        self._order = dict.fromkeys(ends)
        self._length = len(self._order)

    @cached_property
    def ends(self) -> tuple[End, ...]:
        """The ends, in the order they were written."""
        with _EXTENDING:
            return self._listed()

    def _listed(self) -> tuple[End, ...]:
        return tuple(islice(self._order, self._length))

    def extended(self, more: Iterable[End]) -> Bar:
        """With the ends that are new."""
        longer = Bar(())
        with _EXTENDING:
            shared = len(self._order) == self._length
            longer._order = self._order if shared else dict.fromkeys(self._listed())
            longer._order.update(dict.fromkeys(more))
            longer._length = len(longer._order)
        return longer if longer._length > self._length else self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bar) and self.ends == other.ends

    def __hash__(self) -> int:
        return hash(self.ends)

    def __repr__(self) -> str:
        return f"Bar(ends={self.ends!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Bar, (self.ends,)


@dataclass(frozen=True)
class Parts:
    """By position: a split on the way in, a join on the way out."""

    ends: tuple[End | None, ...]  # None: this position has no open end


@dataclass(frozen=True)
class Choice:
    """By key, behind a Switch."""

    branches: tuple[tuple[Hashable, End | None], ...]


@dataclass(frozen=True)
class Compete:
    """Each item goes to exactly one of them."""

    ends: tuple[End, ...]


@dataclass(frozen=True)
class Via:
    """The same end, through a stream the user gave options."""

    end: End
    stream: Stream


End = Lane | Bar | Parts | Choice | Compete | Via


def inner(end: End) -> list[End]:
    """The open ends right inside this one."""
    if isinstance(end, Lane):
        return []
    if isinstance(end, Via):
        return [end.end]
    candidates = [branch for _, branch in end.branches] if isinstance(end, Choice) else list(end.ends)
    return [candidate for candidate in candidates if candidate is not None]


def leaves(end: End | None) -> Iterator[Lane]:
    """The lanes of an end, in the order they were written."""
    if isinstance(end, Lane):
        yield end
    elif end is not None:
        for part in inner(end):
            yield from leaves(part)


def lanes(end: End | None) -> Iterator[Any]:
    """The pipes of an end, in the order they were written."""
    return (lane.pipe for lane in leaves(end))


def streams(end: End | None) -> Iterator[Stream]:
    """The explicit streams of an end, in the order they were written."""
    if end is None:
        return
    if isinstance(end, Via):
        yield end.stream
    for part in inner(end):
        yield from streams(part)


def bar(ends: list[End | None]) -> End | None:
    """Side by side, flattened; None when nothing is open."""
    present = [end for end in ends if end is not None]
    if len(present) < 2:
        return present[0] if present else None
    first = present[0] if isinstance(present[0], Bar) else Bar((present[0],))
    more = [part for end in present[1:] for part in (end.ends if isinstance(end, Bar) else (end,))]
    whole = first.extended(more)
    return present[0] if whole is first else whole


def parts(ends: list[End | None]) -> End | None:
    """By position; what is left of it when fewer than two positions are open."""
    still_open = [end for end in ends if end is not None]
    if len(still_open) < 2:
        return still_open[0] if still_open else None
    return Parts(tuple(ends))


def without(end: End | None, closed: frozenset[Any]) -> End | None:
    """`end` without the lanes of the pipes in `closed`."""
    if end is None or not closed:
        return end
    if isinstance(end, Lane):
        return None if end.pipe in closed else end
    if isinstance(end, Via):
        inside = without(end.end, closed)
        return None if inside is None else Via(inside, end.stream)
    if isinstance(end, Choice):
        kept = tuple((key, without(branch, closed)) for key, branch in end.branches)
        return Choice(kept) if any(branch is not None for _, branch in kept) else None
    left = [without(part, closed) for part in end.ends]
    if isinstance(end, Parts):
        return parts(left)
    if isinstance(end, Compete):
        competing = tuple(part for part in left if part is not None)
        return Compete(competing) if competing else None
    return bar(left)


def replaced(end: End, pipes: dict[Any, Any], others: dict[Stream, Stream]) -> End:
    """The same end with other pipes and streams."""
    new: Callable[[End], End] = lambda part: replaced(part, pipes, others)  # noqa: E731
    if isinstance(end, Lane):
        return Lane(pipes[end.pipe], end.port)
    if isinstance(end, Via):
        return Via(new(end.end), others[end.stream])
    if isinstance(end, Choice):
        return Choice(tuple((key, None if branch is None else new(branch)) for key, branch in end.branches))
    if isinstance(end, Parts):
        return Parts(tuple(None if part is None else new(part) for part in end.ends))
    return type(end)(tuple(new(part) for part in end.ends))
