"""build_graph: from a description to a networkx DiGraph of pipe nodes and stream nodes. The only builder.

Nodes are the `Pipe` and `Stream` objects themselves (both hash by identity). Attributes:

    pipe node     kind="pipe"    name (unique)   pipe (with the options of all its uses)
    stream node   kind="stream"  name (unique)   stream   buffer_size   open: "", "input" or "output"
    pipe -> stream   ports: tuple of routes; a route is what of the value goes there: () the whole,
                     (Part(1, 2),) the second of two parts, (Key("gt"), Part(0, 3)) a part of what a Switch chose,
                     (Errors(),) the items it failed on
    stream -> pipe   ports: tuple of ints: which arguments of the functor (a stream may be joined with itself)
    graph            profile: "operators" or "documented"; problems: what composing recorded for the checks;
                     outputs: the open output streams

A stream with several in-edges merges, one with several out-edges is competed for; a dangling one lacks either.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Union

import networkx as nx

from pipeflow import ends
from pipeflow.ends import End
from pipeflow.flow import Flow, links_of, pipes_of
from pipeflow.pipes import Join, Pipe
from pipeflow.streams import Stream

if TYPE_CHECKING:
    Graph = nx.DiGraph[Any]
else:
    Graph = nx.DiGraph


class Part(NamedTuple):
    """Position `index` of a value with `of` parts."""

    index: int
    of: int


class Key(NamedTuple):
    """What a Switch sent to this branch."""

    key: Hashable


@dataclass(frozen=True)
class Errors:
    """The items a pipe failed on (``pipe.errors``), each as a `FailedItem`, instead of its results."""


Route = tuple[Union[Part, Key, Errors], ...]


@dataclass(frozen=True)
class Problem:
    """Something composing noticed and a check will say, all together with the rest.

    Attributes:
        what: "fed_twice", "conflicting_options", "same_name", "conflicting_buffer" or "compete_shape".
        pipes: the pipes it is about.
        detail: what the check needs to say it.
    """

    what: str
    pipes: tuple[Pipe, ...]
    detail: dict[str, Any] = field(default_factory=dict)


class Tap(NamedTuple):
    """A pipe's output, or a part of it, on its way into a stream."""

    writer: Pipe
    route: Route = ()
    via: Stream | None = None


Ports = list[list[Tap]]


def build_graph(description: Flow | Sequence[Pipe]) -> Graph:
    """The graph of a Flow, or of the documented list of pipes with their streams.

    Never raises on a description that could be composed: problems are kept for the checks.
    """
    if isinstance(description, Flow):
        return _FromFlow(description).build()
    return _from_streams(list(description))


# ---------------------------------------------------------------- operators


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
        for pipe in self.pipes.values():
            self.graph.add_node(pipe, kind="pipe", pipe=pipe)
        for readers, feeds in self.feeds.items():
            self._add_feeds(readers, feeds)
        outputs = self._open_outputs(self.flow._exit)
        self._close_rest()
        self.graph.graph.update(profile="operators", problems=self.problems, outputs=outputs)
        _name_pipes(self.graph, list(self.pipes.values()), self.problems)
        _name_streams(self.graph)
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
        clash = {
            key: (mine[key], other[key]) for key in mine.keys() & other.keys() if mine[key] != other[key]
        }
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
        gathered: dict[tuple[Pipe, ...], Ports] = {}
        self._enter(right, self._ports(left), gathered)
        for readers, ports in gathered.items():
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

    def _enter(self, entry: End, ports: Ports, gathered: dict[tuple[Pipe, ...], Ports]) -> None:
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
            for selector, end in _selected(entry):
                if end is not None:
                    chosen = [tap._replace(route=(*tap.route, selector)) for tap in whole]
                    self._enter(end, [chosen], gathered)

    def _single(self, ports: Ports) -> list[Tap]:
        if len(ports) == 1:
            return ports[0]
        join = Join()
        self.pipes[join] = join
        self.feeds[(join,)] = [ports]
        return [Tap(join)]

    def _gather(
        self, readers: tuple[Pipe, ...], ports: Ports, gathered: dict[tuple[Pipe, ...], Ports]
    ) -> None:
        known = gathered.setdefault(readers, [[] for _ in ports])
        while len(known) < len(ports):
            known.append([])
        for mine, new in zip(known, ports):
            mine.extend(tap for tap in new if tap not in mine)

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
            _add_port(self.graph, stream, reader, number)

    def _stream_node(self, vias: list[Stream]) -> Stream:
        if not vias:
            return Stream("")
        if vias[0] not in self.graph:
            return vias[0]
        twin = copy.copy(vias[0])
        twin.uid = uuid.uuid4().hex
        return twin

    def _write(self, tap: Tap, stream: Stream) -> None:
        _add_port(self.graph, self.pipes[tap.writer], stream, tap.route)

    # -------------------------------------------------------- open ends

    def _open_outputs(self, exit: End | None) -> list[Stream]:
        if exit is None:
            return []
        outputs: list[Stream] = []
        for taps in self._ports(exit):
            vias = [tap.via for tap in taps if tap.via is not None]
            stream = self._stream_node(vias)
            size = next((via.buffer_size for via in vias), None)
            self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=size, open="output")
            for tap in taps:
                self._write(tap, stream)
            outputs.append(stream)
        return outputs

    def _close_rest(self) -> None:
        """Pipes that nothing feeds, and outputs that even the flow's own exit doesn't show."""
        for pipe in self.pipes.values():
            if pipe.has_input and not self.graph.in_degree(pipe):
                stream = Stream("")
                size = pipe.options.buffer_size
                self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=size, open="input")
                _add_port(self.graph, stream, pipe, 0)
            if pipe.has_output and not self._sends_results(pipe):
                stream = Stream("")
                self.graph.add_node(stream, kind="stream", stream=stream, buffer_size=None, open="output")
                _add_port(self.graph, pipe, stream, ())

    def _sends_results(self, pipe: Pipe) -> bool:
        edges = self.graph.out_edges(pipe, data="ports")
        return any(route[:1] != (Errors(),) for _, _, ports in edges for route in ports)


