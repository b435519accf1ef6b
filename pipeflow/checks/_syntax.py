"""What a function's syntax tree binds and declares."""

from __future__ import annotations

import ast

from pipeflow.hints.syntax import syntax

__all__ = ["bound", "declared", "syntax"]


def declared(nodes: list[ast.AST]) -> set[str]:
    """The names that are said to be global or nonlocal."""
    return {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}


def bound(nodes: list[ast.AST]) -> set[str]:
    """Every name that is bound somewhere among them, in nested functions and comprehensions too."""
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}
