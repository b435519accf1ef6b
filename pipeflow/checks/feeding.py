"""PF107: one pipe fed by two expressions."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import path_to, spelled
from pipeflow.checks._findings import created, finding
from pipeflow.checks._loops import undeclared_loops
from pipeflow.graph import Graph, Problem, name_of
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Not said where the pipe feeds itself: that is a cycle, and PF105 says it better."""
    looping: set[Pipe] | None = None
    for problem in graph.graph["problems"]:
        if problem.what == "fed_twice":
            if looping is None:
                looping = {pipe for knot in undeclared_loops(graph) for pipe in knot}
            if looping.isdisjoint(problem.pipes):
                yield _fed_twice(graph, problem)


def _fed_twice(graph: Graph, problem: Problem) -> Finding:
    pipe = problem.pipes[0]
    name = name_of(graph, pipe)
    feeds: list[list[Pipe]] = problem.detail["feeds"]
    texts = [_merged([path_to(graph, writer, 2) for writer in dict.fromkeys(feed)]) for feed in feeds]
    short = [_merged([spelled(graph, writer) for writer in dict.fromkeys(feed)]) for feed in feeds]
    fixes = [f"({' | '.join(short)}) >> {name}", f"{short[-1]} >> {name}.copy({name + '_2'!r})"]
    return finding(
        "PF107",
        "error",
        f"{name!r} is fed {'twice' if len(feeds) == 2 else f'{len(feeds)} times'}.",
        graph=graph,
        pipes=[pipe, *(writer for feed in feeds for writer in feed)],
        body=[
            *(f"{text} >> {name}" for text in texts[:5]),
            created(graph, pipe),
            "A pipe's input is one expression, so it isn't known whether these should be merged.",
        ],
        fix=f"merge them:  {fixes[0]}\nor use a second pipe of the same functor:  {fixes[1]}",
        fixes=fixes,
    )


def _merged(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({' | '.join(texts)})"
