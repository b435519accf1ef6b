"""Whether a wrapper calls what it wraps whichever way it goes, unless it raises or returns nothing."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pipeflow.hints.wrapping.body import Body, is_none

_ELSEWHERE = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_REPEATED = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def is_always_called(body: Body) -> bool:
    """Whether no way through the wrapper goes past the call and gives something else."""
    return _in_order(body, body.statements)


def _in_order(body: Body, nodes: Sequence[ast.AST]) -> bool:
    for node in nodes:
        if _is_called_in(body, node):
            return True
        inside = [each for each in ast.walk(node) if isinstance(each, ast.Return) and each in body.own]
        if any(not is_none(each.value) for each in inside):
            return False
    return False


def _is_called_in(body: Body, node: ast.AST) -> bool:
    if node in body.calls:
        return True
    if isinstance(node, (*_ELSEWHERE, *_REPEATED, ast.Match)):
        return False
    if isinstance(node, ast.IfExp):
        arms = (node.body, node.orelse)
        return _is_called_in(body, node.test) or all(_is_called_in(body, arm) for arm in arms)
    if isinstance(node, ast.BoolOp):
        return _is_called_in(body, node.values[0])
    if isinstance(node, ast.If):
        both = _in_order(body, node.body) and _in_order(body, node.orelse)
        return both or _is_called_in(body, node.test)
    if isinstance(node, (ast.With, ast.AsyncWith, ast.While, ast.For, ast.AsyncFor, ast.Try)):
        head = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.expr, ast.withitem))]
        return any(_is_called_in(body, child) for child in head) or _in_order(body, node.body)
    return any(_is_called_in(body, child) for child in ast.iter_child_nodes(node))
