"""PF105: a cycle without Feedback."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._findings import created, finding
from pipeflow.checks._loops import shortest_loop, undeclared_loops
from pipeflow.graph import Graph, after, before, is_documented, name_of, pipe_nodes
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """One finding for each knot of cycles. Cycles of the documented classes are theirs to use."""
    if is_documented(graph):
        return
    for knot in undeclared_loops(graph):
        entry = next(pipe for pipe in pipe_nodes(graph) if pipe in knot)
        yield _cycle(graph, shortest_loop(graph, entry))


def _cycle(graph: Graph, loop: list[Pipe]) -> Finding:
    names = [name_of(graph, pipe) for pipe in loop]
    first, last = names[0], names[-1]
    outside = [
        name_of(graph, writer)
        for stream in before(graph, loop[0])
        for writer in before(graph, stream)
        if writer not in loop
    ]
    start = f"({outside[0] if outside else 'source'} | loop)"
    chain = " >> ".join(names)
    fixes = [f"loop = Feedback(init=[...]);  {start} >> {chain} >> loop", f"{first}.copy({first + '_2'!r})"]
    second = f"if {first!r} is a further step of its own, not the same again:  ... >> {last} >> {fixes[1]}"
    return finding(
        "PF105",
        "error",
        f"cycle without Feedback: {' -> '.join([*names, first])}",
        graph=graph,
        pipes=loop,
        streams=[s for pipe in loop for s in after(graph, pipe) if set(after(graph, s)) & set(loop)],
        body=[
            *(created(graph, pipe) for pipe in loop[:3]),
            "It could never end, and would block as soon as its streams are full.",
        ],
        fix=f"declare where the loop's items wait:  {fixes[0]}\nor, {second}",
        fixes=fixes,
    )
