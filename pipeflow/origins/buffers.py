"""How large the streams between a fork and its join must be, so that neither arm waits for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from pipeflow.graph import Graph, Part, after, arguments, before, downstream, effective, pipe_nodes, routes
from pipeflow.origins.dominance import Dominators
from pipeflow.origins.schedule import Actor, run
from pipeflow.pipes import Pipe
from pipeflow.streams import DOCUMENTED_BUFFER, Stream

_MOST_RESULTS = 10_000


@dataclass(frozen=True)
class BufferNeed:
    """What one join needs of the streams in its arms.

    Attributes:
        join: the pipe whose arms change the number of items at known rates.
        fork: the pipe where they part.
        automatic: how large streams without a given size must be, where that is more than the default.
        short: streams whose given size is too small: (given, what suffices). The join would block for ever.
        growing: streams that get ever more items than the join takes; no size suffices.
        known: whether every rate is. If not, nothing else is said.
        pipes: the pipes between fork and join that change the number of items.
        given: the streams between them that were given a size.
    """

    join: Pipe
    fork: Pipe
    automatic: dict[Stream, int] = field(default_factory=dict[Stream, int])
    short: dict[Stream, tuple[int, int]] = field(default_factory=dict[Stream, tuple[int, int]])
    growing: tuple[Stream, ...] = ()
    known: bool = True
    pipes: tuple[Pipe, ...] = ()
    given: tuple[Stream, ...] = ()


def buffers(graph: Graph) -> list[BufferNeed]:
    """A need for each join, between whose arms and their fork a pipe changes the number of items.

    Joins of arms that send one item for each need no room: what one arm has, the other is about to get.
    """
    changing = [pipe for pipe in pipe_nodes(graph) if _changes(effective(graph, pipe))]
    joins = [pipe for pipe in pipe_nodes(graph) if _ports(graph, pipe) > 1]
    if not changing or not joins:
        return []
    tree = _dominators(graph)
    found = (_need(graph, join, tree) for join in joins)
    return [need for need in found if need is not None]


def _changes(pipe: Pipe) -> bool:
    return pipe.has_input and pipe.has_output and not pipe.rate.keeps_origin


def _ports(graph: Graph, pipe: Pipe) -> int:
    return sum(len(arguments(graph, stream, pipe)) for stream in before(graph, pipe))


def _dominators(graph: Graph) -> Dominators:
    tree = Dominators()
    for node in downstream(graph):
        tree.add(node, () if getattr(node, "closes_loops", False) else before(graph, node))
    return tree


def _need(graph: Graph, join: Pipe, tree: Dominators) -> BufferNeed | None:
    arms = before(graph, join)
    fork: Any = tree.common(arms)
    if len(arms) < 2 or not isinstance(fork, Pipe):
        return None
    between = _between(graph, join, fork)
    if between is None or not any(_changes(effective(graph, pipe)) for pipe in between):
        return None
    stretch = _Stretch(graph, fork, between, join)
    return stretch.need()


def _between(graph: Graph, join: Pipe, fork: Pipe) -> list[Pipe] | None:
    """The pipes between, from the fork down; None when a stream there has no plain count."""
    order: list[Pipe] = []
    state: dict[Pipe, bool] = {}
    stack: list[tuple[Pipe, bool]] = [(join, False)]
    while stack:
        pipe, done = stack.pop()
        if done:
            state[pipe] = True
            order.append(pipe)
            continue
        if pipe in state:
            continue
        state[pipe] = False
        stack.append((pipe, True))
        for stream in before(graph, pipe):
            if not _plain(graph, stream):
                return None
            writer = before(graph, stream)[0]
            if writer != fork:
                if not writer.has_input or writer.closes_loops or state.get(writer) is False:
                    return None  # it begins elsewhere, or goes round
                stack.append((writer, False))
    return [pipe for pipe in order if pipe is not join]


def _plain(graph: Graph, stream: Stream) -> bool:
    """One writer, one reader, and every result goes there."""
    writers = before(graph, stream)
    if len(writers) != 1 or len(after(graph, stream)) != 1:
        return False
    found = routes(graph, writers[0], stream)
    return len(found) == 1 and not any(not isinstance(each, Part) for each in found[0])


class _Stretch:
    """The pipes and streams between a fork and its join."""

    def __init__(self, graph: Graph, fork: Pipe, between: list[Pipe], join: Pipe) -> None:
        self.graph, self.fork, self.join = graph, fork, join
        self.between = between
        self.pipes = [fork, *between, join]
        inside = set(self.pipes) - {fork}
        self.streams = [
            stream
            for pipe in self.pipes[:-1]
            for stream in after(graph, pipe)
            if any(reader in inside for reader in after(graph, stream))
        ]
        self.number = {stream: position for position, stream in enumerate(self.streams)}
        self.hands = {self.number[stream]: self._hand(stream) for stream in self.streams}

    def _hand(self, stream: Stream) -> int:
        """How many items a join takes off the stream before it has them all: they wait in its hand."""
        reader = after(self.graph, stream)[0]
        return len(arguments(self.graph, stream, reader)) if _ports(self.graph, reader) > 1 else 0

    def _known(self) -> bool:
        for pipe in self.between:
            consumes, produces, drops = effective(self.graph, pipe).rate
            if not consumes or not produces or drops:
                return False
        return True

    def need(self) -> BufferNeed:
        """What the join needs."""
        given = self._given()
        need = BufferNeed(
            self.join,
            self.fork,
            pipes=tuple(pipe for pipe in self.between if _changes(effective(self.graph, pipe))),
            given=tuple(self.streams[number] for number in given),
        )
        if not self._known():
            return replace(need, known=False)
        growing = self._growing()
        if growing:
            return replace(need, growing=growing)
        if self._even():
            return need
        actors = [self._actor(pipe) for pipe in self.pipes]
        bounds = {number: size + self.hands[number] for number, size in given.items()}
        bounded = run(actors, bounds, hesitant=True)
        if bounded.blocked is False:
            return replace(need, automatic=self._automatic(bounded.peaks, given))
        enough = run(actors, {}, hesitant=True).peaks
        surely = run(actors, bounds, hesitant=False).blocked
        short = self._short(enough, given) if surely else {}
        return replace(need, automatic=self._automatic(enough, given), short=short)

    def _even(self) -> bool:
        """Whether every arm is a chain that needs as many items for its i-th result as the others.

        Then no arm waits for another, whatever the sizes: that spares large batches the run in numbers.
        """
        chains = [self._chain(stream) for stream in before(self.graph, self.join)]
        if any(chain is None for chain in chains):
            return False
        first, *others = [chain for chain in chains if chain is not None]
        results = math.lcm(*(produces for chain in (first, *others) for _, produces in chain), 1)
        if results > _MOST_RESULTS:
            return False
        return all(
            _needed(first, count) == _needed(other, count)
            for count in range(1, results + 1)
            for other in others
        )

    def _chain(self, stream: Stream) -> list[tuple[int, int]] | None:
        """The rates from the join up to the fork; None when something is joined on the way."""
        rates: list[tuple[int, int]] = []
        pipe: Pipe = before(self.graph, stream)[0]
        while pipe != self.fork:
            streams = before(self.graph, pipe)
            if len(streams) != 1 or _ports(self.graph, pipe) != 1:
                return None
            consumes, produces, _ = effective(self.graph, pipe).rate
            rates.append((consumes or 1, produces or 1))
            pipe = before(self.graph, streams[0])[0]
        return rates

    def _given(self) -> dict[int, int]:
        sizes = {stream: self.graph.nodes[stream]["buffer_size"] for stream in self.streams}
        return {self.number[stream]: size for stream, size in sizes.items() if size is not None}

    def _automatic(self, peaks: dict[int, int], given: dict[int, int]) -> dict[Stream, int]:
        return {
            stream: peaks[number] - self.hands[number]
            for stream, number in self.number.items()
            if number not in given and peaks.get(number, 0) - self.hands[number] > DOCUMENTED_BUFFER
        }

    def _short(self, peaks: dict[int, int], given: dict[int, int]) -> dict[Stream, tuple[int, int]]:
        return {
            stream: (given[number], peaks[number] - self.hands[number])
            for stream, number in self.number.items()
            if number in given and given[number] < peaks.get(number, 0) - self.hands[number]
        }

    def _actor(self, pipe: Pipe) -> Actor:
        inputs = () if pipe is self.fork else self._inputs(pipe)
        written = after(self.graph, pipe) if pipe is not self.join else []
        outputs = tuple(self.number[stream] for stream in written if stream in self.number)
        whole = effective(self.graph, pipe)
        workers = (whole.options.n_processes or 1) * (whole.options.concurrency or 1)
        if pipe is self.fork or pipe is self.join:
            return Actor(inputs, outputs, workers=workers)
        consumes, produces, _ = whole.rate
        return Actor(inputs, outputs, consumes or 1, produces or 1, workers)

    def _inputs(self, pipe: Pipe) -> tuple[int, ...]:
        return tuple(
            self.number[stream]
            for stream in before(self.graph, pipe)
            for _ in arguments(self.graph, stream, pipe)
        )

    def _growing(self) -> tuple[Stream, ...]:
        """The join's streams that get more items than the one that gets fewest."""
        flow: dict[Pipe, Fraction] = {self.fork: Fraction(1)}
        for pipe in self.between:
            consumes, produces, _ = effective(self.graph, pipe).rate
            came = min(flow[before(self.graph, stream)[0]] for stream in before(self.graph, pipe))
            flow[pipe] = came * Fraction(produces or 1, consumes or 1)
        arriving = {
            stream: flow[before(self.graph, stream)[0]] / len(arguments(self.graph, stream, self.join))
            for stream in before(self.graph, self.join)
        }
        least = min(arriving.values())
        return tuple(stream for stream, rate in arriving.items() if rate > least)


def _needed(chain: list[tuple[int, int]], count: int) -> int:
    """How many items must enter a chain of rates, its end first, for so many to leave it."""
    for consumes, produces in chain:
        count = -(-count // produces) * consumes
    return count
