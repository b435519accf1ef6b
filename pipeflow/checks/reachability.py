"""PF103: pipes that no item can ever reach, though each is fed by another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import networkx as nx

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed, path_to, spelled
from pipeflow.checks._findings import created, finding
from pipeflow.checks._loops import begins_with_items, undeclared_loops
from pipeflow.graph import Graph, after, before, is_documented, name_of, pipe_nodes
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Follow the items from wherever some begin; a joining pipe needs one of each stream.

    The documented classes may still be given initial items after ``build()``, so nothing is claimed there.
    """
    if is_documented(graph) or undeclared_loops(graph):
        return
    reached = _reached(graph)
    missed = [pipe for pipe in pipe_nodes(graph) if pipe not in reached]
    if not missed:
        return
    cut_off: Any = graph.subgraph(node for node in graph if node not in reached)
    for part in nx.weakly_connected_components(cut_off):
        pipes = [pipe for pipe in missed if pipe in part]
        if pipes:
            yield _unreachable(graph, pipes)


def _reached(graph: Graph) -> set[Any]:
    waiting = {pipe: set(before(graph, pipe)) for pipe in pipe_nodes(graph)}
    begins = deque[Any](pipe for pipe, streams in waiting.items() if not streams or begins_with_items(pipe))
    # An open input is a finding of its own: what is behind it isn't blamed again.
    begins.extend(n for n in graph if isinstance(n, Stream) and (not before(graph, n) or n.q.items))
    reached: set[Any] = set()
    while begins:
        node = begins.popleft()
        if node in reached:
            continue
        reached.add(node)
        for following in after(graph, node):
            if isinstance(node, Stream):
                waiting[following].discard(node)
                if waiting[following]:
                    continue
            begins.append(following)
    return reached


def _unreachable(graph: Graph, pipes: list[Pipe]) -> Finding:
    names = listed([name_of(graph, pipe) for pipe in pipes])
    loop = next((pipe for pipe in pipes if pipe.closes_loops), None)
    first = pipes[0] if loop is None else loop
    if loop is None:
        fix, fixes = "put a source in front of it, or leave it out", ["my_source >> ..."]
    else:
        fixes = ["Feedback(init=[...])", f"(my_source | {spelled(graph, loop)}) >> ..."]
        fix = (
            f"let the loop begin with an item,  {name_of(graph, loop)} = {fixes[0]} ,\n"
            f"or feed it from outside:  {fixes[1]}"
        )
    return finding(
        "PF103",
        "error",
        f"out of reach: no item ever comes to {names}.",
        graph=graph,
        pipes=[first, *pipes],
        body=[
            path_to(graph, first),
            created(graph, first),
            "Every stream there is written, but no source leads in: it would wait forever.",
        ],
        fix=fix,
        fixes=fixes,
    )
