"""PF402: a functor that changes state which the caller will never see."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._code import function_of
from pipeflow.checks._drawing import ports_of
from pipeflow.checks._findings import created, finding
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._mutations import Mutation, bound_mutation, mutations
from pipeflow.graph import Graph, effective, name_of
from pipeflow.pipes import Pipe
from pipeflow.places import Place, cell_number

_IN_THIS_PROCESS = ("inline", "thread")
_OWNERS = {
    "global": "{what} of the enclosing module",
    "closure": "{what} of the enclosing function",
    "default": "{what} that is a parameter's default",
    "partial": "{what} that the partial passes",
}


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """In a worker process a functor has a copy of everything, and the copy is thrown away at the end.

    No alarm for a class functor's own attributes (``local_term`` can return them), and none where the workers
    are threads of this process.
    """
    if target.engine in _IN_THIS_PROCESS:
        return iter(())
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe))


def _judged(graph: Graph, pipe: Pipe) -> Iterator[Finding]:
    functor: Any = effective(graph, pipe).functor
    bound = bound_mutation(functor)
    if bound is not None:
        kept = f"the {bound[1].split()[1]} here"
        yield _finding(graph, pipe, f"{bound[0]} {bound[1]} of this process", created(graph, pipe), kept)
        return
    function = function_of(functor)
    if function is not None and type(functor) is not types.MethodType:
        for mutation in mutations(function, max(1, len(ports_of(graph, pipe))), functor):
            yield _changed(graph, pipe, function, mutation)


def _changed(graph: Graph, pipe: Pipe, function: types.FunctionType, mutation: Mutation) -> Finding:
    file = function.__code__.co_filename
    place = Place(file, mutation.line, cell_number(file))
    if file.startswith("<ipython") or "ipykernel_" in file:
        owner = _OWNERS[mutation.owner].replace("module", "notebook")
    else:
        owner = _OWNERS[mutation.owner]
    what = owner.format(what=mutation.what or "a variable")
    said = f"{mutation.verb} {mutation.target!r}, {what}"
    return _finding(graph, pipe, said, f"{place}  {mutation.text}", f"{mutation.target!r} here")


def _finding(graph: Graph, pipe: Pipe, said: str, where: str, kept: str) -> Finding:
    name = name_of(graph, pipe)
    if pipe.has_output:
        fixes = ["return item, what_was_found", f'report.results["{name}"]']
        fix = f"send it on as part of the result:  {fixes[0]}"
    else:
        fixes = ["results = list(graph_without_this_sink)", f'report.results["{name}"]']
        fix = f"leave this sink out and iterate the graph:  {fixes[0]}"
    return finding(
        "PF402",
        "warning",
        f"state the caller never sees: {name!r} {said}.",
        graph=graph,
        pipes=[pipe],
        body=[where, f"It happens in the worker process; {kept} stays as it is."],
        fix=f"{fix}\nor collect it in a class functor whose  local_term  returns it:  {fixes[1]}",
        fixes=fixes,
    )
