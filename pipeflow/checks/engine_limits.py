"""PF601: the chosen engine can't keep what the graph asks for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import path_to, ports_of
from pipeflow.checks._findings import created, finding, kind_of
from pipeflow.checks._restarts import Obstacle, Restarts
from pipeflow.graph import Graph, effective, name_of, pipe_nodes
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import Deferred, is_coroutine


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Which pipes can't be restarted, though they shall be (only workers that are processes can die alone);
    those whose ``timeout`` nobody will look at; and those whose ``concurrency`` is of no use.
    """
    for pipe in pipe_nodes(graph):
        whole = effective(graph, pipe)
        if (whole.options.concurrency or 1) > 1 and not _may_await(whole.functor):
            yield _not_concurrent(graph, pipe, whole.options.concurrency or 1)
    if target.engine == "inline":
        for pipe in pipe_nodes(graph):
            if effective(graph, pipe).options.timeout is not None:
                yield _not_timed(graph, pipe)
    if target.engine != "process":
        return
    asked = [pipe for pipe in pipe_nodes(graph) if effective(graph, pipe).options.on_crash == "restart"]
    restarts = Restarts(graph) if asked else None
    for pipe in asked:
        obstacle = restarts.obstacle(pipe) if restarts is not None else None
        if obstacle is not None:
            yield _not_restarted(graph, pipe, obstacle)


def _not_restarted(graph: Graph, pipe: Pipe, obstacle: Obstacle) -> Finding:
    name = name_of(graph, pipe)
    failing = f'{name}.with_(on_crash="fail")'
    said, _, other = obstacle.way.format(name=name).partition(":  ")
    way = [f"{said}:  {other}"] if said else []
    return finding(
        "PF601",
        "error",
        "can't be restarted: " + obstacle.why.format(name=name, kind=kind_of(pipe)),
        graph=graph,
        pipes=[pipe],
        body=[
            *([path_to(graph, pipe, 2)] if len(ports_of(graph, pipe)) > 1 else []),
            created(graph, pipe),
            obstacle.consequence,
        ],
        fix="\n".join([*way, f"{'or ' if way else ''}let a crash end the run:  {failing}"]),
        fixes=[*([other] if said else []), failing],
    )


def _may_await(functor: Any) -> bool:
    return is_coroutine(functor) or (isinstance(functor, Deferred) and not inspect.isclass(functor.build))


def _not_concurrent(graph: Graph, pipe: Pipe, limit: int) -> Finding:
    name = name_of(graph, pipe)
    fixes = [f"{name}.with_(n_processes={limit})"]
    return finding(
        "PF601",
        "warning",
        f"concurrency={limit} does nothing: the functor of {name!r} is no  async def .",
        graph=graph,
        pipes=[pipe],
        body=[
            created(graph, pipe),
            "Only what awaits lets other items go on meanwhile: this one has an item in hand at a time.",
        ],
        fix=f"make it an  async def,  or use several workers:  {fixes[0]}",
        fixes=fixes,
    )


def _not_timed(graph: Graph, pipe: Pipe) -> Finding:
    name, limit = name_of(graph, pipe), effective(graph, pipe).options.timeout
    fixes = ['.run("thread")']
    return finding(
        "PF601",
        "warning",
        f"no timeout on engine 'inline': an item may keep {name!r} for as long as it likes.",
        graph=graph,
        pipes=[pipe],
        body=[
            created(graph, pipe),
            f"For its timeout of {limit:g} s somebody must look while it works, and it works in your thread.",
        ],
        fix=f"run it on another engine, threads for instance:  {fixes[0]}",
        fixes=fixes,
    )
