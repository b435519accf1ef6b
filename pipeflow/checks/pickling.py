"""PF401: a functor that can't reach its worker."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import FunctionType, MethodType
from typing import Any

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._code import class_of
from pipeflow.checks._findings import finding
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._travel import Parcel, cargo, leaf, packed, way
from pipeflow.graph import Graph, effective, name_of
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import Deferred, has_method
from pipeflow.pipes.started import is_generator, stays

_ITERATOR = "an iterator"


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """Pickle what would be pickled, by the same pickler, under the engine and start method that are meant."""
    by = way(target)
    return iter(()) if by is None else each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe, by))


def _judged(graph: Graph, pipe: Pipe, by: str) -> Iterator[Finding]:
    whole = effective(graph, pipe)
    if not whole.has_input and stays(whole.functor):
        yield _hosted(graph, pipe, by, "a started generator" if is_generator(whole.functor) else _ITERATOR)
        return
    parcel = packed(whole)
    if parcel.error and not whole.has_input and _is_data(whole.functor):
        yield _hosted(graph, pipe, by, "an iterable that can't be pickled")
    elif parcel.error:
        yield _stuck(graph, pipe, whole, parcel, by)


def _is_data(functor: Any) -> bool:
    """Whether a source's items are there, so that anybody can take them, and not made by a functor."""
    return not callable(functor) and not has_method(functor, "run")


def _stuck(graph: Graph, pipe: Pipe, whole: Pipe, parcel: Parcel, by: str) -> Finding:
    name = name_of(graph, pipe)
    # A decorated function travels by its name: only what the whole pipe can't do is looked for in its parts.
    stuck = [(part, value) for part, value in cargo(whole) if packed(value).error]
    part, value = stuck[0] if stuck else ("description", whole)
    path, culprit = leaf(f"{name}.{part}", value)
    said = packed(culprit).error or parcel.error
    where = "to a worker" if by.startswith("engine") else "to a worker process"
    fix, fixes = _advice(whole, part)
    return finding(
        "PF401",
        "error",
        f"cannot be sent {where} ({by}): {part} of {name!r}",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{path}   is {_kind(culprit)}          created at {effective(graph, pipe).place}",
            f"Pickle said: {said}",
        ],
        fix=fix,
        fixes=fixes,
    )


def _advice(whole: Pipe, part: str) -> tuple[str, list[str]]:
    """What helps depends on who holds it: an object can create it later, a function has nowhere to."""
    init = "def local_init(self, ...):"
    functor = class_of(whole.functor)
    if part == "init":
        again = f"{whole.kind}(init=[...])"
        return f"let the loop begin with items that can be pickled:  {again}", [again]
    if part == "keys":
        named = "Join(key=attrgetter('id'))"
        return f"let the key be a function of the item alone:  {named}", [named]
    if part == "init_kwargs":
        return f"pass what it is made of (a path, an address), and create it in  {init}", [init]
    if issubclass(functor, Deferred):
        later = f"{whole.kind}.of(build, ...)"
        return f"pass what it is made of (a path, an address), and create it in  build :  {later}", [later]
    if issubclass(functor, (FunctionType, MethodType, functools.partial)):
        return f"use an object of a class with  run , and create it inside the worker:  {init}", [init]
    fixes = [init, "init_kwargs={...}"]
    return f"create it inside the worker: move it to  {init},  or pass the arguments with {fixes[1]}.", fixes


def _kind(value: object) -> str:
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a {module}{kind.__qualname__}"


def _hosted(graph: Graph, pipe: Pipe, by: str, what: str) -> Finding:
    name = name_of(graph, pipe)
    why = "It can't be sent to a worker process"
    better, fixes = "A generator function, not called,", [f"Source({pipe.label})"]
    if what == _ITERATOR:
        why = "What it has given is gone"
        better, fixes = "A function that makes it", ["Source(make_items)"]
    return finding(
        "PF401",
        "note",
        f"stays with the caller ({by}): {name!r} is {what}.",
        graph=graph,
        pipes=[pipe],
        body=[f"{why}, so a thread of this process takes its items."],
        fix=f"none is needed. {better} would have its own process:  {fixes[0]}",
        fixes=fixes,
    )
