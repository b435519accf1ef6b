"""PF202: the number of parts or streams against branches and parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from pipeflow import hints
from pipeflow.checks._base import Finding, Severity, Target
from pipeflow.checks._findings import counted, finding
from pipeflow.checks._functors import SENDING
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._items import ItemTypes, union_of
from pipeflow.graph import Graph, Part, after, effective, is_documented, name_of, routes
from pipeflow.hints.unions import arms
from pipeflow.pipes import Pipe

_ORDINALS = {1: "a second", 2: "a third", 3: "a fourth"}


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """How what a pipe sends is split."""
    items = functools.cache(lambda: ItemTypes(graph))  # few graphs need it
    return each_pipe(graph, __name__, lambda pipe: _parts(graph, pipe, items))


def _parts(graph: Graph, pipe: Pipe, items: Callable[[], ItemTypes]) -> Iterator[Finding]:
    severity: Severity = "warning" if is_documented(graph) else "error"
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
    unfit = [_is_one_value(arm) for arm in arms(item)]
    return any(unfit) if pipe.kind in SENDING else bool(unfit) and all(unfit)


def _is_one_value(item: object) -> bool:
    verdicts = [hints.assignable(item, kind) for kind in (tuple[Any, ...], list[Any])]
    return all(each.verdict == "mismatch" and each.certain for each in verdicts)


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
    nowhere = "(no downstream)" if is_documented(graph) else "(no branch)"
    told = [
        f"part {index} {hints.show(part)} -> {branches[index] if index < count else nowhere}"
        for index, part in enumerate(parts)
    ]
    told += [f"(no part) -> {branches[index]}" for index in range(returned, count)]
    fix, wanted = _advice(graph, pipe, returned, branches, len(readers.get(0, [])) == 1)
    return finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} {_verb(pipe)}s {counted(returned, 'value')} but {_named(graph, count)}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name} ({effective(graph, pipe).functor_place}) -> {hints.show(item)}",
            _written(graph, name, branches),
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
    copied = f"{name} >> ({' | '.join(branches)})"
    made = f"{_verb(pipe)} a tuple with {counted(count, 'part')}"
    fix = f"{made}, or copy the whole value to each branch:  {copied}"
    if is_documented(graph):
        copied = f"return {', '.join(['item'] * count)}"
        fix = f"{made};  {copied}  sends the whole value to each"
    return finding(
        "PF202",
        severity,
        f"arity mismatch: {name!r} {_verb(pipe)}s {hints.show(item)}, "
        f"which has no parts, but {_named(graph, count)}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name} ({effective(graph, pipe).functor_place}) -> {hints.show(item)}",
            _written(graph, name, branches),
            f"{_taking(graph)} take a value apart; it must be a tuple or a list.",
        ],
        fix=fix,
        fixes=[copied],
    )


def _advice(graph: Graph, pipe: Pipe, returned: int, branches: list[str], alone: bool) -> tuple[str, str]:
    """What to do about more parts than branches, or fewer, and the code of it."""
    name, count = name_of(graph, pipe), len(branches)
    more = f"join {count} streams" if pipe.spreads else f"{_verb(pipe)} {counted(count, 'value')}"
    if is_documented(graph):
        wanted = f"downstreams=[{', '.join(f's{number + 1}' for number in range(returned))}]"
        return f"{more}, or give it {counted(returned, 'downstream')}:  {wanted}", wanted
    if returned < count:
        wanted = f"{name} >> ({', '.join(branches[:returned])})"
        if returned == 1 and alone:
            wanted = f"{name} >> {branches[0]}"
        return f"{more}, or leave out what gets none:  {wanted}", wanted
    wanted = f"{name} >> ({', '.join([*branches, *['Discard()'] * (returned - count)])})"
    if returned - count == 1:
        return f"add {_ORDINALS.get(count, 'one more')} branch, or Discard() in its place:  {wanted}", wanted
    return f"add {returned - count} more branches, or Discard() in their places:  {wanted}", wanted


def _written(graph: Graph, name: str, branches: list[str]) -> str:
    if is_documented(graph):
        return f"its downstreams are read by   {', '.join(branches)}"
    return f"you wrote   {name} >> ({', '.join(branches)})"


def _taking(graph: Graph) -> str:
    return "Several downstreams" if is_documented(graph) else "Round brackets"


def _verb(pipe: Pipe) -> str:
    return "return" if pipe.kind in SENDING else "send"


def _named(graph: Graph, count: int) -> str:
    if is_documented(graph):
        return f"it has {counted(count, 'downstream')}"
    return f"the round brackets name {counted(count, 'branch').replace('branchs', 'branches')}"
