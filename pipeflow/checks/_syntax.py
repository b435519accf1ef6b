"""What a function's syntax tree binds and declares."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pipeflow.hints.syntax import Function, syntax

__all__ = ["Function", "bound", "declared", "inside", "syntax"]


def inside(function: Function) -> Iterator[ast.AST]:
    """What runs when it is called: not its decorators, defaults and annotations, which its ``def`` runs."""
    for node in [function.body] if isinstance(function, ast.Lambda) else function.body:
        yield from ast.walk(node)


def declared(nodes: list[ast.AST]) -> set[str]:
    """The names that are said to be global or nonlocal."""
    return {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}


def bound(nodes: list[ast.AST]) -> set[str]:
    """Every name that is bound somewhere among them, in nested functions and comprehensions too."""
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}
