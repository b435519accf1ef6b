"""PF204: Switch keys missing or extra against what its function returns."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Hashable, Iterator
from typing import Any

from pipeflow import hints
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import routed, short, spelled
from pipeflow.checks._findings import finding
from pipeflow.checks._functors import functor_of
from pipeflow.graph import Graph, Key, after, effective, name_of, pipe_nodes, routes
from pipeflow.hints.forms import LITERAL, arguments_of, is_in, origin_of
from pipeflow.hints.unions import arms
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Only functions that are annotated with ``bool``, ``Literal`` or an Enum say all their keys."""
    for pipe in pipe_nodes(graph):
        whole: Any = effective(graph, pipe)
        if whole.chooses:
            keys = _keys(graph, pipe)
            if None in keys:
                if _is_used(graph, pipe):
                    yield _dropped(graph, whole, keys)
                keys.remove(None)
            if whole.default is not None and whole.default not in keys and keys:
                yield _no_default(graph, whole, keys)
            expected = (
                None if whole.options.unchecked else _expected(hints.produced(whole.functor, "transform"))
            )
            if expected is not None and keys:
                yield from _compared(graph, whole, keys, expected)


def _keys(graph: Graph, pipe: Pipe) -> list[Hashable]:
    """The keys of all its branches, in the order they were written."""
    found: dict[Hashable, None] = {}
    for stream in after(graph, pipe):
        for route in routes(graph, pipe, stream):
            if route and isinstance(route[0], Key):
                found[route[0].key] = None
    return list(found)


def _is_used(graph: Graph, pipe: Pipe) -> bool:
    """Whether items are wanted in the branch None: one that throws them away says what happens anyway."""
    readers = [
        reader
        for stream in after(graph, pipe)
        if any(route[:1] == (Key(None),) for route in routes(graph, pipe, stream))
        for reader in after(graph, stream)
    ]
    return not readers or any(reader.kind != "Discard" for reader in readers)


def _expected(annotation: object) -> list[Hashable] | None:
    """Every value an annotation allows; None when it does not list them."""
    values: list[Hashable] = []
    for arm in arms(annotation):
        if is_in(origin_of(arm), LITERAL):
            values.extend(arguments_of(arm))
        elif arm is bool:
            values += [True, False]
        elif isinstance(arm, type) and issubclass(arm, enum.Enum) and not issubclass(arm, enum.Flag):
            values.extend(list(arm))
        else:
            return None
    return [value for value in values if value is not None] or None


def _compared(graph: Graph, pipe: Any, keys: list[Hashable], expected: list[Hashable]) -> Iterator[Finding]:
    missing = [value for value in expected if value not in keys]
    extra = [key for key in keys if key not in expected and not (missing and key == pipe.default)]
    if (missing and pipe.default is None) or extra:
        yield _wrong_keys(graph, pipe, keys, [] if pipe.default is not None else missing, extra)
        return
    types = {value: type(value) for value in expected}
    mixed = [key for key in keys if key in types and types[key] is not type(key)]
    if mixed:
        yield _equal_keys(graph, pipe, keys, mixed, expected)


def _wrong_keys(
    graph: Graph, pipe: Any, keys: list[Hashable], missing: list[Hashable], extra: list[Hashable]
) -> Finding:
    name = name_of(graph, pipe)
    functor = functor_of(pipe)
    told = [f"has no branch for {_listed(missing)}"] if missing else []
    told += [f"never returns {_listed(extra)}"] if extra else []
    consequence = (
        "An item whose key has no branch is an error." if missing else "Nothing would reach that branch."
    )
    near = [(key, _near(key, missing)) for key in extra]
    better = {key: value for key, value in near if value is not None}
    wanted = [better.get(key, key) for key in keys if key in better or key not in extra]
    wanted += [value for value in missing if value not in better.values()]
    fix = _written(graph, pipe, wanted)
    hints_given = [f"did you mean {short(value)} instead of {short(key)}?" for key, value in better.items()]
    return finding(
        "PF204",
        "error",
        f"switch keys: {name!r} {' and '.join(told)}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name}  ({functor.place})  {functor.source_line}".rstrip(),
            f"you wrote   {_written(graph, pipe, keys)}",
            consequence,
        ],
        fix="  ".join([f"{fix} ;", *hints_given]) if hints_given else f"{fix}  (Discard() drops on purpose)",
        fixes=[fix],
    )


def _dropped(graph: Graph, pipe: Any, keys: list[Hashable]) -> Finding:
    name, functor = name_of(graph, pipe), functor_of(pipe)
    names = ("rest", *(f"rest_{number}" for number in range(2, len(keys) + 2)))
    rest = next(each for each in names if each not in keys)
    fix = _written(graph, pipe, [rest if key is None else key for key in keys])
    return finding(
        "PF204",
        "error",
        f"switch keys: nothing ever reaches the branch None of {name!r}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name}  ({functor.place})  {functor.source_line}".rstrip(),
            f"you wrote   {_written(graph, pipe, keys)}",
            "A Switch that returns None drops the item: None names no branch.",
        ],
        fix=f"return another key for these items, such as {rest!r}:  {fix}",
        fixes=[fix],
    )


def _written(graph: Graph, pipe: Any, keys: list[Hashable]) -> str:
    return f"{spelled(graph, pipe)} >> {{{', '.join(f'{short(key)}: ...' for key in keys)}}}"


def _near(key: Hashable, missing: list[Hashable]) -> Hashable | None:
    texts = {str(value): value for value in missing if isinstance(value, str)}
    found = difflib.get_close_matches(key, list(texts), 1, 0.5) if isinstance(key, str) else []
    if found:
        return texts[found[0]]
    # An Enum's value, or its name, in place of the member.
    for value in missing:
        if isinstance(value, enum.Enum) and key in (value.value, value.name):
            return value
    return None


def _equal_keys(
    graph: Graph, pipe: Any, keys: list[Hashable], mixed: list[Hashable], expected: list[Hashable]
) -> Finding:
    name = name_of(graph, pipe)
    pairs = [(key, next(value for value in expected if value == key)) for key in mixed]
    returned = dict(pairs)
    wanted = [returned.get(key, key) for key in keys]
    fix = _written(graph, pipe, wanted)
    return finding(
        "PF204",
        "warning",
        f"switch keys: {name!r} returns {_listed([value for _, value in pairs])}, its branches are "
        f"{_listed([key for key, _ in pairs])}.",
        graph=graph,
        pipes=[pipe],
        body=["They are equal, so it works, but they are not of one type."],
        fix=fix,
        fixes=[fix],
    )


def _no_default(graph: Graph, pipe: Any, keys: list[Hashable]) -> Finding:
    name, default = name_of(graph, pipe), short(pipe.default)
    fix = f"Switch(..., default={short(keys[-1])})"
    return finding(
        "PF204",
        "error",
        f"switch keys: the default of {name!r}, {default}, names none of its branches.",
        graph=graph,
        pipes=[pipe],
        body=[f"Its branches are {_listed(keys)}.", "An item whose key has no branch is an error."],
        fix=f"name one of them,  {fix} ,  or add the branch:  {spelled(graph, pipe)} >> "
        f"{routed('...', (Key(pipe.default),))}",
        fixes=[fix],
    )


def _listed(keys: list[Hashable]) -> str:
    texts = [short(key) for key in keys]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
