"""What a mutant is: a file of Python with one place changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

COMPARED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Div: ast.Mult,
}  # fmt: skip
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Spot:
    """A node that may change.

    Attributes:
        parent, name, index: where it hangs; `index` is None where that is no list.
        node: the node.
        within: the classes and the function around it, outermost first; empty outside of any function, where
            it runs when the module is imported.
        lines: of the statement it belongs to, the first and the last.
    """

    parent: ast.AST
    name: str
    index: int | None
    node: Any
    within: tuple[str, ...]
    lines: tuple[int, int]

    def put(self, node: ast.AST) -> None:
        """Hang a node there."""
        if self.index is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.index] = node


@dataclass
class Mutant:
    """One change.

    Attributes:
        path: of the file, from the root.
        tree: of the whole file, unchanged.
        spot: what changes, and `now` into what.
    """

    path: str
    tree: ast.Module
    spot: Spot
    now: ast.AST

    @property
    def module(self) -> str:
        """The name it is imported by."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def __str__(self) -> str:
        return f"{self.path}:{self.spot.node.lineno}  {short(self.spot.node)}  ->  {short(self.now)}"

    def code(self) -> CodeType:
        """The whole module with the change in it."""
        self.spot.put(ast.fix_missing_locations(ast.copy_location(self.now, self.spot.node)))
        try:
            return compile(self.tree, self.path, "exec", dont_inherit=True)
        finally:
            self.spot.put(self.spot.node)


def short(node: ast.AST) -> str:
    """Its code, cut."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."


def mutants(path: Path, root: Path) -> list[Mutant]:
    """Every change of a file."""
    tree = ast.parse(path.read_text())
    name = str(path.relative_to(root))
    found = list(spots(tree, (), None))
    return [Mutant(name, tree, spot, now) for spot in found for now in changes(spot.node)]


# ---------------------------------------------------------------- where


def spots(node: ast.AST, around: tuple[str, ...], inside: tuple[int, int] | None) -> Iterator[Spot]:
    """Every node that may change; not annotations, docstrings, imports or decorators.

    Args:
        node: what is below it.
        around: the classes and functions around it, down to the first function.
        inside: the lines of the statement it is in; None outside of functions.
    """
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment", "bases"):
            continue
        if isinstance(node, ast.If) and name == "body" and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        names, lines = around, inside
        if inside is None and isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names = (*around, node.name)
        runs_later = isinstance(node, FUNCTIONS) and name == "body"  # a parameter's default does not
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or is_fixed(child):
                continue
            if isinstance(child, ast.stmt) and (lines is not None or runs_later):
                within: tuple[int, int] | None = (child.lineno, child.end_lineno or child.lineno)
            else:
                within = lines
            if within is None:
                yield Spot(node, name, index, child, (), (0, 0))
            else:
                yield Spot(node, name, index, child, names, within)
            yield from spots(child, names, within)


def is_fixed(node: ast.AST) -> bool:
    """No test is expected to notice a change of it: a docstring, an import, ``__all__``."""
    listed = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    return listed or is_text(node) or isinstance(node, (ast.Import, ast.ImportFrom))


def is_text(node: ast.AST) -> bool:
    """A docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


# ---------------------------------------------------------------- into what


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    yield from of_expression(node)
    yield from of_statement(node)


def of_expression(node: ast.AST) -> Iterator[ast.AST]:
    """Another operator or constant, or a part instead of the whole."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        changed = copy.deepcopy(node)
        changed.ops[0] = COMPARED[type(node.ops[0])]()
        yield changed
    elif isinstance(node, ast.BoolOp):
        changed = copy.deepcopy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield changed
        yield copy.deepcopy(node.values[0])
        yield copy.deepcopy(node.values[-1])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
        changed = copy.deepcopy(node)
        changed.op = COUNTED[type(node.op)]()
        yield changed
    elif isinstance(node, ast.Constant):
        yield from constants(node)
    elif isinstance(node, ast.IfExp):
        yield copy.deepcopy(node.body)
        yield copy.deepcopy(node.orelse)


def of_statement(node: ast.AST) -> Iterator[ast.AST]:
    """Another branch, nothing returned, nothing done."""
    if isinstance(node, ast.If):
        for test in (ast.Constant(True), ast.Constant(False)):
            changed = copy.deepcopy(node)
            changed.test = test
            yield changed
    elif isinstance(node, ast.Return) and node.value is not None and not is_none(node.value):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and not is_text(node):
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.Break):
        yield ast.Continue()


def constants(node: ast.Constant) -> Iterator[ast.Constant]:
    """A flag turned over, a number one more, a text that nobody expects."""
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, (int, float)):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, str):
        yield ast.Constant(f"{node.value}~")


def is_none(node: ast.AST) -> bool:
    """The constant None."""
    return isinstance(node, ast.Constant) and node.value is None
