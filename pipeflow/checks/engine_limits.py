"""PF601: the chosen engine can't keep what the graph asks for."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import path_to, ports_of
from pipeflow.checks._findings import created, finding, kind_of
from pipeflow.graph import Graph, effective, name_of, pipe_nodes
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """What no engine can do yet; an engine's own limits are its own to say."""
    for pipe in pipe_nodes(graph):
        whole = effective(graph, pipe)
        if whole.options.on_crash == "restart":
            if len(ports_of(graph, pipe)) > 1:
                yield _restarted_join(graph, pipe)
            elif whole.kind == "Sink" and not whole.options.idempotent:
                yield _restarted_sink(graph, pipe)


def _restarted_join(graph: Graph, pipe: Pipe) -> Finding:
    name = name_of(graph, pipe)
    fixes = [f"... >> Join() >> {name}", f'{name}.with_(on_crash="fail")']
    return finding(
        "PF601",
        "error",
        f"can't be restarted: {name!r} has several inputs and on_crash='restart'.",
        graph=graph,
        pipes=[pipe],
        body=[
            path_to(graph, pipe, 2),
            created(graph, pipe),
            "After a crash it isn't known which of the items that were being paired have been used.",
        ],
        fix=f"pair in front of it:  {fixes[0]}\nor let a crash end the run:  {fixes[1]}",
        fixes=fixes,
    )


def _restarted_sink(graph: Graph, pipe: Pipe) -> Finding:
    name = name_of(graph, pipe)
    fixes = [f"{name}.with_(idempotent=True)", f'{name}.with_(on_crash="fail")']
    return finding(
        "PF601",
        "error",
        f"can't be restarted: {name!r} is {kind_of(pipe)} whose items may not be run twice.",
        graph=graph,
        pipes=[pipe],
        body=[created(graph, pipe), "After a crash the items that it had not finished would run again."],
        fix=f"if that does no harm, say so:  {fixes[0]}\nelse let a crash end the run:  {fixes[1]}",
        fixes=fixes,
    )
