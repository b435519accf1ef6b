"""PF202: the number of parts or streams against branches and parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from pipeflow import hints
from pipeflow.checks._base import Finding, Severity, Target
from pipeflow.checks._drawing import listed, path_to, ports_of
from pipeflow.checks._findings import counted, created, finding
from pipeflow.checks._functors import SENDING, Functor, arguments_of, functor_of, is_called
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._items import ItemTypes, union_of
from pipeflow.checks._keywords import twice
from pipeflow.graph import (
    Graph,
    Part,
    after,
    effective,
    is_documented,
    name_of,
    routes,
)
from pipeflow.hints.unions import arms
from pipeflow.pipes import Pipe

_ORDINALS = {1: "a second", 2: "a third", 3: "a fourth"}


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """Both ends of a pipe: what its functor is called with, and how what it returns is split."""
    items = functools.cache(lambda: ItemTypes(graph))  # few graphs need it
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe, items))


def _judged(graph: Graph, pipe: Pipe, items: Callable[[], ItemTypes]) -> Iterator[Finding]:
    severity: Severity = "warning" if is_documented(graph) else "error"
    if is_called(pipe):
        yield from _arguments(graph, pipe, severity)
    elif pipe.spreads:
        yield from _joined(graph, pipe, severity)
    yield from _parts(graph, pipe, severity, items)


# ---------------------------------------------------------------- what the functor is called with


def _arguments(graph: Graph, pipe: Pipe, severity: Severity) -> Iterator[Finding]:
    functor = functor_of(effective(graph, pipe))
    count = arguments_of(graph, pipe)
    if count is None or not functor.facts.has_signature or functor.facts.form == "class":
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
    takes = _takes(functor)
    reach = "one stream reaches it" if count == 1 else f"{count} streams are joined in front of it"
    body = [path_to(graph, pipe, 2), f"{name}  ({functor.place})  {functor.source_line}".rstrip()]
    if not functor.source_line:
        body.append(created(graph, pipe))
    first = f"It would be called with {counted(count, 'argument')}"
    body.append(f"{first}{f', without {listed(missing)}' if missing else ''}: every item would fail.")
    fix, fixes = _call_advice(functor, name, count, missing)
    return finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} takes {takes} but {reach}.",
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


def _call_advice(functor: Functor, name: str, count: int, missing: list[str]) -> tuple[str, list[str]]:
    keyword_only = {parameter.name for parameter in functor.facts.keyword_only}
    if missing and (set(missing) <= keyword_only or count > 1):
        given = ", ".join(f"{each}=..." for each in missing)
        fix = f"init_kwargs=dict({given})"
        return f"give what is the same for all items:  {fix}", [fix]
    wanted = count + len(missing)
    if missing and count == 1:
        joined = ", ".join(f"s{number + 1}" for number in range(wanted))
        fixes = [f"({joined}) >> {name}", f"init_kwargs=dict({', '.join(f'{each}=...' for each in missing)})"]
        return (
            f"join a stream for each argument,  {fixes[0]} ,  give what is the same for all items,\n"
            f"{fixes[1]} ,  or take one item and unpack it in the function"
        ), fixes
    names = ", ".join(f"x{number + 1}" for number in range(count)) if count > 1 else "item"
    fix = f"def {functor.spelled}({names})"
    return f"let it take {counted(count, 'argument')}:  {fix}", [fix]


# ---------------------------------------------------------------- how what it returns is split


def _parts(graph: Graph, pipe: Pipe, severity: Severity, items: Callable[[], ItemTypes]) -> Iterator[Finding]:
    branches = _branches(graph, pipe)
    if not branches:
        return
    item = _item(graph, pipe, items)
    if item is hints.UNKNOWN:
        return
    for count, readers in branches.items():
        returned = hints.arity(item)
        if returned is None:
            if _has_no_parts(pipe, item):
                yield _no_parts(graph, pipe, item, count, readers, severity)
        elif returned != count:
            yield _wrong_split(graph, pipe, item, returned, count, readers, severity)


def _branches(graph: Graph, pipe: Pipe) -> dict[int, dict[int, list[str]]]:
    """For each bracket behind the pipe, by its number of positions: who reads which position."""
    found: dict[int, dict[int, list[str]]] = {}
    for stream in after(graph, pipe):
        for route in routes(graph, pipe, stream):
            if route and isinstance(route[0], Part):
                readers = [name_of(graph, reader) for reader in after(graph, stream)]
                found.setdefault(route[0].of, {}).setdefault(route[0].index, []).extend(readers)
    return found


def _item(graph: Graph, pipe: Pipe, items: Callable[[], ItemTypes]) -> object:
    kind: Any = SENDING.get(pipe.kind)
    if kind:
        return hints.produced(pipe.functor, kind)
    sent = items().sent[pipe]
    makers = {item.maker for item in sent if item.maker is not None}
    unchecked = any(effective(graph, maker).options.unchecked for maker in makers)
    return hints.UNKNOWN if unchecked else union_of(sent)


def _has_no_parts(pipe: Pipe, item: object) -> bool:
    """Whether some items can't be split; behind a filter and the like whether none can."""
    judged = [item] if pipe.kind in SENDING else list(arms(item))
    return bool(judged) and all(
        (verdict := hints.assignable(arm, kind)).verdict == "mismatch" and verdict.certain
        for arm in judged
        for kind in (tuple[Any, ...], list[Any])
    )


