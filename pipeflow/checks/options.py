"""PF108: one pipe, or one stream, with two different settings in one graph."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import short
from pipeflow.checks._findings import created, finding
from pipeflow.graph import Graph, Problem, effective, name_of


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """A pipe keeps its identity through ``*`` and ``with_``, so its uses in a graph must agree."""
    for problem in graph.graph["problems"]:
        if problem.what == "conflicting_options":
            yield _options(graph, problem)
        elif problem.what == "conflicting_buffer":
            yield _buffers(graph, problem)


def _options(graph: Graph, problem: Problem) -> Finding:
    pipe = problem.pipes[0]
    name = name_of(graph, pipe)
    clash: dict[str, tuple[object, object]] = problem.detail["clash"]
    said = [
        f"{key} is {short(one)} in one place and {short(other)} in another"
        for key, (one, other) in clash.items()
    ]
    fixes = [f"{name} = {name}.with_({next(iter(clash))}=...)", f"{name}.copy({name + '_2'!r})"]
    return finding(
        "PF108",
        "error",
        f"conflicting options: {name!r} is used with different settings.",
        graph=graph,
        pipes=[pipe],
        body=[
            *said,
            created(graph, pipe),
            "with_ and * change the description of the same pipe; they make no second one.",
        ],
        fix=f"say it once, in front of all its uses:  {fixes[0]}\n"
        f"or, if two pipes are meant, use a copy:  {fixes[1]}",
        fixes=fixes,
    )


def _buffers(graph: Graph, problem: Problem) -> Finding:
    stream = problem.detail["stream"]
    sizes = {pipe: effective(graph, pipe).options.buffer_size for pipe in problem.pipes}
    pipe = next((pipe for pipe, size in sizes.items() if size is not None), problem.pipes[0])
    name = name_of(graph, pipe)
    fixes = [f"Stream({stream.name!r})", f"{name}.with_(buffer_size=None)"]
    return finding(
        "PF108",
        "error",
        f"conflicting options: two buffer sizes for the stream in front of {name!r}.",
        graph=graph,
        pipes=problem.pipes,
        streams=[node for node in graph if node == stream],
        body=[
            f"Stream {stream.name!r} (created at {stream.place}) says {stream.buffer_size}",
            f"{name!r} (created at {effective(graph, pipe).place}) says {sizes[pipe]}",
        ],
        fix=f"say it in one place: leave it out of the stream,  {fixes[0]} ,  or of the pipe",
        fixes=fixes,
    )
