"""From the sources down: the content of every stream, and whether each join can pair what reaches it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pipeflow import hints
from pipeflow.graph import (
    Errors,
    Graph,
    Key,
    Route,
    after,
    arguments,
    before,
    downstream,
    effective,
    is_documented,
    routes,
)
from pipeflow.origins.content import UNKNOWN, Content, Merger, Number, Sequence, View, joined
from pipeflow.origins.dominance import Dominators
from pipeflow.origins.pairing import Match, match
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream

UNIT = Fraction(1)


@dataclass(frozen=True)
class Arm:
    """One argument of a joining pipe.

    Attributes:
        port: which argument of the functor, from 0.
        stream: where it comes from.
        content: what is known of that stream.
    """

    port: int
    stream: Stream
    content: Content


class ContentFlow:
    """Walks a graph once, in topological order; what lies behind an undeclared cycle stays unknown.

    Attributes:
        content: of each stream, as its reader sees it, and of each pipe's output.
        arms: for each pipe with several inputs, its arms by port.
        matches: for each of them, how they pair.
        dominators: which nodes everything has passed before another.
        solo: for each node the nearest pipe above it, or itself, that has one worker.
        position: of each pipe in topological order.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.documented = is_documented(graph)
        self.content: dict[Any, Content] = {}
        self.arms: dict[Pipe, list[Arm]] = {}
        self.matches: dict[Pipe, Match] = {}
        self.dominators = Dominators()
        self.solo: dict[Any, Any] = {None: None}
        self.position: dict[Any, int] = {}
        self._merger = Merger(_choices(graph))
        self._roots = 0
        for node in downstream(graph):
            self.position[node] = len(self.position)
            self._visit(node)

    def effective(self, pipe: Pipe) -> Pipe:
        """The pipe with the options of all its uses."""
        return effective(self.graph, pipe)

    # ------------------------------------------------------------ streams

    def _visit(self, node: Any) -> None:
        if isinstance(node, Stream):
            self._visit_stream(node)
        else:
            self._visit_pipe(node)

    def _visit_stream(self, stream: Stream) -> None:
        writers = before(self.graph, stream)
        self.dominators.add(stream, writers)
        self.solo[stream] = self.solo[self.dominators.above(stream)]
        if not writers:
            self.content[stream] = self._new_root(stream)
            return
        taps = [
            ((writer, route), self._routed(writer, route))
            for writer in writers
            for route in routes(self.graph, writer, stream)
        ]
        self.content[stream] = self._merger.merge(taps)

    def _routed(self, writer: Pipe, route: Route) -> Content:
        content = self.content.get(writer, UNKNOWN)
        failing = ("errors", writer)
        if failing in self._merger.keys and Errors() not in route:
            # An item that failed has no result: the two outputs merge without meeting.
            content = content.guarded(failing, False).with_sequence(content.sequence)
        for selector in route:
            if isinstance(selector, Key):
                content = content.guarded(writer, selector.key)
            elif isinstance(selector, Errors):
                content = content.guarded(failing, True)
        return content

    def _read(self, stream: Stream, reader: Pipe) -> Content:
        content = self.content.get(stream, UNKNOWN)
        if self.graph.out_degree(stream) > 1:
            return content.guarded(stream, reader)
        return content

    # ------------------------------------------------------------ pipes

    def _visit_pipe(self, pipe: Pipe) -> None:
        streams = [] if pipe.closes_loops else before(self.graph, pipe)
        self.dominators.add(pipe, streams)
        one_worker = workers(self.effective(pipe)) == 1
        self.solo[pipe] = pipe if one_worker else self.solo[self.dominators.above(pipe)]
        arms = sorted(
            (
                Arm(port, stream, self._read(stream, pipe))
                for stream in streams
                for port in arguments(self.graph, stream, pipe)
            ),
            key=lambda arm: arm.port,
        )
        if len(arms) > 1:
            self.arms[pipe] = arms
            self.matches[pipe] = match([arm.content for arm in arms])
        self.content[pipe] = self._output(pipe, arms)

    def _output(self, node: Pipe, arms: list[Arm]) -> Content:
        pipe, drops = self.effective(node), leaves_out(self.graph, node)
        if not arms:
            return self._new_root(pipe)
        contents = [arm.content for arm in arms]
        if any(not content.views for content in contents):
            return UNKNOWN
        if len(arms) == 1:
            came = contents[0]
        elif self.documented or self._pairing(pipe) != "origin":
            return self._renumbered(pipe, contents, None)
        elif not self.matches[pipe].pairable:
            return UNKNOWN  # said once, at this join
        else:
            sequences = {content.sequence for content in contents}
            came = joined(contents, sequences.pop() if len(sequences) == 1 else None)
        if pipe.rate.keeps_origin:
            return came.with_sequence(self._sequence_behind(pipe, came, drops))
        return self._renumbered(pipe, contents, None if drops else came.sequence)

    def _pairing(self, pipe: Pipe) -> str:
        return pipe.pairs_by

    def _sequence_behind(self, pipe: Pipe, came: Content, drops: bool) -> Sequence | None:
        if came.sequence is not None and orderly(pipe) and not drops:
            return came.sequence
        return Sequence(pipe, UNIT) if workers(pipe) == 1 else None

    def _renumbered(self, pipe: Pipe, contents: list[Content], came: Sequence | None) -> Content:
        consumes, produces, _ = pipe.rate
        alike: Hashable = getattr(pipe, "counts_as", None)
        sequence: Sequence | None = Sequence(pipe, UNIT)
        if workers(pipe) > 1:
            sequence = None
        elif came is not None and consumes and produces:
            sequence = came._replace(ratio=came.ratio * Fraction(produces, consumes))
        elif came is not None and alike is not None:
            sequence = came._replace(steps=(*came.steps, (alike, came.ratio)), ratio=UNIT)
        roots = 0
        for content in contents:
            roots |= content.roots
        return Content((View(Number(frozenset({pipe}), sequence)),), roots, sequence)

    def _new_root(self, node: Any) -> Content:
        bit, self._roots = 1 << self._roots, self._roots + 1
        pipes = frozenset({node}) if isinstance(node, Pipe) else frozenset[Pipe]()
        sequence = Sequence(node, UNIT)
        return Content((View(Number(pipes, sequence)),), bit, sequence)


