"""PF304: ``ordered=True`` behind something that has no order."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow import origins
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import path_to
from pipeflow.checks._findings import created, finding
from pipeflow.graph import Graph, after, before, effective, is_documented, name_of, pipe_nodes
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """It keeps the order of the input, and where that is arbitrary there is nothing to keep."""
    if is_documented(graph):
        return
    for pipe in pipe_nodes(graph):
        whole = effective(graph, pipe)
        if whole.options.ordered and _several(whole):
            lost = _where_lost(graph, pipe)
            if lost is not None:
                yield _orderless(graph, pipe, *lost)


def _several(pipe: Pipe) -> bool:
    return (pipe.options.n_processes or 1) > 1 or (pipe.options.concurrency or 1) > 1


def _where_lost(graph: Graph, pipe: Pipe) -> tuple[Pipe | None, str, str] | None:
    """The nearest thing upstream that has no order, what it is, and what to do about it."""
    seen: set[Pipe] = set()
    while pipe not in seen:
        seen.add(pipe)
        streams = before(graph, pipe)
        if len(streams) != 1:
            return None
        if len(after(graph, streams[0])) > 1:
            return None, "the pipes that compete for its input take items as they are free", ""
        writers = before(graph, streams[0])
        if len(writers) > 1:
            return (
                (None, "its input is merged from several streams, as their items come", "")
                if len(seen) == 1
                else None
            )
        if not writers:
            return None
        pipe = writers[0]
        whole = effective(graph, pipe)
        if not origins.orderly(whole):
            name = name_of(graph, pipe)
            return pipe, f"{name!r} finishes its items in any order", f"{name}.with_(ordered=True)"
        if not whole.rate.keeps_origin:
            return None  # it may have put things in order again
    return None


def _orderless(graph: Graph, pipe: Pipe, culprit: Pipe | None, why: str, remedy: str) -> Finding:
    name = name_of(graph, pipe)
    without = f"{name}.with_(ordered=False)"
    fix = f"keep the order there too:  {remedy} ,  or" if remedy else "leave it out:"
    return finding(
        "PF304",
        "warning",
        f"no order to keep: {name!r} has ordered=True, but {why}.",
        graph=graph,
        pipes=[pipe, *([culprit] if culprit is not None else [])],
        body=[
            path_to(graph, pipe),
            created(graph, pipe),
            "It costs waiting, and the order is arbitrary all the same.",
        ],
        fix=f"{fix}  {without}",
        fixes=[remedy, without] if remedy else [without],
    )
