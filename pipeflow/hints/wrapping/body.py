"""The statements of a wrapper, and what each name in them is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from pipeflow.hints.syntax import Function

Which = Callable[[ast.expr], str]
"""What an expression is: WRAPPED, one of COLLECTING, RUNNING, or "" for anything else."""
WRAPPED = "wrapped"
COLLECTING = ("list", "tuple", "set", "frozenset", "sorted")
RUNNING = "asyncio.run"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class Body:
    """The statements of a wrapper.

    Attributes:
        every: all nodes, those of nested functions included.
        own: without those.
        calls: where the wrapped function is called.
    """

    def __init__(self, node: Function, which: Which) -> None:
        self.node, self.which = node, which
        self.statements: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        self.every = [each for statement in self.statements for each in ast.walk(statement)]
        self.own = [each for statement in self.statements for each in _same_scope(statement)]
        called = [each for each in self.every if isinstance(each, ast.Call)]
        self.calls = [each for each in called if which(each.func) == WRAPPED]
        self._bound = [name for each in self.every for name in _bound_by(each)]

    def times_bound(self, name: str) -> int:
        """How often a name is given a value, or is taken away."""
        return self._bound.count(name)

    @property
    def parameters(self) -> ast.arguments:
        """Those of the wrapper."""
        return self.node.args

    def is_parameter(self, name: str) -> bool:
        """Whether it is one of them."""
        return name in names_of(self.parameters)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, _SCOPES):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _same_scope(child)


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def names_of(parameters: ast.arguments) -> list[str]:
    """All parameters, ``*args`` and ``**kwargs`` too."""
    every = (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)
    rest = (parameters.vararg, parameters.kwarg)
    return [each.arg for each in (*every, *rest) if each is not None]


def is_none(value: ast.expr | None) -> bool:
    """Whether an expression is None, or there is none."""
    return value is None or (isinstance(value, ast.Constant) and value.value is None)