def _wrong_split(
    graph: Graph,
    pipe: Pipe,
    item: object,
    returned: int,
    count: int,
    readers: dict[int, list[str]],
    severity: Severity,
) -> Finding:
    name = name_of(graph, pipe)
    branches = [" | ".join(readers[index]) or "_" for index in range(count)]
    parts = hints.parts(item, returned) or (hints.UNKNOWN,) * returned
    told = [
        f"part {index} {hints.show(part)} -> {branches[index] if index < count else '(no branch)'}"
        for index, part in enumerate(parts)
    ]
    told += [f"(no part) -> {branches[index]}" for index in range(returned, count)]
    if returned > count:
        wanted = f"{name} >> ({', '.join([*branches, *['Discard()'] * (returned - count)])})"
        if returned - count == 1:
            fix = f"add {_ORDINALS.get(count, 'one more')} branch, or Discard() in its place:  {wanted}"
        else:
            fix = f"add {returned - count} more branches, or Discard() in their places:  {wanted}"
    else:
        alone = returned == 1 and len(readers.get(0, [])) == 1
        wanted = f"{name} >> {branches[0]}" if alone else f"{name} >> ({', '.join(branches[:returned])})"
        more = f"join {count} streams" if pipe.spreads else f"{_verb(pipe)} {counted(count, 'value')}"
        fix = f"{more}, or leave out what gets none:  {wanted}"
    return finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} {_verb(pipe)}s {counted(returned, 'value')} but {_named(graph, count)}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name} ({effective(graph, pipe).functor_place}) -> {hints.show(item)}",
            f"you wrote   {name} >> ({', '.join(branches)})",
            ",  ".join(told),
        ],
        fix=fix,
        fixes=[wanted],
    )


def _no_parts(
    graph: Graph, pipe: Pipe, item: object, count: int, readers: dict[int, list[str]], severity: Severity
) -> Finding:
    name = name_of(graph, pipe)
    branches = [" | ".join(readers[index]) or "_" for index in range(count)]
    fix = f"{name} >> ({' | '.join(branches)})"
    made = f"{_verb(pipe)} a tuple with {counted(count, 'part')}"
    return finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} {_verb(pipe)}s {hints.show(item)}, "
        f"which has no parts, but {_named(graph, count)}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name} ({effective(graph, pipe).functor_place}) -> {hints.show(item)}",
            f"you wrote   {name} >> ({', '.join(branches)})",
            "Round brackets take a value apart; it must be a tuple or a list.",
        ],
        fix=f"{made}, or copy the whole value to each branch:  {fix}",
        fixes=[fix],
    )


def _verb(pipe: Pipe) -> str:
    return "return" if pipe.kind in SENDING else "send"


def _named(graph: Graph, count: int) -> str:
    if is_documented(graph):
        return f"it has {counted(count, 'downstream')}"
    return f"the round brackets name {counted(count, 'branch').replace('branchs', 'branches')}"
