"""The graph of a Flow."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from pipeflow import ends
from pipeflow.ends import End
from pipeflow.flow import Flow, links_of, pipes_of
from pipeflow.graph.model import Errors, Graph, Key, Part, Problem, Route, add_port, after, routes
from pipeflow.graph.naming import name_pipes, name_streams
from pipeflow.pipes import Join, Pipe
from pipeflow.streams import Stream


class Tap(NamedTuple):
    """A pipe's output, or a part of it, on its way into a stream."""

    writer: Pipe
    route: Route = ()
    via: Stream | None = None


Ports = list[list[Tap]]
Gathered = dict[tuple[Pipe, ...], list[dict[Tap, None]]]
"""For each reader what comes to each of its ports, once."""


def from_flow(flow: Flow) -> Graph:
    """The graph of a Flow; problems are kept in it for the checks."""
    return _FromFlow(flow).build()


class _FromFlow:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.problems: list[Problem] = []
        self.pipes: dict[Pipe, Pipe] = {}
        self.graph = Graph()
        self.joins: dict[End, Tap] = {}
        self.feeds: dict[tuple[Pipe, ...], list[Ports]] = {}
        self.fed: dict[Pipe, list[Ports]] = {}

    def build(self) -> Graph:
        self._merge_uses(pipes_of(self.flow))
        for link in links_of(self.flow):
            self._connect(link.left, link.right)
        exit = self.flow.expression.exit
        # Parts within parts that stay open meet in a Join, which is a node like any other.
        ports = [] if exit is None else self._ports(exit)
        for pipe in self.pipes.values():
            self.graph.add_node(pipe, kind="pipe", pipe=pipe)
        for readers, feeds in self.feeds.items():
            self._add_feeds(readers, feeds)
        outputs = [self._open_output(taps) for taps in ports]
        self._close_rest()
        self.graph.graph.update(profile="operators", problems=self.problems, outputs=outputs)
        name_pipes(self.graph, list(self.pipes.values()), self.problems)
        name_streams(self.graph)
        return self.graph

    def _merge_uses(self, uses: list[Pipe]) -> None:
        for pipe in uses:
            known = self.pipes.get(pipe)
            if known is None:
                self.pipes[pipe] = pipe
            elif known is not pipe:
                self.pipes[pipe] = self._merged(known, pipe)

    def _merged(self, first: Pipe, second: Pipe) -> Pipe:
        mine, other = first.options.given(), second.options.given()
        both = sorted(mine.keys() & other.keys())
        clash = {key: (mine[key], other[key]) for key in both if not _equal(mine[key], other[key])}
        names = {first.given_name, second.given_name} - {None}
        if len(names) > 1:
            clash["name"] = (first.given_name, second.given_name)
        if clash:
            self.problems.append(Problem("conflicting_options", (first,), {"clash": clash}))
        merged = copy.copy(first)
        merged.options = replace(first.options, **(other | mine))
        merged.given_name = first.given_name or second.given_name
        return merged

    # -------------------------------------------------------- links

    def _connect(self, left: End, right: End) -> None:
        gathered: Gathered = {}
        self._enter(right, self._ports(left), gathered)
        for readers, taps in gathered.items():
            ports = [list(port) for port in taps]
            feeds = self.feeds.setdefault(readers, [])
            if ports not in feeds:
                feeds.append(ports)

    def _ports(self, exit: End) -> Ports:
        if isinstance(exit, ends.Via) and isinstance(exit.end, ends.Parts):
            return [[tap._replace(via=exit.stream) for tap in port] for port in self._ports(exit.end)]
        if isinstance(exit, ends.Parts):
            return [self._taps(end) for end in exit.ends if end is not None]
        return [self._taps(exit)]

    def _taps(self, exit: End) -> list[Tap]:
        if isinstance(exit, ends.Lane):
            return [Tap(exit.pipe, (Errors(),) if exit.port == "errors" else ())]
        if isinstance(exit, ends.Via):
            return [tap._replace(via=exit.stream) for tap in self._taps(exit.end)]
        if isinstance(exit, ends.Parts):
            return [self._joined(exit)]
        inner = [end for _, end in exit.branches if end] if isinstance(exit, ends.Choice) else exit.ends
        return [tap for end in inner for tap in self._taps(end)]

    def _joined(self, exit: ends.Parts) -> Tap:
        # Positions that are split again, or joined within a join, meet in a Join of their own.
        if exit not in self.joins:
            join = Join()
            self.pipes[join] = join
            self._connect(exit, ends.Lane(join))
            self.joins[exit] = Tap(join)
        return self.joins[exit]

    def _enter(self, entry: End, ports: Ports, gathered: Gathered) -> None:
        if isinstance(entry, ends.Lane):
            self._gather((entry.pipe,), ports, gathered)
        elif isinstance(entry, ends.Compete):
            self._gather(tuple(ends.lanes(entry)), ports, gathered)
        elif isinstance(entry, ends.Via):
            via = entry.stream
            self._enter(entry.end, [[tap._replace(via=via) for tap in port] for port in ports], gathered)
        elif isinstance(entry, ends.Bar):
            for end in entry.ends:
                self._enter(end, ports, gathered)
        else:
            whole = self._single(ports)
            for selector, branch in _selected(entry):
                if branch is not None:
                    chosen = [tap._replace(route=(*tap.route, selector)) for tap in whole]
                    self._enter(branch, [chosen], gathered)

    def _single(self, ports: Ports) -> list[Tap]:
        if len(ports) == 1:
            return ports[0]
        join = Join()
        self.pipes[join] = join
        self.feeds[(join,)] = [ports]
        return [Tap(join)]

    def _gather(self, readers: tuple[Pipe, ...], ports: Ports, gathered: Gathered) -> None:
        known = gathered.setdefault(readers, [{} for _ in ports])
        while len(known) < len(ports):
            known.append({})
        for mine, new in zip(known, ports, strict=False):
            mine.update(dict.fromkeys(new))

    # -------------------------------------------------------- nodes and edges

    def _add_feeds(self, readers: tuple[Pipe, ...], feeds: list[Ports]) -> None:
        reading = tuple(self.pipes[reader] for reader in readers)
        if len(feeds) > 1:
            writers = [[tap.writer for port in ports for tap in port] for ports in feeds]
            self.problems.append(Problem("fed_twice", reading, {"feeds": writers}))
        for reader in reading:
            self._check_fed_once(reader, feeds)
        for ports in feeds:
            for number, taps in enumerate(ports):
                self._add_stream(reading, number, taps)

    def _check_fed_once(self, reader: Pipe, feeds: list[Ports]) -> None:
        # Alone and among competing pipes are two uses of ``>>`` with other keys.
        earlier = self.fed.setdefault(reader, feeds)
        if earlier is not feeds:
            writers = [
                [tap.writer for ports in uses for port in ports for tap in port] for uses in (earlier, feeds)
            ]
            self.problems.append(Problem("fed_twice", (reader,), {"feeds": writers}))

    def _add_stream(self, readers: tuple[Pipe, ...], number: int, taps: list[Tap]) -> None:
        vias = list(dict.fromkeys(tap.via for tap in taps if tap.via is not None))
        stream = self._stream_node(vias)
        sizes = {reader: reader.options.buffer_size for reader in readers}
        given = [size for size in sizes.values() if size is not None]
        for via in vias:
            if via.buffer_size is not None and any(size != via.buffer_size for size in given):
                self.problems.append(Problem("conflicting_buffer", readers, {"stream": via}))
        size = next((via.buffer_size for via in vias if via.buffer_size is not None), None)
        size = size if size is not None else next(iter(given), None)
        self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=size, open="")
        for tap in taps:
            self._write(tap, stream)
        for reader in readers:
            add_port(self.graph, stream, reader, number)

    def _stream_node(self, vias: list[Stream]) -> Stream:
        if not vias:
            return Stream("")
        if vias[0] not in self.graph:
            return vias[0]
        twin = copy.copy(vias[0])
        twin.uid = uuid.uuid4().hex
        return twin

    def _write(self, tap: Tap, stream: Stream) -> None:
        add_port(self.graph, self.pipes[tap.writer], stream, tap.route)

    # -------------------------------------------------------- open ends

    def _open_output(self, taps: list[Tap]) -> Stream:
        vias = [tap.via for tap in taps if tap.via is not None]
        stream = self._stream_node(vias)
        size = next((via.buffer_size for via in vias), None)
        self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=size, open="output")
        for tap in taps:
            self._write(tap, stream)
        return stream

    def _close_rest(self) -> None:
        """Pipes that nothing feeds, and outputs that even the flow's own exit doesn't show."""
        for pipe in self.pipes.values():
            if pipe.has_input and not self.graph.in_degree(pipe):
                stream = Stream("")
                size = pipe.options.buffer_size
                self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=size, open="input")
                add_port(self.graph, stream, pipe, 0)
            if pipe.has_output and not self._sends_results(pipe):
                stream = Stream("")
                self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=None, open="output")
                add_port(self.graph, pipe, stream, ())

    def _sends_results(self, pipe: Pipe) -> bool:
        sent = (route for stream in after(self.graph, pipe) for route in routes(self.graph, pipe, stream))
        return any(route[:1] != (Errors(),) for route in sent)


def _equal(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - options may hold the user's own values, arrays for instance
        return one is other


def _selected(entry: ends.Parts | ends.Choice) -> Iterable[tuple[Part | Key, End | None]]:
    if isinstance(entry, ends.Choice):
        return [(Key(key), end) for key, end in entry.branches]
    return [(Part(index, len(entry.ends)), end) for index, end in enumerate(entry.ends)]
