"""PF601: the chosen engine can't keep what the graph asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeflow import origins
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import short
from pipeflow.checks._findings import created, finding
from pipeflow.graph import Graph, effective, name_of, pipe_nodes
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import is_coroutine


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Engine "ray" alone: restarts that would lose what a worker knows, and resources Ray can't read."""
    if target.engine != "ray":
        return
    counted = {pipe for join in origins.joins(graph) for pipe in join.numbered_by}
    for pipe in pipe_nodes(graph):
        whole = effective(graph, pipe)
        asked: Any = whole.options.resources
        if asked is not None and not isinstance(asked, Mapping):
            yield _resources(graph, pipe, asked)
        if whole.options.on_crash == "restart":
            why = _forgets(graph, pipe, whole, pipe in counted)
            if why:
                yield _restarted(graph, pipe, why)


def _forgets(graph: Graph, pipe: Pipe, whole: Pipe, counts: bool) -> str:
    """What a new worker of the pipe wouldn't know; empty when there is nothing."""
    if is_coroutine(whole.functor):
        return "Its functor is async: which of the items in flight have been dealt with is not known."
    ordered = _ordered(whole)
    if counts or (
        not ordered and any(_ordered(effective(graph, after)) for after in _around(graph, pipe, 1))
    ):
        return (
            "It numbers its results for a join or for ordered=True further down, and would begin anew at 0."
        )
    if (whole.options.n_processes or 1) == 1 and any(
        _ordered(effective(graph, before)) for before in _around(graph, pipe, -1)
    ):
        return "It restores the order of ordered=True: what it holds for that would be lost."
    if any(list(stream.q.items) for stream in graph.predecessors(pipe)):
        return "Its input has initial items, which would come twice."
    return ""


def _ordered(pipe: Pipe) -> bool:
    return bool(pipe.options.ordered) and (pipe.options.n_processes or 1) > 1


def _around(graph: Graph, pipe: Pipe, way: int) -> Iterator[Pipe]:
    """The pipes behind (1) or in front of (-1) a pipe."""
    step: Any = graph.successors if way > 0 else graph.predecessors
    for stream in step(pipe):
        yield from step(stream)


def _restarted(graph: Graph, pipe: Pipe, why: str) -> Finding:
    name = name_of(graph, pipe)
    fixes = [f'{name}.with_(on_crash="fail")']
    return finding(
        "PF601",
        "error",
        f"can't be restarted on engine 'ray': {name!r} knows what a new worker wouldn't.",
        graph=graph,
        pipes=[pipe],
        body=[created(graph, pipe), why],
        fix=f"let a crash end the run:  {fixes[0]}",
        fixes=fixes,
    )


def _resources(graph: Graph, pipe: Pipe, asked: object) -> Finding:
    name = name_of(graph, pipe)
    fixes = [f"{name}.with_(resources=dict(num_cpus=1))"]
    return finding(
        "PF601",
        "error",
        f"can't be placed on engine 'ray': the resources of {name!r} are no dict.",
        graph=graph,
        pipes=[pipe],
        body=[created(graph, pipe), f"It asks for {short(asked)}; Ray takes options by name."],
        fix=f"name them:  {fixes[0]}",
        fixes=fixes,
    )
