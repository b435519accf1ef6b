"""Whether a wrapper calls what it wraps with what it was given."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeflow.hints.wrapping.body import Body, names_of
from pipeflow.hints.wrapping.paths import is_always_called

_READING = ("items", "keys", "values", "get", "copy")
_LOGGING = ("debug", "info", "warning", "error", "exception", "critical", "log", "format", "join")
_PRINTING = ("print", "repr", "str", "len", "sorted", "list", "tuple", "dict", "frozenset", "format", "bool")


@dataclass(frozen=True)
class Arguments:
    """How a wrapper calls what it wraps.

    Attributes:
        given: how many arguments it gives itself in front of its ``*args``, with which all others go on; None
            when they don't.
        keywords: what it gives by name.
        places: its own parameters that go on unchanged, and as which: a position, or a name.
    """

    given: int | None = None
    keywords: frozenset[str] = frozenset()
    places: Mapping[str, int | str] = field(default_factory=dict[str, "int | str"])


def arguments_of_call(body: Body, bound_self: bool) -> Arguments | None:
    """How the wrapped function is called; None where it is called in several ways, or not always.

    Args:
        body: the wrapper's.
        bound_self: whether its first parameter is the wrapping object itself.
    """
    ways = [_of_call(body, call, bound_self) for call in body.calls]
    if not ways or any(way != ways[0] for way in ways) or not is_always_called(body) or _depends(body):
        return None
    return ways[0]


def _of_call(body: Body, call: ast.Call, bound_self: bool) -> Arguments | None:
    own = [each.arg for each in (*body.parameters.posonlyargs, *body.parameters.args)][int(bound_self) :]
    named = {*own, *(each.arg for each in body.parameters.kwonlyargs)}
    stars = [number for number, each in enumerate(call.args) if isinstance(each, ast.Starred)]
    leading = call.args[: stars[0]] if stars else call.args
    if stars and stars != [len(call.args) - 1]:
        return None
    spread = [each.value for each in call.keywords if each.arg is None]
    if not all(_passes(body, value, body.parameters.kwarg) for value in spread):
        return None
    places: dict[str, int | str] = {}
    for where, value in (*enumerate(leading), *((each.arg, each.value) for each in call.keywords)):
        if where is not None and isinstance(value, ast.Name) and value.id in named:
            if not body.times_bound(value.id):
                places[value.id] = where
    given: int | None = None
    last = call.args[-1] if stars else None
    if isinstance(last, ast.Starred):
        if not _passes(body, last.value, body.parameters.vararg):
            return None
        in_order = {name: position for position, name in enumerate(own)}
        if len(leading) == len(own) and in_order.items() <= places.items():
            given = 0
        elif not own:
            given = len(leading)
    return Arguments(given, frozenset(each.arg for each in call.keywords if each.arg is not None), places)


def _passes(body: Body, value: ast.expr, parameter: ast.arg | None) -> bool:
    """Whether it is the ``*args`` or ``**kwargs`` of the wrapper, and is left as it was."""
    if parameter is None or not isinstance(value, ast.Name) or value.id != parameter.arg:
        return False
    return not body.times_bound(value.id) and not _may_change(body, value.id)


def _may_change(body: Body, name: str) -> bool:
    """Whether something else than reading is done with ``**kwargs``, a dict (the ``*args`` are a tuple)."""
    kwarg = body.parameters.kwarg
    if kwarg is None or name != kwarg.arg:
        return False
    read = sum(_reads(parent, name) for parent in body.every)
    used = sum(isinstance(each, ast.Name) and each.id == name for each in body.every)
    return read < used


def _reads(parent: ast.AST, name: str) -> int:
    """How often a node has the name in a place where it is only read."""

    def count(values: list[ast.expr]) -> int:
        return sum(isinstance(each, ast.Name) and each.id == name for each in values)

    if isinstance(parent, ast.keyword):
        return count([parent.value]) if parent.arg is None else 0
    if isinstance(parent, ast.FormattedValue):
        return count([parent.value])
    if isinstance(parent, ast.Attribute):
        return count([parent.value]) if parent.attr in _READING else 0
    if isinstance(parent, ast.Compare):
        return count([parent.left, *parent.comparators])
    if isinstance(parent, ast.Dict):
        return count([each for key, each in zip(parent.keys, parent.values, strict=True) if key is None])
    if isinstance(parent, ast.Call):
        function = parent.func
        logs = isinstance(function, ast.Attribute) and function.attr in _LOGGING
        prints = isinstance(function, ast.Name) and function.id in _PRINTING
        return count(parent.args) if logs or prints else 0
    return 0


def _depends(body: Body) -> bool:
    """Whether the arguments decide if the wrapped function is called at all, or what is returned instead."""
    names = _touched(body, set(names_of(body.parameters)))
    return any(
        _decides(body, each) and any(_mentions(body, part, names) for part in _deciding(each))
        for each in body.own
    )


def _deciding(node: ast.AST) -> list[ast.AST]:
    """The parts of a node that say which way it goes."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        return [node.test]
    if isinstance(node, ast.Match):
        return [node.subject, *(case.guard for case in node.cases if case.guard is not None)]
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return [node.iter]
    return [*node.body] if isinstance(node, ast.Try) and node.handlers else []


def _decides(body: Body, node: ast.AST) -> bool:
    goes = (ast.Return, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom)
    return any(isinstance(each, goes) or each in body.calls for each in ast.walk(node))


def _touched(body: Body, names: set[str]) -> set[str]:
    """The names, and those of what is made of them."""
    while True:
        further = {
            target.id
            for each in body.own
            for value in [_value_of(each)]
            if value is not None and _mentions(body, value, names)
            for target in ast.walk(each)
            if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)
        }
        if further <= names:
            return names
        names = names | further


def _value_of(node: ast.AST) -> ast.expr | None:
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
        return node.value
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return node.iter
    return node.context_expr if isinstance(node, ast.withitem) else None


def _mentions(body: Body, node: ast.AST, names: set[str]) -> bool:
    """Whether one of the names is in it, the calls of the wrapped function left out."""
    if node in body.calls:
        return False
    if isinstance(node, ast.Name):
        return node.id in names
    return any(_mentions(body, child, names) for child in ast.iter_child_nodes(node))
