"""Which pipes may leave nothing out, because a join pairs what is counted behind them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from pipeflow.graph import before
from pipeflow.origins.content import Number
from pipeflow.origins.flow import ContentFlow
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


class Counted(NamedTuple):
    """A pipe with a ``batch`` or the like behind it, in an arm of a join that pairs by position.

    Attributes:
        counter: the pipe behind it that counts its items.
        whole: no item may be missing. (Where the arms part one may, for it is missing in all of them.)
        streams: those of its outputs that get their part of every result.
    """

    counter: Pipe
    whole: bool
    streams: frozenset[Stream]

    def and_(self, other: Counted) -> Counted:
        """What both ask for."""
        return Counted(self.counter, self.whole or other.whole, self.streams | other.streams)


def counted(flow: ContentFlow, join: Pipe) -> dict[Pipe, Counted]:
    """The pipes that may leave nothing out, or the i-th of one arm no longer belongs to that of the other.

    Above the fork it does no harm: there an item is missing in all arms. Nor behind the last pipe that
    counts: there it is missing by its number.
    """
    arms: dict[Hashable, list[tuple[Stream, Number]]] = {}
    for arm, number in zip(flow.arms[join], flow.matches[join].numbers, strict=True):
        if number.sequence is not None:
            arms.setdefault(number.sequence.base, []).append((arm.stream, number))
    found: dict[Pipe, Counted] = {}
    for members in arms.values():
        numbers = dict.fromkeys(number for _, number in members)
        if len(numbers) > 1:
            fork = flow.dominators.common([stream for stream, _ in members])
            counters = dict.fromkeys(pipe for number in numbers for pipe in number.pipes)
            for pipe, entry in _above(flow, list(counters), fork):
                found[pipe] = entry.and_(found[pipe]) if pipe in found else entry
    return found


def _above(flow: ContentFlow, counters: list[Pipe], fork: Hashable) -> Iterator[tuple[Pipe, Counted]]:
    """The pipes between these and the fork, and the fork."""
    tree = flow.dominators
    seen, stack = set(counters), [(pipe, pipe) for pipe in counters]
    while stack:
        pipe, counter = stack.pop()
        if tree.common([pipe, fork]) == pipe:
            continue  # it counts for all arms
        for stream in before(flow.graph, pipe):
            for writer in before(flow.graph, stream):
                forks = tree.common([writer, fork]) == writer
                keeps = flow.effective(writer).rate.keeps_origin
                yield writer, Counted(counter, keeps and not forks, frozenset({stream}))
                if not forks and writer not in seen:
                    seen.add(writer)
                    stack.append((writer, counter if keeps else writer))
