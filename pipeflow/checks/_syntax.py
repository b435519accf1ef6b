"""The syntax tree of one function, where its source can be read."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import CodeType, FunctionType

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Index = dict[tuple[str, int], list[Function]]
_LONGEST = 20_000
"""Lines of a file that is read for this; longer ones are generated."""
_MOST_FILES = 64
_read: dict[str, tuple[list[str], _Index]] = {}


def syntax(function: FunctionType) -> Function | None:
    """Its ``def`` or ``lambda``; None where the source is not known, or shows several that it could be."""
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines or len(lines) > _LONGEST:
        return None  # typed at a prompt, or made by exec
    candidates = _functions(code.co_filename, lines).get((code.co_name, code.co_firstlineno), ())
    matching = [node for node in candidates if _has_parameters(node, code)]
    if len(matching) > 1:
        matching = [node for node in matching if _is_at(node, code)]
    return matching[0] if len(matching) == 1 else None


def _functions(file: str, lines: list[str]) -> _Index:
    """The functions of a file by name and first line, decorators included."""
    known = _read.get(file)
    # A notebook cell that runs again, or a file that was saved, has another list in linecache.
    if known is None or known[0] is not lines:
        if len(_read) >= _MOST_FILES:
            _read.clear()
        known = _read[file] = (lines, _indexed("".join(lines)))
    return known[1]


def _indexed(text: str) -> _Index:
    found: _Index = {}
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return found
    for node in ast.walk(module):
        if isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), []).append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found.setdefault((node.name, first), []).append(node)
    return found


def _has_parameters(node: Function, code: CodeType) -> bool:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return tuple(names) == code.co_varnames[: len(names)]


def _is_at(node: Function, code: CodeType) -> bool:
    """Whether the code comes from this one of several lambdas on a line (columns are known since 3.11)."""
    positions = getattr(code, "co_positions", None)
    body = node.body if isinstance(node, ast.Lambda) else None
    if positions is None or body is None:
        return False
    begin, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    known = [(line, column) for line, _, column, _ in positions() if line is not None and column]
    return bool(known) and all(begin <= place <= end for place in known)


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
