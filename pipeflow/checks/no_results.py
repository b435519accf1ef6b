"""PF205: a Transform that is annotated to return nothing, and has readers."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed, path_from, spelled
from pipeflow.checks._findings import finding
from pipeflow.checks._functors import functor_of
from pipeflow.graph import Errors, Graph, after, effective, is_documented, name_of, pipe_nodes, routes
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """None is never delivered, so nothing would reach them."""
    for pipe in pipe_nodes(graph):
        readers = _readers(graph, pipe)
        if pipe.kind == "Transform" and readers and not effective(graph, pipe).options.unchecked:
            functor = functor_of(effective(graph, pipe))
            if functor.shape and functor.facts.returns in (None, NoneType):
                yield _nothing(graph, pipe, readers)


def _readers(graph: Graph, pipe: Pipe) -> list[Pipe]:
    streams = [s for s in after(graph, pipe) if any(Errors() not in r for r in routes(graph, pipe, s))]
    return list(dict.fromkeys(reader for stream in streams for reader in after(graph, stream)))


def _nothing(graph: Graph, pipe: Pipe, readers: list[Pipe]) -> Finding:
    name = name_of(graph, pipe)
    functor = functor_of(effective(graph, pipe))
    beside = f"({spelled(graph, readers[0])} | Sink({functor.spelled}))"
    reached = listed([name_of(graph, reader) for reader in readers])
    fixes = [f"... >> {beside}", "return the item"]
    return finding(
        "PF205",
        "warning" if is_documented(graph) else "error",
        f"no results: {name!r} returns None, so nothing ever reaches {reached}.",
        graph=graph,
        pipes=[pipe, *readers],
        body=[
            path_from(graph, pipe, 2),
            f"{name}  ({functor.place})  {functor.source_line}".rstrip(),
            "None means that there is nothing to send.",
        ],
        fix=f"return what is to be sent on, or let both have the items:  {fixes[0]}",
        fixes=fixes,
    )
