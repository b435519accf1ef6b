"""Why what a worker was at can't be run again by another one."""

from __future__ import annotations

from typing import Any, NamedTuple

import networkx as nx

from pipeflow import origins
from pipeflow.checks._drawing import ports_of
from pipeflow.graph import Graph, after, before, downstream, effective, pipe_nodes
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import is_coroutine
from pipeflow.streams import Stream


class Obstacle(NamedTuple):
    """What stands against restarting a pipe.

    Attributes:
        why: the end of the title.
        consequence: one sentence.
        way: how to change the graph, with ``{name}`` for the pipe's; empty when there is none.
    """

    why: str
    consequence: str
    way: str = ""


class Restarts:
    """The pipes of one graph as the process engine sees them when a worker has died."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._numbering: set[Pipe] = set()
        for join in origins.joins(graph):
            self._numbering |= join.numbered_by
        self._looping: set[Any] = set()
        for knot in nx.strongly_connected_components(graph):
            if len(knot) > 1:
                self._looping |= knot
        self._sequenced = _sequenced(graph)

    def obstacle(self, pipe: Pipe) -> Obstacle | None:
        """Why the pipe's workers can't be started again; None when they can."""
        graph, whole = self._graph, effective(self._graph, pipe)
        inputs, outputs = before(graph, pipe), after(graph, pipe)
        single = _workers(whole) == 1
        ordered_in = [stream for stream in inputs if stream in self._sequenced]
        ordered_out = [stream for stream in outputs if stream in self._sequenced]
        reasons = {
            _SEVERAL_INPUTS: len(ports_of(graph, pipe)) > 1 and single,
            _RUN_TWICE: whole.kind == "Sink" and not whole.options.idempotent,
            _IN_A_LOOP: pipe in self._looping,
            _ASYNC: is_coroutine(whole.functor),
            _NUMBERS: pipe in self._numbering,
            _NUMBERS_FOR_ORDER: bool(ordered_out) and not ordered_in and single,
            _RESTORES: bool(ordered_in) and single,
            _INITIAL: any(isinstance(s, Stream) and s.q.items for s in inputs),
        }
        return next((obstacle for obstacle, holds in reasons.items() if holds), None)


_SEVERAL_INPUTS = Obstacle(
    "{name!r} has several inputs and on_crash='restart'.",
    "After a crash it isn't known which of the items that were being paired have been used.",
    "pair in front of it:  ... >> Join() >> {name}",
)
_RUN_TWICE = Obstacle(
    "{name!r} is {kind} whose items may not be run twice.",
    "After a crash the items that it had not finished would run again.",
    "if that does no harm, say so:  {name}.with_(idempotent=True)",
)
_IN_A_LOOP = Obstacle(
    "{name!r} is in a loop and has on_crash='restart'.",
    "After a crash it isn't known whether the loop still holds items, so it would never end.",
)
_ASYNC = Obstacle(
    "the functor of {name!r} is async, and it has on_crash='restart'.",
    "After a crash it isn't known which of the items in flight were done.",
)
_NUMBERS = Obstacle(
    "{name!r} numbers its results for a join, and has on_crash='restart'.",
    "A new worker would begin at 0 again, and wrong items would meet.",
    "let another pipe begin the count:  {name} >> Transform(lambda item: item) >> ...",
)
_NUMBERS_FOR_ORDER = Obstacle(
    "{name!r} numbers its results for ordered=True behind it, and has on_crash='restart'.",
    "A new worker would begin at 0 again, and the order would be lost.",
    "let another pipe begin the count:  {name} >> Transform(lambda item: item) >> ...",
)
_RESTORES = Obstacle(
    "{name!r} restores the order of ordered=True, and has on_crash='restart'.",
    "After a crash it isn't known which items wait for those before them.",
    "let another pipe do that:  ... >> Transform(lambda item: item) >> {name}",
)
_INITIAL = Obstacle(
    "the stream in front of {name!r} has initial items, and it has on_crash='restart'.",
    "A new worker would begin with these again.",
)


def _workers(pipe: Pipe) -> int:
    return pipe.options.n_processes or 1


def _sequenced(graph: Graph) -> set[Stream]:
    """The streams on which items keep the number of their place, for ``ordered=True``."""
    found: set[Stream] = set()
    if not any(effective(graph, pipe).options.ordered for pipe in pipe_nodes(graph)):
        return found
    for pipe in downstream(graph):
        if not isinstance(pipe, Pipe):
            continue
        whole = effective(graph, pipe)
        if not whole.options.ordered or _workers(whole) < 2:
            continue
        paired = len(ports_of(graph, pipe)) > 1
        entering = [] if paired else before(graph, pipe)
        if all(_keeps_order(graph, stream, found) for stream in entering):
            found.update(entering)
            found.update(after(graph, pipe))
    return found


def _keeps_order(graph: Graph, stream: Stream, sequenced: set[Stream]) -> bool:
    alone = all(_workers(effective(graph, writer)) == 1 for writer in before(graph, stream))
    return len(after(graph, stream)) == 1 and (stream in sequenced or alone)
