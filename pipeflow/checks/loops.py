"""PF302: a loop whose items never leave it."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from pipeflow import hints, origins
from pipeflow.checks._base import Finding, Target, Unchecked
from pipeflow.checks._drawing import listed
from pipeflow.checks._findings import created, finding
from pipeflow.graph import Graph, Part, after, effective, is_documented, name_of, pipe_nodes, routes
from pipeflow.hints.unions import admits_none
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


def check(graph: Graph, target: Target) -> Iterator[Finding | Unchecked]:
    """A loop ends when nothing is in flight in it any more, so its items must go somewhere, or be dropped."""
    if is_documented(graph) or not any(pipe.closes_loops for pipe in pipe_nodes(graph)):
        return
    for knot in nx.strongly_connected_components(graph):
        pipes = [node for node in knot if isinstance(node, Pipe)]
        if len(knot) > 1 and any(pipe.closes_loops for pipe in pipes) and not _leads_out(graph, knot):
            drops = [_drops(graph, pipe, knot) for pipe in pipes]
            ordered = [pipe for pipe in pipe_nodes(graph) if pipe in knot]
            if all(drop is False for drop in drops):
                yield _endless(graph, ordered)
            elif True not in drops:
                names = tuple(name_of(graph, pipe) for pipe in ordered)
                yield Unchecked("PF302", "it isn't known whether a pipe of the loop drops items", names)


def _leads_out(graph: Graph, knot: set[object]) -> bool:
    """Whether a stream that is written in the loop is read outside it, or by nobody but the caller."""
    written = {s for node in knot if isinstance(node, Pipe) for s in after(graph, node)}
    return any(
        isinstance(stream, Stream) and (not after(graph, stream) or set(after(graph, stream)) - knot)
        for stream in written
    )


def _drops(graph: Graph, node: Pipe, knot: set[object]) -> bool | None:
    """Whether some items end in this pipe; None when that isn't known."""
    pipe = effective(graph, node)
    if origins.may_drop(pipe):
        return True
    if pipe.closes_loops or pipe.spreads:
        return False
    if not pipe.rate.keeps_origin:
        return None
    found = [hints.may_drop(pipe.functor, "transform"), *_parts_dropped(graph, node, knot)]
    return True if True in found else None if None in found else False


def _parts_dropped(graph: Graph, pipe: Pipe, knot: set[object]) -> Iterator[bool | None]:
    """Of each part that goes round, whether it may be None; None when that isn't known."""
    whole = effective(graph, pipe)
    returned = hints.produced(whole.functor, "transform") if pipe.kind == "Transform" else hints.UNKNOWN
    for stream in after(graph, pipe):
        for route in routes(graph, pipe, stream) if stream in knot else ():
            part = returned
            for selector in route:
                if isinstance(selector, Part):
                    parts = hints.parts(part, selector.of)
                    part = hints.UNKNOWN if parts is None else parts[selector.index]
                    yield admits_none(part)


def _endless(graph: Graph, pipes: list[Pipe]) -> Finding:
    loop = next(pipe for pipe in pipes if pipe.closes_loops)
    name = name_of(graph, loop)
    fixes = [f"step >> Switch(done) >> {{True: out, False: {name}}}", "return None"]
    return finding(
        "PF302",
        "warning",
        f"endless loop: the items of {listed([name_of(graph, pipe) for pipe in pipes])} never leave it.",
        graph=graph,
        pipes=[loop, *pipes],
        body=[
            created(graph, loop),
            "None of these pipes drops an item, so the run would end by stop() alone.",
        ],
        fix=f"let finished items out:  {fixes[0]}\nor drop them,  {fixes[1]} ,  in one of its pipes",
        fixes=fixes,
    )
