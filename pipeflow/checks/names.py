"""PF104: two pipes that were given the same name."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._findings import finding, kind_of
from pipeflow.graph import Graph, effective

_MOST = 5


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Reports and errors name pipes, so a name that was given must mean one of them."""
    for problem in graph.graph["problems"]:
        if problem.what == "same_name":
            name, pipes = problem.detail["name"], problem.pipes
            fixes = [f"pipe.with_(name={name + '_2'!r})"]
            if len({pipe.functor for pipe in pipes if _hashable(pipe.functor)}) == 1:
                fixes.append("pipe * 2")
            more = [f"... and {len(pipes) - _MOST} more"] if len(pipes) > _MOST else []
            yield finding(
                "PF104",
                "error",
                f"{_number(len(pipes))} pipes were given the name {name!r}.",
                graph=graph,
                pipes=pipes,
                body=[
                    *(f"{kind_of(pipe)} created at {effective(graph, pipe).place}" for pipe in pipes[:_MOST]),
                    *more,
                    "Counts, results and errors go by name, so they could not be told apart.",
                ],
                fix=f"name one of them otherwise:  {fixes[0]}"
                + (
                    ",  or if they are meant to share the work, write one pipe with replicas:  pipe * 2"
                    if fixes[1:]
                    else ""
                ),
                fixes=fixes,
            )


def _number(count: int) -> str:
    return {2: "two", 3: "three"}.get(count, str(count))


def _hashable(functor: object) -> bool:
    try:
        hash(functor)
    except (Exception, SystemExit):  # noqa: BLE001 - a user's __hash__ may do anything
        return False
    return True