def workers(pipe: Pipe) -> int:
    """How many workers a pipe has."""
    return pipe.options.n_processes or 1


def orderly(pipe: Pipe) -> bool:
    """Whether results leave in the order of their inputs."""
    return bool(pipe.options.ordered) or (workers(pipe) == 1 and (pipe.options.concurrency or 1) == 1)


def leaves_out(graph: Graph, node: Pipe) -> bool:
    """Whether some items may have no result: the pipe drops them, or they may fail and the run goes on."""
    pipe = effective(graph, node)
    if may_drop(pipe) or pipe.options.on_error == "skip" or pipe.options.ignore_exceptions:
        return True
    return any(Errors() in route for stream in after(graph, node) for route in routes(graph, node, stream))


def may_drop(pipe: Pipe) -> bool:
    """Whether the pipe says that some items have no result."""
    if pipe.rate.may_drop:
        return True
    return pipe.kind == "Transform" and hints.may_drop(pipe.functor, "transform") is True


def _choices(graph: Graph) -> dict[Any, frozenset[Any]]:
    """The keys of each Switch, the readers of each contended stream, and whether an item failed."""
    keys: dict[Any, set[Any]] = {}
    for node in graph:
        if isinstance(node, Stream):
            readers = after(graph, node)
            if len(readers) > 1:
                keys[node] = set(readers)
            for writer in before(graph, node):
                for selector in (each for route in routes(graph, writer, node) for each in route):
                    if isinstance(selector, Key):
                        keys.setdefault(writer, set()).add(selector.key)
                    elif isinstance(selector, Errors):
                        keys[("errors", writer)] = {True, False}
    return {switch: frozenset(found) for switch, found in keys.items()}
