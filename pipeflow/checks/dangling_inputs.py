"""PF102: pipes that nothing feeds."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import path_from, spelled
from pipeflow.checks._findings import finding, kind_of
from pipeflow.checks._loops import begins_with_items
from pipeflow.graph import Graph, after, before, effective, is_documented, name_of, pipe_nodes, stream_nodes
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """A pipe without input waits for ever, unless it begins with items of its own."""
    documented = is_documented(graph)
    for stream in stream_nodes(graph):
        if not before(graph, stream) and not stream.q.items:
            for pipe in after(graph, stream):
                if not begins_with_items(pipe):
                    yield _unwritten(graph, stream, pipe) if documented else _dangling(graph, stream, pipe)
    if documented:
        for pipe in pipe_nodes(graph):
            if pipe.has_input and not before(graph, pipe):
                yield _streamless(graph, pipe)


def _dangling(graph: Graph, stream: Stream, pipe: Pipe) -> Finding:
    name, drawn = name_of(graph, pipe), path_from(graph, pipe)
    waits = f"{name!r} is {kind_of(pipe)} created at {effective(graph, pipe).place}; it would wait forever."
    fix = f"my_source >> {spelled(graph, pipe)}"
    if pipe.closes_loops:
        fixes = ["Feedback(init=[...])", f"... >> {name}"]
        advice = f"give it items to begin with,  {fixes[0]} ,  or lead the loop back into it:  {fixes[1]}"
    else:
        fixes = [fix, "my_source >> fragment"]
        advice = (
            f"put a source in front:  {fix}.  If this graph is a fragment, compose it before run():  "
            "my_source >> fragment"
        )
    return finding(
        "PF102",
        "error",
        f"dangling input: nothing feeds {name!r}.",
        graph=graph,
        pipes=[pipe],
        streams=[stream],
        body=[f"? >> {drawn}", waits],
        fix=advice,
        fixes=fixes,
    )


def _unwritten(graph: Graph, stream: Stream, pipe: Pipe) -> Finding:
    return finding(
        "PF102",
        "warning",
        f"dangling input: nobody writes the stream {name_of(graph, stream)!r} (created at {stream.place}).",
        graph=graph,
        pipes=[pipe],
        streams=[stream],
        body=[
            f"{name_of(graph, pipe)!r} reads it: it gets what  stream.q  holds before run(), then it ends."
        ],
        fix="name it in the  downstreams=[...]  of the pipe that should write it",
        fixes=["downstreams=[...]"],
    )


def _streamless(graph: Graph, pipe: Pipe) -> Finding:
    return finding(
        "PF102",
        "warning",
        f"dangling input: {name_of(graph, pipe)!r} reads no stream.",
        graph=graph,
        pipes=[pipe],
        body=[f"It is {kind_of(pipe)} created at {effective(graph, pipe).place}; it ends at once."],
        fix="give it  upstreams=[stream]",
        fixes=["upstreams=[stream]"],
    )
