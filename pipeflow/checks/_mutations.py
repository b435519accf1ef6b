"""What a function changes outside itself, found in its syntax tree without running it."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from pipeflow.checks._code import class_of, instructions
from pipeflow.checks._mutators import (
    FUNCTION_NAMES,
    NAMES,
    RETURNING,
    changed_by,
    counts_up,
    element,
    is_own_array,
    kind_of,
    mutators,
    verb_of,
)
from pipeflow.checks._syntax import Function, bound, declared, inside, syntax

_CALLED = NAMES | FUNCTION_NAMES | {"out", "setattr"}
_STORES = frozenset(
    f"{verb}_{what}"
    for verb in ("STORE", "DELETE")
    for what in ("GLOBAL", "DEREF", "SUBSCR", "ATTR", "SLICE")
)
_HOLDERS = (types.SimpleNamespace, types.ModuleType, FunctionType, type)


@dataclass(frozen=True)
class Mutation:
    """One change of something that the caller has.

    Attributes:
        verb: what is done to it, ``"appends to"``.
        target: what it is, as it is written: ``"results"``, ``"stats.count"``.
        owner: where the name comes from: "global", "closure", "default" or "partial".
        what: what it is: ``"a list"``; "" when it is a name that gets another value.
        line: the line of the file, and `text` the statement.
    """

    verb: str
    target: str
    owner: str
    what: str
    line: int
    text: str


def bound_mutation(functor: Any) -> tuple[str, str] | None:
    """``results.append`` as a functor: what it does, and to what; None for anything else."""
    if not issubclass(class_of(functor), (types.BuiltinMethodType, types.MethodType)):
        return None
    name, holder = functor.__name__, functor.__self__
    return (verb_of(name), kind_of(holder)) if name in mutators(holder) else None


def mutations(function: FunctionType, arguments: int = 1, functor: Any = None) -> list[Mutation]:
    """The changes whose result the function does not use itself.

    What it also reads (a cache, the items seen, a model loaded once) is its own business, and right there.

    Args:
        function: the function.
        arguments: with how many arguments it is called; further ones keep their defaults.
        functor: what calls it: a partial gives it arguments of its own.
    """
    if not _may_change(function.__code__):
        return []
    tree = syntax(function)
    if tree is None:
        return []
    given = _given(functor, function)
    positional = arguments + len(functor.args) if given else arguments
    reader = _Reader(function, tree, positional, given)
    found = list(reader.changes())
    changing = [node for _, node in found] + reader.renaming
    return [mutation for mutation, _ in found if not reader.reads(mutation.target, changing)]


def _given(functor: Any, function: FunctionType) -> dict[str, Any]:
    """The arguments that a partial passes, by name."""
    if not issubclass(class_of(functor), functools.partial) or functor.func is not function:
        return {}
    code, passed = function.__code__, functor.args
    return dict(zip(code.co_varnames[: code.co_argcount], passed, strict=False)) | dict[str, Any](
        functor.keywords
    )


def _may_change(code: CodeType) -> bool:
    """A quick look that spares most functions the reading of their source."""
    if not _CALLED.isdisjoint(code.co_names) or any(each.opname in _STORES for each in instructions(code)):
        return True
    return any(
        _may_change(inner) if isinstance(inner, CodeType) else _has_out(inner) for inner in code.co_consts
    )


def _has_out(constant: object) -> bool:
    """The names of a call's keywords are a constant."""
    return type(constant) is tuple and "out" in constant


_EMPTY: dict[str, Any] = {"[]": list, "{}": dict, "list()": list, "dict()": dict, "set()": set}
Change = tuple[Mutation, ast.AST]