def _selected(entry: ends.Parts | ends.Choice) -> Iterable[tuple[Part | Key, End | None]]:
    if isinstance(entry, ends.Choice):
        return [(Key(key), end) for key, end in entry.branches]
    return [(Part(index, len(entry.ends)), end) for index, end in enumerate(entry.ends)]


# ---------------------------------------------------------------- documented classes


def _from_streams(pipes: list[Pipe]) -> Graph:
    graph = Graph()
    problems: list[Problem] = []
    for pipe in pipes:
        graph.add_node(pipe, kind="pipe", pipe=pipe)
        for stream in [*pipe.upstreams, *pipe.downstreams]:
            graph.add_node(stream, kind="stream", stream=stream, buffer_size=stream.buffer_size, open="")
    for pipe in pipes:
        for number, stream in enumerate(pipe.upstreams):
            _add_port(graph, stream, pipe, number)
        count = len(pipe.downstreams)
        for number, stream in enumerate(pipe.downstreams):
            _add_port(graph, pipe, stream, (Part(number, count),) if count > 1 else ())
    for node in list(graph):
        if isinstance(node, Stream):
            open_end = (
                "input" if not graph.in_degree(node) else "output" if not graph.out_degree(node) else ""
            )
            graph.nodes[node]["open"] = open_end
    graph.graph.update(profile="documented", problems=problems, outputs=[])
    _name_documented(graph, pipes)
    _name_streams(graph)
    return graph


def _name_documented(graph: Graph, pipes: list[Pipe]) -> None:
    counts: dict[str, int] = {}
    for pipe in pipes:
        counts[pipe.label] = counts.get(pipe.label, 0) + 1
    taken: dict[str, int] = {}
    for pipe in pipes:
        name = pipe.label
        if counts[name] > 1:
            number = taken.get(name, 0)
            taken[name] = number + 1
            name = f"{name}_{number}"
        graph.nodes[pipe]["name"] = name


# ---------------------------------------------------------------- both


def _add_port(graph: Graph, tail: Any, head: Any, port: Any) -> None:
    known = graph.edges[tail, head]["ports"] if graph.has_edge(tail, head) else ()
    graph.add_edge(tail, head, ports=(*known, port) if port not in known or isinstance(port, int) else known)


def _name_pipes(graph: Graph, pipes: list[Pipe], problems: list[Problem]) -> None:
    given: dict[str, list[Pipe]] = {}
    for pipe in pipes:
        if pipe.given_name is not None:
            given.setdefault(pipe.given_name, []).append(pipe)
    for name, same in given.items():
        if len(same) > 1:
            problems.append(Problem("same_name", tuple(same), {"name": name}))
    taken: set[str] = set()
    for pipe in sorted(pipes, key=lambda each: each.given_name is None):
        graph.nodes[pipe]["name"] = _unique(pipe.label, taken)


def _name_streams(graph: Graph) -> None:
    taken: set[str] = set()
    for node, data in graph.nodes(data=True):
        if data["kind"] == "stream":
            writers = "|".join(graph.nodes[pipe]["name"] for pipe in graph.predecessors(node)) or "?"
            readers = "|".join(graph.nodes[pipe]["name"] for pipe in graph.successors(node)) or "?"
            data["name"] = _unique(node.name or f"{writers} -> {readers}", taken)


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate


def pipe_nodes(graph: Graph) -> list[Pipe]:
    """The pipes of a graph, in the order they were written."""
    return [node for node, kind in graph.nodes(data="kind") if kind == "pipe"]


def stream_nodes(graph: Graph) -> list[Stream]:
    """The streams of a graph."""
    return [node for node, kind in graph.nodes(data="kind") if kind == "stream"]


def name_of(graph: Graph, node: Any) -> str:
    """The unique name of a pipe or stream in its graph."""
    return str(graph.nodes[node]["name"])
