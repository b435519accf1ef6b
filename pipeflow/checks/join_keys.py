"""PF203: a functor of the wrong kind for its pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeflow import hints
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._code import class_of
from pipeflow.checks._drawing import listed
from pipeflow.checks._findings import counted, created, finding, kind_of
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.graph import Graph, effective
from pipeflow.hints import FunctorFacts
from pipeflow.hints.unwrapping import unwrap
from pipeflow.pipes import Pipe
from pipeflow.places import Place, cell_number

_MAKES = {
    "generator": "a generator function",
    "async_generator": "an async generator function",
    "coroutine": "a coroutine function",
}


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """The functions of ``Join(key=...)`` are called with one item each, and what they return is compared."""
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe))


def _judged(graph: Graph, pipe: Pipe) -> Iterator[Finding]:
    keys: Any = getattr(effective(graph, pipe), "keys", None) if pipe.spreads else None
    if keys is None:
        return
    functions = keys if issubclass(class_of(keys), tuple) else (keys,)
    known: list[object] = []
    for function in functions:
        if not any(function is each for each in known):
            known.append(function)
            if unwrap(function).wraps is None:  # a decorator may change what it takes and gives
                yield from _wrong(graph, pipe, hints.read(function))


def _wrong(graph: Graph, pipe: Pipe, facts: FunctorFacts) -> Iterator[Finding]:
    form = facts.run_form or facts.form
    if facts.has_run:
        return  # it is the object itself that is called
    name = facts.name or "the key function"
    if form in _MAKES:
        what, why = _MAKES[form], "No two of the objects that it makes are equal, so no items would meet."
        yield _finding(graph, pipe, facts, what, why, f"def {name}(item): ... return item.id")
        return
    needed = [each.name for each in facts.keyword_only if not each.has_default]
    if facts.min_args > 1 or facts.max_args == 0 or needed:
        what = f"a function of {_arguments(facts)}"
        if needed:
            what += f" that needs {listed(needed)}"
        why = "A key function is called with one item of its own stream."
        yield _finding(graph, pipe, facts, what, why, "Join(key=attrgetter('id'))")


def _arguments(facts: FunctorFacts) -> str:
    return counted(facts.min_args, "argument") if facts.min_args or facts.max_args != 0 else "no argument"


def _finding(graph: Graph, pipe: Pipe, facts: FunctorFacts, what: str, why: str, fix: str) -> Finding:
    file = facts.file or ""
    place = Place(file, facts.line or 0, cell_number(file))
    name = facts.name or "the key function"
    return finding(
        "PF203",
        "error",
        f"wrong kind of functor: {name!r} is {what}, as the key of {kind_of(pipe)}.",
        graph=graph,
        pipes=[pipe],
        body=[f"{name}  ({place})  {facts.source_line or ''}".rstrip(), created(graph, pipe), why],
        fix=fix,
        fixes=[fix],
    )