class _Reader:
    """Resolves names as the function would, without running anything of the user's."""

    def __init__(self, function: FunctionType, tree: Function, arguments: int, given: dict[str, Any]) -> None:
        code = function.__code__
        self.function, self.given = function, given
        self.nodes = list(inside(tree))
        self.parent = {id(child): node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.closure = dict(zip(code.co_freevars, function.__closure__ or (), strict=False))
        names = [n for n in self.nodes if isinstance(n, ast.Name)]
        self.stored = [n.id for n in names if isinstance(n.ctx, ast.Store)]
        self.declared = declared(self.nodes)
        self.local = set(code.co_varnames) | set(code.co_cellvars)
        self.local |= bound(self.nodes) - self.declared
        self.defaults = _defaults(function, arguments)
        self.renamed: dict[str, ast.expr] = {}
        self.renaming: list[ast.AST] = []
        """``r = results``: the statements that give a second name."""
        self._find_renamed()

    def _find_renamed(self) -> None:
        for node in self.nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name) and self.stored.count(target.id) == 1:
                    owner, value = self._resolved(node.value)
                    if owner and target.id not in self.declared and mutators(value):
                        self.renamed[target.id] = node.value
                        self.renaming.append(node)

    def reads(self, target: str, changing: list[ast.AST]) -> bool:
        """Whether the function looks at what it changes, other than to change it."""
        names = {target}
        if target in self.renamed:
            names.add(ast.unparse(self.renamed[target]))
        inside = {id(node) for change in changing for node in ast.walk(change)}
        for node in self.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in inside:
                if isinstance(node.ctx, ast.Load) and ast.unparse(node) in names:
                    return True
        return False

    # ------------------------------------------------------------ what changes

    def changes(self) -> Iterator[Change]:
        """Every change of something outside, with its node."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield from self._method(node)
            elif isinstance(node, (ast.Assign, ast.Delete)):
                for target in node.targets:
                    yield from self._store(node, target)
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
                yield from self._store(node, node.target)

    def _call(self, node: ast.Call) -> Iterator[Change]:
        if isinstance(node.func, ast.Attribute) and self._told(node, node.func.attr):
            owner, value = self._resolved(node.func.value)
            if owner and node.func.attr in mutators(value):
                yield self._mutation(node, verb_of(node.func.attr), node.func.value, owner, value), node
        if (
            node.args
            and not isinstance(node.args[0], ast.Starred)
            and changed_by(self._resolved(node.func)[1])
        ):
            owner, value = self._resolved(node.args[0])
            if owner and mutators(value) and self._told(node, ast.unparse(node.func).split(".")[-1]):
                yield self._mutation(node, "changes", node.args[0], owner, value), node
        if self._is_builtin(node.func, "setattr") and node.args:
            owner, value = self._resolved(node.args[0])
            if owner and isinstance(value, _HOLDERS):
                yield self._mutation(node, "changes", _attribute(node.args), owner), node
        for keyword in node.keywords:
            owner, value = self._resolved(keyword.value) if keyword.arg == "out" else ("", None)
            if owner and is_own_array(value):
                yield self._mutation(node, "writes into", keyword.value, owner, value), node

    def _is_builtin(self, function: ast.expr, name: str) -> bool:
        known = self.local | self.function.__globals__.keys()
        return isinstance(function, ast.Name) and function.id == name and name not in known

    def _told(self, node: ast.AST, method: str) -> bool:
        """Whether a call is made for what it does, not for what it returns."""
        return method not in RETURNING or isinstance(self.parent.get(id(node)), ast.Expr)

    def _method(self, node: ast.Attribute) -> Iterator[Change]:
        """``map(results.append, items)``: a method that somebody else is to call."""
        parent = self.parent.get(id(node))
        if isinstance(parent, (ast.Call, ast.keyword)) and getattr(parent, "func", None) is not node:
            owner, value = self._resolved(node.value)
            if owner and node.attr in mutators(value) - RETURNING:
                yield self._mutation(node, verb_of(node.attr), node.value, owner, value), node

    def _store(self, node: ast.stmt | ast.expr, target: ast.expr) -> Iterator[Change]:
        if isinstance(target, ast.Name) and target.id in self.declared:
            owner = "closure" if target.id in self.closure else "global"
            yield self._mutation(node, "changes", target, owner), node
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                yield from self._store(node, part)
        elif isinstance(target, ast.Starred):
            yield from self._store(node, target.value)
        elif isinstance(target, ast.Subscript):
            owner, value = self._resolved(target.value)
            if owner and mutators(value):
                yield self._mutation(node, "writes into", target.value, owner, value), node
        elif isinstance(target, ast.Attribute):
            owner, value = self._resolved(target.value)
            counted = isinstance(node, ast.AugAssign) and counts_up(value, target.attr)
            if owner and (isinstance(value, _HOLDERS) or counted):
                yield self._mutation(node, "changes", target, owner), node

    def _mutation(
        self, node: ast.stmt | ast.expr, verb: str, target: ast.expr, owner: str, value: Any = None
    ) -> Mutation:
        what = "" if value is None else kind_of(value)
        return Mutation(verb, ast.unparse(target), owner, what, node.lineno, ast.unparse(node))

    # ------------------------------------------------------------ what a name stands for

    def _resolved(self, node: ast.expr) -> tuple[str, Any]:
        """Where an expression's value comes from, and the value or one like it; "" when it isn't known."""
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute):
            owner, value = self._resolved(node.value)
            try:
                return (owner, object.__getattribute__(value, "__dict__")[node.attr]) if owner else ("", None)
            except (AttributeError, KeyError, TypeError):
                return "", None
        if isinstance(node, ast.Subscript):
            owner, value = self._resolved(node.value)
            held = element(value) if owner else None
            return ("", None) if held is None else (owner, held)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self._made(node, node.func)
        return "", None

    def _made(self, node: ast.Call, method: ast.Attribute) -> tuple[str, Any]:
        """``table.setdefault(key, [])`` is a list of the table's."""
        if method.attr != "setdefault" or len(node.args) != 2:
            return "", None
        owner, value = self._resolved(method.value)
        kind = _EMPTY.get(ast.unparse(node.args[1]))
        return (
            (owner, kind()) if owner and kind is not None and "setdefault" in mutators(value) else ("", None)
        )

    def _named(self, name: str) -> tuple[str, Any]:
        if name in self.renamed:
            return self._resolved(self.renamed[name])
        if name in self.closure:
            try:
                return "closure", self.closure[name].cell_contents
            except ValueError:
                return "", None
        if name not in self.stored:
            if name in self.given:
                return "partial", self.given[name]
            if name in self.defaults:
                return "default", self.defaults[name]
        if name not in self.local and name in self.function.__globals__:
            return "global", self.function.__globals__[name]
        return "", None


def _attribute(arguments: list[ast.expr]) -> ast.expr:
    """What ``setattr(holder, name, value)`` sets, as it would be written; the holder for a name not known."""
    holder, name = arguments[0], arguments[1] if len(arguments) > 1 else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return ast.Attribute(holder, name.value, ast.Store())
    return holder


def _defaults(function: FunctionType, arguments: int) -> dict[str, Any]:
    """The defaults of the parameters beyond the first `arguments`."""
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    first = len(names) - len(defaults)
    kept = list(zip(names[first:], defaults, strict=True))[max(0, arguments - first) :]
    return dict(kept) | (function.__kwdefaults__ or {})
