"""From a graph to its picture.

Two layouts. Graphs of operators are drawn as the expression reads: an edge is a stream, with the position,
key or name it was written with; streams that several pipes compete for, and open ends, get a small node of
their own. Graphs of the documented classes are drawn as their users know it: a node for each pipe (and
stream), at most one plain edge between two nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import networkx as nx

from pipeflow.checks import Finding, Report
from pipeflow.graph import (
    Errors,
    Graph,
    Key,
    Part,
    Route,
    after,
    arguments,
    before,
    effective,
    is_documented,
    name_of,
    pipe_nodes,
    routes,
    stream_nodes,
)
from pipeflow.pipes import Pipe
from pipeflow.runtime.report import PipeReport, RunReport
from pipeflow.streams import Stream
from pipeflow.views.picture import SEVERITIES, Picture, PictureEdge, PictureNode

Findings = Report | Iterable[Finding]


def compose(
    graph: Graph,
    *,
    draw_streams: bool = False,
    findings: Findings | None = None,
    load: RunReport | None = None,
    fused: Sequence[Sequence[str]] = (),
) -> Picture:
    """The picture of a graph.

    Args:
        graph: from `build_graph`.
        draw_streams: streams are nodes too.
        findings: of the checks: the pipes and streams they are about are coloured, and the pipes name the
            codes; what a whole report could not decide is dashed.
        load: of a run; pipes show how busy they were.
        fused: names of pipes that share a worker, group by group; left out, those of the run.

    Raises:
        TypeError: `load` is no report.
    """
    if load is not None and not isinstance(load, RunReport):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"load is the report of a run, as  flow.run()  returns it, not {load!r}")
    composer = _Composer(graph, draw_streams, findings, load, fused or (load.fused if load else ()))
    if is_documented(graph):
        return composer.documented()
    return composer.operators()


class _Composer:
    def __init__(
        self,
        graph: Graph,
        draw_streams: bool,
        findings: Findings | None,
        load: RunReport | None,
        fused: Sequence[Sequence[str]],
    ) -> None:
        self.graph, self.draw_streams = graph, draw_streams
        self.groups = {name: number for number, names in enumerate(fused) for name in names}
        self.findings: dict[str, list[Finding]] = {}
        self.of_streams: dict[str, str] = {}
        for finding in findings.findings if isinstance(findings, Report) else findings or ():
            for name in finding.pipes:
                self.findings.setdefault(name, []).append(finding)
            for name in finding.streams:
                worst = max(self.of_streams.get(name, ""), finding.severity, key=_rank)
                self.of_streams[name] = worst
        unknown = findings.unknown if isinstance(findings, Report) else ()
        self.unknown = {name for each in unknown for name in each.streams}
        self.rows: Mapping[str, PipeReport] = {} if load is None else {row.name: row for row in load.pipes}
        self.bottleneck = None if load is None else load.bottleneck
        self.keys: dict[Any, str] = {pipe: f"p{number}" for number, pipe in enumerate(pipe_nodes(graph))}
        self.keys.update((stream, f"s{number}") for number, stream in enumerate(stream_nodes(graph)))

    # ------------------------------------------------------------ the documented layout

    def documented(self) -> Picture:
        nodes = [self._pipe(pipe, plain=True) for pipe in pipe_nodes(self.graph)]
        edges: dict[PictureEdge, None] = {}
        for stream in stream_nodes(self.graph):
            writers, readers = before(self.graph, stream), after(self.graph, stream)
            if not self.draw_streams:
                edges.update((self._edge(w, r), None) for w in writers for r in readers)
            elif writers or self.findings:
                name = name_of(self.graph, stream)
                nodes.append(PictureNode(self.keys[stream], "stream", (stream.label,), name))
                edges.update((self._edge(writer, stream), None) for writer in writers)
                edges.update((self._edge(stream, reader), None) for reader in readers)
        return Picture(tuple(nodes), tuple(edges), plain=True)

    def _edge(self, tail: Any, head: Any) -> PictureEdge:
        return PictureEdge(self.keys[tail], self.keys[head])

    # ------------------------------------------------------------ the layout of operators

    def operators(self) -> Picture:
        nodes = [self._pipe(pipe) for pipe in pipe_nodes(self.graph)]
        edges: list[PictureEdge] = []
        loops = _loop_numbers(self.graph)
        for stream in stream_nodes(self.graph):
            nodes += self._stream_nodes(stream)
            name = name_of(self.graph, stream)
            said: dict[str, Any] = {
                "unknown": name in self.unknown,
                "severity": self.of_streams.get(name, ""),
            }
            edges += (replace(edge, **said) for edge in self._stream_edges(stream, loops))
        return Picture(tuple(nodes), tuple(edges))

    def _stream_nodes(self, stream: Stream) -> Iterator[PictureNode]:
        key = self.keys[stream]
        name = name_of(self.graph, stream)
        if self.draw_streams:
            bound = self._bound(stream)
            lines = (name, bound) if bound else (name,)
            yield PictureNode(key, "stream", lines, name, severity=self.of_streams.get(name, ""))
        elif self._has_node(stream):
            yield PictureNode(key, "one of", ("one of",), f"{name}: each item goes to one of its readers")
        for end in self._open_ends(stream):
            yield PictureNode(f"{key}{end}", end, (end,), f"open {end}put")

    def _stream_edges(self, stream: Stream, loops: Mapping[Any, int]) -> Iterator[PictureEdge]:
        """To and from the stream's node where it has one; else from each writer to each reader."""
        key, label = self.keys[stream], "" if self.draw_streams else self._label(stream)
        into = [
            PictureEdge(
                self.keys[writer], key, _joined(_route_text(route), label), errors=route[:1] == (Errors(),)
            )
            for writer in before(self.graph, stream)
            for route in routes(self.graph, writer, stream)
        ]
        around = {loops[writer] for writer in before(self.graph, stream) if writer in loops}
        out = [
            PictureEdge(
                key,
                self.keys[reader],
                self._argument_text(stream, reader),
                back=reader.closes_loops and loops.get(reader) in around,
            )
            for reader in after(self.graph, stream)
        ]
        ends = self._open_ends(stream)
        into += [PictureEdge(f"{key}in", key, label) for end in ends if end == "in"]
        out += [PictureEdge(key, f"{key}out") for end in ends if end == "out"]
        if self.draw_streams or self._has_node(stream):
            yield from into
            yield from out
            return
        for first in into:
            for second in out:
                text = _joined(first.label, second.label)
                yield PictureEdge(first.tail, second.head, text, second.back, first.errors)

    def _has_node(self, stream: Stream) -> bool:
        return len(after(self.graph, stream)) > 1

    def _open_ends(self, stream: Stream) -> tuple[str, ...]:
        return {"output": ("out",), "input": ("in",)}.get(self.graph.nodes[stream]["open"], ())

    def _bound(self, stream: Stream) -> str:
        size = self.graph.nodes[stream]["buffer_size"]
        return "" if size is None else f"[{size}]"

    def _label(self, stream: Stream) -> str:
        return " ".join(word for word in (stream.label, self._bound(stream)) if word)

    def _argument_text(self, stream: Stream, reader: Pipe) -> str:
        joined = sum(len(arguments(self.graph, other, reader)) for other in before(self.graph, reader))
        if joined < 2:
            return ""
        return "argument " + ", ".join(str(number + 1) for number in arguments(self.graph, stream, reader))

    # ------------------------------------------------------------ pipes

    def _pipe(self, pipe: Pipe, plain: bool = False) -> PictureNode:
        name = name_of(self.graph, pipe)
        row = self.rows.get(name)
        about = self.findings.get(name, [])
        codes = ", ".join(dict.fromkeys(finding.code for finding in about))
        details = () if plain else (_workers(effective(self.graph, pipe)),)
        lines = (name, *details, _load_text(row), "bottleneck" if name == self.bottleneck else "", codes)
        tooltip = [f"{pipe.kind} created at {pipe.place}", *(f"{each.code} {each.title}" for each in about)]
        return PictureNode(
            key=self.keys[pipe],
            kind=pipe.kind,
            lines=tuple(line for line in lines if line),
            tooltip="\n".join(tooltip),
            severity=max((each.severity for each in about), key=_rank, default=""),
            load=None if row is None else row.load,
            bottleneck=name == self.bottleneck,
            group=self.groups.get(name, -1),
        )


def _workers(pipe: Pipe) -> str:
    options = pipe.options
    words: list[str] = []
    if (options.n_processes or 1) > 1:
        words.append(f"{options.n_processes} workers")
    if (options.concurrency or 1) > 1:
        words.append(f"{options.concurrency} in flight")
    if options.ordered and words:
        words.append("ordered")
    return ", ".join(words)


def _load_text(row: PipeReport | None) -> str:
    if row is None:
        return ""
    busy = "" if row.load is None else f", {100 * row.load:.0f} % busy"
    return f"{row.taken:,} items{busy}"


def _route_text(route: Route) -> str:
    words: list[str] = []
    for selector in route:
        if isinstance(selector, Part):
            words.append(f"part {selector.index}")
        elif isinstance(selector, Key):
            words.append(_short_repr(selector.key))
        else:
            words.append("errors")
    return ", ".join(words)


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


def _short_repr(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's __repr__ must not end a picture
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 30 else text[:27] + "..."


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _loop_numbers(graph: Graph) -> dict[Any, int]:
    """Which loop each node is in; nodes outside loops are left out."""
    return {
        node: number
        for number, component in enumerate(nx.strongly_connected_components(graph))
        if len(component) > 1
        for node in component
    }
