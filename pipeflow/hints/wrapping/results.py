"""Whether a wrapper returns what the wrapped function returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pipeflow.hints.wrapping.body import RUNNING, WRAPPED, Body, is_none

AS_IT_IS = "as it is"
AWAITED = "awaited"
_NONE = "none"
_OTHER = "other"
_DEEPEST = 6  # names that stand for names


def result_of(body: Body) -> tuple[str | None, bool]:
    """AS_IT_IS, AWAITED or one of COLLECTING, None for anything else; and whether it may be None instead."""
    yields = [each for each in body.own if isinstance(each, (ast.Yield, ast.YieldFrom))]
    if yields:
        return (AS_IT_IS if all(_yields_its_items(body, each) for each in yields) else None), False
    if isinstance(body.node, ast.Lambda):
        found = list(_kinds(body, body.node.body))
    else:
        returns = [each for each in body.own if isinstance(each, ast.Return)]
        found = [kind for each in returns for kind in _kinds(body, each.value)]
        if not _ends(body.node.body):
            found.append(_NONE)
    known = set(found) - {_NONE}
    if len(known) != 1 or _OTHER in known:
        return None, False
    return known.pop(), _NONE in found


def _kinds(body: Body, value: ast.expr | None, depth: int = 0) -> Iterator[str]:
    """What an expression is, seen from the wrapped function: its result, None, or something else."""
    if depth > _DEEPEST:
        yield _OTHER
    elif value is None or is_none(value):
        yield _NONE
    elif isinstance(value, ast.IfExp):
        yield from _kinds(body, value.body, depth + 1)
        yield from _kinds(body, value.orelse, depth + 1)
    elif isinstance(value, ast.NamedExpr):
        yield from _kinds(body, value.value, depth + 1)
    elif isinstance(value, ast.Name):
        yield from _kinds_of_name(body, value.id, depth + 1)
    else:
        yield _kind(body, value, depth + 1)


def _kind(body: Body, value: ast.expr, depth: int) -> str:
    """What a call or an ``await`` is."""
    if isinstance(value, ast.Await):
        return AWAITED if _is_result(body, value.value, depth) else _OTHER
    if not isinstance(value, ast.Call):
        return _OTHER
    which = body.which(value.func)
    if which == WRAPPED:
        return AS_IT_IS
    if which and len(value.args) == 1:
        if _is_result(body, value.args[0], depth):
            return AWAITED if which == RUNNING else which
    return _OTHER


def _is_result(body: Body, value: ast.expr, depth: int = 0) -> bool:
    return list(_kinds(body, value, depth)) == [AS_IT_IS]


def _kinds_of_name(body: Body, name: str, depth: int) -> Iterator[str]:
    """A local name is what is assigned to it, when nothing else ever gives it a value."""
    assigned = list(_assigned(body, name))
    if not assigned or body.is_parameter(name) or len(assigned) != body.times_bound(name):
        yield _OTHER
        return
    for value in assigned:
        yield from _kinds(body, value, depth)


def _assigned(body: Body, name: str) -> Iterator[ast.expr]:
    for each in body.own:
        if isinstance(each, ast.Assign):
            targets = [target for target in each.targets if isinstance(target, ast.Name)]
        elif isinstance(each, (ast.AnnAssign, ast.NamedExpr)) and isinstance(each.target, ast.Name):
            targets = [each.target]
        else:
            continue
        for target in targets:
            if target.id == name and each.value is not None:
                yield each.value


def _yields_its_items(body: Body, node: ast.Yield | ast.YieldFrom) -> bool:
    """``yield from f()``, or ``for x in f(): yield x``."""
    if isinstance(node, ast.YieldFrom):
        return _is_result(body, node.value)
    if not isinstance(node.value, ast.Name):
        return False
    name = node.value.id
    loops = [
        each
        for each in body.own
        if isinstance(each, (ast.For, ast.AsyncFor))
        and isinstance(each.target, ast.Name)
        and each.target.id == name
    ]
    alone = body.times_bound(name) == len(loops) and not body.is_parameter(name)
    return bool(loops) and alone and all(_is_result(body, each.iter) for each in loops)


def _ends(statements: list[ast.stmt]) -> bool:
    """Whether a block never runs to its end: it returns or raises."""
    last = statements[-1] if statements else None
    if isinstance(last, (ast.Return, ast.Raise)):
        return True
    if isinstance(last, ast.If):
        return _ends(last.body) and _ends(last.orelse)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return _ends(last.body)
    if isinstance(last, ast.Try):
        done = _ends(last.body) or _ends(last.orelse)
        return done and all(_ends(each.body) for each in last.handlers)
    if isinstance(last, ast.While):
        forever = isinstance(last.test, ast.Constant) and bool(last.test.value)
        return forever and not any(isinstance(each, ast.Break) for each in ast.walk(last))
    return False
