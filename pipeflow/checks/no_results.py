"""PF205: a Transform that is annotated to return nothing, and has readers."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed, path_from, spelled
from pipeflow.checks._findings import finding
from pipeflow.checks._functors import functor_of
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.graph import Errors, Graph, after, before, effective, is_documented, name_of, routes
from pipeflow.hints.forms import is_none
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """None is never delivered, so nothing would reach them."""
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe))


def _judged(graph: Graph, pipe: Pipe) -> Iterator[Finding]:
    readers = _without_items(graph, pipe) if _gives_nothing(graph, pipe) else []
    if readers:
        yield _nothing(graph, pipe, readers)


def _gives_nothing(graph: Graph, pipe: Pipe) -> bool:
    whole = effective(graph, pipe)
    if pipe.kind != "Transform" or whole.options.unchecked:
        return False
    functor = functor_of(whole)
    return bool(functor.shape) and is_none(functor.facts.returns)


def _without_items(graph: Graph, pipe: Pipe) -> list[Pipe]:
    """The readers of streams that nobody else sends into: a silent arm of a merge is a way to drop items."""
    streams = [stream for stream in after(graph, pipe) if not _carries(graph, stream)]
    return list(dict.fromkeys(reader for stream in streams for reader in after(graph, stream)))


def _carries(graph: Graph, stream: Stream) -> bool:
    """Whether anything ever is in it: items put there before the run, failures, another pipe's results."""
    return not stream.q.empty() or any(
        Errors() in route or not _gives_nothing(graph, writer)
        for writer in before(graph, stream)
        for route in routes(graph, writer, stream)
    )


def _nothing(graph: Graph, pipe: Pipe, readers: list[Pipe]) -> Finding:
    name = name_of(graph, pipe)
    functor = functor_of(effective(graph, pipe))
    reached = listed([name_of(graph, reader) for reader in readers])
    fix, fixes = "return what is to be sent on", ["return the item"]
    if not is_documented(graph):
        fixes.insert(0, f"... >> ({spelled(graph, readers[0])} | Sink({functor.spelled}))")
        fix += f", or let both have the items:  {fixes[0]}"
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
        fix=fix,
        fixes=fixes,
    )
