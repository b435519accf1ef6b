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

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeflow.streams import Stream


@dataclass(frozen=True)
class Lane:
    """One pipe's input or output.

    Attributes:
        pipe: a `Pipe`; the layer of the pipes is above this one.
        port: "" its results (or its input), "errors" the items it failed on.
    """

    pipe: Any
    port: str = ""


@dataclass(frozen=True)
class Bar:
    """Side by side: a copy on the way in, a merge on the way out."""

    ends: tuple[End, ...]

    @cached_property
    def members(self) -> frozenset[End]:
        """The same as a set: a thousand ``|`` in a row would otherwise hash half a million ends."""
        return frozenset(self.ends)

    def __getstate__(self) -> dict[str, Any]:
        return {"ends": self.ends}


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
    first = present[0]
    flat, members = (first.ends, first.members) if isinstance(first, Bar) else ((first,), frozenset({first}))
    more: dict[End, None] = {}
    for end in present[1:]:
        more.update(dict.fromkeys(end.ends if isinstance(end, Bar) else (end,)))
    new = tuple(end for end in more if end not in members)
    if not new:
        return first
    whole = Bar(flat + new)
    whole.__dict__["members"] = members.union(new)
    return whole


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
