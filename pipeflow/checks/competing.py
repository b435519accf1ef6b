"""PF106: pipes with different functors that take from one stream (documented classes)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed
from pipeflow.checks._findings import created, finding
from pipeflow.graph import Graph, after, is_documented, name_of, stream_nodes
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """With the operators that is said on purpose, by `balance`; here it is easily a slip."""
    if not is_documented(graph):
        return
    for stream in stream_nodes(graph):
        kinds = _by_functor(after(graph, stream))
        if len(kinds) > 1:
            pipes = [pipe for same in kinds for pipe in same]
            names = listed([name_of(graph, pipe) for pipe in pipes])
            yield finding(
                "PF106",
                "warning",
                f"different functors compete for the stream {name_of(graph, stream)!r}: {names}.",
                graph=graph,
                pipes=pipes,
                streams=[stream],
                body=[
                    *(created(graph, same[0]) for same in kinds[:5]),
                    "Each item goes to exactly one of them, whichever is free.",
                ],
                fix="if each of them should get every item, write it to a stream for each:\n"
                "downstreams=[s1, s2]  of a Transform that returns  (x, x)",
                fixes=["downstreams=[s1, s2]"],
            )


def _by_functor(readers: list[Pipe]) -> list[list[Pipe]]:
    kinds: list[list[Pipe]] = []
    for pipe in readers:
        same = next((kind for kind in kinds if kind[0].functor is pipe.functor), None)
        if same is None:
            kinds.append([pipe])
        else:
            same.append(pipe)
    return kinds
