"""PF202: the number of parts or streams against branches and parameters."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Severity, Target
from pipeflow.checks._classes import is_class, says_what_it_takes
from pipeflow.checks._drawing import listed, path_to, ports_of
from pipeflow.checks._findings import counted, created, finding
from pipeflow.checks._functors import Functor, arguments_of, functor_of, is_called
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._keywords import twice
from pipeflow.graph import (
    Graph,
    effective,
    is_documented,
    name_of,
)
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """What a functor is called with."""
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe))


def _judged(graph: Graph, pipe: Pipe) -> Iterator[Finding]:
    severity: Severity = "warning" if is_documented(graph) else "error"
    if is_called(pipe):
        yield from _arguments(graph, pipe, severity)
    elif pipe.spreads:
        yield from _joined(graph, pipe, severity)


def _arguments(graph: Graph, pipe: Pipe, severity: Severity) -> Iterator[Finding]:
    functor = functor_of(effective(graph, pipe))
    count = arguments_of(graph, pipe)
    if count is None or not functor.facts.has_signature:
        return
    if is_class(functor) and not says_what_it_takes(functor):
        return
    if functor.shape in ("generator", "async_generator"):
        return  # PF203 says what is wrong with it
    if twice(functor, count):
        return  # said of its settings
    missing, surplus = functor.missing(count), functor.surplus(count)
    if missing or surplus:
        yield _wrong_call(graph, pipe, functor, count, missing, severity)


def _joined(graph: Graph, pipe: Pipe, severity: Severity) -> Iterator[Finding]:
    """A Join needs several streams, and as many key functions where it has one for each."""
    count, keys = len(ports_of(graph, pipe)), getattr(effective(graph, pipe), "keys", None)
    functions = len(keys) if isinstance(keys, tuple) else count  # pyright: ignore[reportUnknownArgumentType]
    if not count or (count > 1 and functions == count):
        return
    name = name_of(graph, pipe)
    if count == 1:
        what, fixes = "has nothing to pair: one stream reaches it", [f"(a, b) >> {name}"]
        fix = f"join streams in front of it with round brackets,  {fixes[0]} ,  or leave it out"
    else:
        what = f"has {counted(functions, 'key function')} but {count} streams are joined in it"
        fixes = [f"Join(key=({', '.join(f'f{number + 1}' for number in range(count))}))", "Join(key=f)"]
        fix = f"one for each,  {fixes[0]} ,  or one for all,  {fixes[1]}"
    yield finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} {what}.",
        graph=graph,
        pipes=[pipe],
        streams=dict.fromkeys(ports_of(graph, pipe)),
        body=[path_to(graph, pipe, 2), created(graph, pipe)],
        fix=fix,
        fixes=fixes,
    )


def _wrong_call(
    graph: Graph, pipe: Pipe, functor: Functor, count: int, missing: list[str], severity: Severity
) -> Finding:
    name = name_of(graph, pipe)
    reach = "one stream reaches it" if count == 1 else f"{count} streams are joined in front of it"
    said = f"takes {_takes(functor)} but {reach}"
    if missing and {*missing} <= _by_name_alone(functor) and not functor.surplus(count):
        said = f"needs {listed(missing)}, which nobody gives it"
    body = [path_to(graph, pipe, 2)]
    if functor.source_line or not is_class(functor):  # what a dataclass generates stands nowhere
        body.append(f"{name}  ({functor.place})  {functor.source_line}".rstrip())
    if not functor.source_line:
        body.append(created(graph, pipe))
    first = f"It would be called with {counted(count, 'argument')}"
    body.append(f"{first}{f', without {listed(missing)}' if missing else ''}: every item would fail.")
    fix, fixes = _advice(graph, functor, name, count, missing)
    return finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} {said}.",
        graph=graph,
        pipes=[pipe],
        streams=dict.fromkeys(ports_of(graph, pipe)),
        body=body,
        fix=fix,
        fixes=fixes,
    )


def _takes(functor: Functor) -> str:
    facts = functor.facts
    least, most = facts.min_args, facts.max_args
    if most is None:
        return f"at least {counted(least, 'argument')}"
    if most == 0:
        return "no argument"
    return counted(most, "argument") if least == most else f"{least} to {most} arguments"


def _by_name_alone(functor: Functor) -> set[str]:
    return {parameter.name for parameter in functor.facts.keyword_only}


def _advice(
    graph: Graph, functor: Functor, name: str, count: int, missing: list[str]
) -> tuple[str, list[str]]:
    settings = f"init_kwargs=dict({', '.join(f'{each}=...' for each in missing)})"
    if missing and functor.takes_settings and (count > 1 or {*missing} & _by_name_alone(functor)):
        if is_documented(graph) or {*missing} & _by_name_alone(functor):
            return f"give what is the same for all items:  {settings}", [settings]
        joined = ", ".join(f"s{number + 1}" for number in range(count + len(missing)))
        fixes = [settings, f"({joined}) >> {name}"]
        return (
            f"give what is the same for all items:  {settings} ,\nor join a stream for it:  {fixes[1]}",
            fixes,
        )
    if missing and count == 1 and not {*missing} & _by_name_alone(functor):
        joined = ", ".join(f"s{number + 1}" for number in range(count + len(missing)))
        fixes = [f"upstreams=[{joined}]" if is_documented(graph) else f"({joined}) >> {name}"]
        ways = [f"join a stream for each argument,  {fixes[0]}"]
        if functor.takes_settings:
            fixes.append(settings)
            ways.append(f"give what is the same for all items,\n{settings}")
        unpacked = "take one item and unpack it in the function"
        if is_class(functor):
            unpacked = f"unpack one item:  lambda item: {functor.spelled}(*item)"
        return " ,  ".join([*ways, f"or {unpacked}"]), fixes
    names = ", ".join(f"x{number + 1}" for number in range(count)) if count > 1 else "item"
    if is_class(functor):
        fix = f"lambda {names}: {functor.spelled}(...)"
        return f"say what it is made of:  {fix}", [fix]
    fix = f"def run(self, {names})" if functor.facts.has_run else f"def {functor.spelled}({names})"
    return f"let it take {counted(count, 'argument')}:  {fix}", [fix]
