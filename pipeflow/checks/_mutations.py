"""What a function changes outside itself, found in its syntax tree without running it."""

from __future__ import annotations

import array
import ast
import collections
import queue
import types
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from pipeflow.checks._code import class_of, instructions
from pipeflow.checks._syntax import syntax

_MUTATORS: dict[type, frozenset[str]] = {
    list: frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"}),
    dict: frozenset({"update", "setdefault", "pop", "popitem", "clear"}),
    set: frozenset({"add", "update", "discard", "remove", "pop", "clear", "difference_update"}),
    collections.deque: frozenset({"append", "appendleft", "extend", "extendleft", "pop", "popleft", "clear"}),
    collections.Counter: frozenset({"update", "subtract", "clear"}),
    bytearray: frozenset({"append", "extend", "insert", "clear"}),
    array.array: frozenset({"append", "extend", "insert"}),
    queue.Queue: frozenset({"put", "put_nowait"}),
    queue.SimpleQueue: frozenset({"put", "put_nowait"}),
}
_NAMES = frozenset(name for names in _MUTATORS.values() for name in names)
_STORES = frozenset(
    f"{verb}_{what}"
    for verb in ("STORE", "DELETE")
    for what in ("GLOBAL", "DEREF", "SUBSCR", "ATTR", "SLICE")
)
_VERBS = {
    "append": "appends to",
    "appendleft": "appends to",
    "extend": "appends to",
    "add": "adds to",
    "put": "puts into",
    "put_nowait": "puts into",
}
_HOLDERS = (types.SimpleNamespace, types.ModuleType, FunctionType, type)


@dataclass(frozen=True)
class Mutation:
    """One change of something that the caller has.

    Attributes:
        verb: what is done to it, ``"appends to"``.
        target: what it is, as it is written: ``"results"``, ``"stats.count"``.
        owner: where the name comes from: "global", "closure" or "default".
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
    if not isinstance(functor, (types.BuiltinMethodType, types.MethodType)):
        return None
    name, holder = functor.__name__, functor.__self__
    return (_verb(name), _kind(holder)) if name in mutators(holder) else None


def mutators(value: object) -> frozenset[str]:
    """The names of a plain container's methods that change it; none for anything else.

    Only types that are certain to stay in one process: a manager's proxy has the same methods.
    """
    kind = class_of(value)
    if kind in (collections.defaultdict, collections.OrderedDict):
        kind = dict
    return _MUTATORS.get(kind, frozenset())


def mutations(function: FunctionType, arguments: int = 1) -> list[Mutation]:
    """The changes whose result the function does not use itself.

    What it also reads (a cache, the items seen, a model loaded once) is its own business, and right there.

    Args:
        function: the function.
        arguments: with how many arguments it is called; further ones keep their defaults.
    """
    if not _may_change(function.__code__):
        return []
    tree = syntax(function)
    if tree is None:
        return []
    found = list(_Reader(function, arguments).changes(tree))
    nodes = [node for _, node in found]
    return [mutation for mutation, _ in found if not _also_read(tree, mutation.target, nodes)]


def _may_change(code: CodeType) -> bool:
    """A quick look that spares most functions the reading of their source."""
    if not _NAMES.isdisjoint(code.co_names) or any(each.opname in _STORES for each in instructions(code)):
        return True
    return any(isinstance(inner, CodeType) and _may_change(inner) for inner in code.co_consts)


def _also_read(tree: ast.AST, target: str, changing: list[ast.AST]) -> bool:
    inside = {id(node) for change in changing for node in ast.walk(change)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in inside:
            if isinstance(node.ctx, ast.Load) and ast.unparse(node) == target:
                return True
    return False


class _Reader:
    """Resolves names as the function would, without running anything of the user's."""

    def __init__(self, function: FunctionType, arguments: int) -> None:
        code = function.__code__
        self.function = function
        self.closure = dict(zip(code.co_freevars, function.__closure__ or (), strict=False))
        self.stored: set[str] = set()
        self.local = set(code.co_varnames) | set(code.co_cellvars)
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        given = list(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        first = len(names) - len(defaults)
        self.defaults = dict(given[max(0, arguments - first) :]) | (function.__kwdefaults__ or {})

    def changes(self, tree: ast.AST) -> Iterator[tuple[Mutation, ast.AST]]:
        """Every change of something outside, with its node."""
        declared = _declared(tree)
        self.stored = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        self.local |= _bound_inside(tree) - declared
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from self._call(node, node.func)
            elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
                targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
                for target in targets:
                    yield from self._store(node, target, declared)

    def _call(self, node: ast.Call, method: ast.Attribute) -> Iterator[tuple[Mutation, ast.AST]]:
        owner, value = self._resolved(method.value)
        if owner and method.attr in mutators(value):
            yield (
                self._mutation(node, _verb(method.attr), ast.unparse(method.value), owner, _kind(value)),
                node,
            )

    def _store(
        self, node: ast.stmt, target: ast.expr, declared: set[str]
    ) -> Iterator[tuple[Mutation, ast.AST]]:
        if isinstance(target, ast.Name) and target.id in declared:
            owner = "closure" if target.id in self.closure else "global"
            yield self._mutation(node, "changes", target.id, owner, ""), node
        elif isinstance(target, ast.Subscript):
            owner, value = self._resolved(target.value)
            if owner and (mutators(value) or _is_own_array(value)):
                text = ast.unparse(target.value)
                yield self._mutation(node, "writes into", text, owner, _kind(value)), node
        elif isinstance(target, ast.Attribute):
            owner, value = self._resolved(target.value)
            if owner and isinstance(value, _HOLDERS):
                yield self._mutation(node, "changes", ast.unparse(target), owner, ""), node

    def _mutation(self, node: Any, verb: str, target: str, owner: str, what: str) -> Mutation:
        return Mutation(verb, target, owner, what, node.lineno, ast.unparse(node).split("\n")[0])

    def _resolved(self, node: ast.expr) -> tuple[str, Any]:
        """Where a name or a chain of attributes comes from, and its value; "" when it isn't known."""
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute):
            owner, value = self._resolved(node.value)
            try:
                return (owner, object.__getattribute__(value, "__dict__")[node.attr]) if owner else ("", None)
            except (AttributeError, KeyError, TypeError):
                return "", None
        return "", None

    def _named(self, name: str) -> tuple[str, Any]:
        if name in self.closure:
            try:
                return "closure", self.closure[name].cell_contents
            except ValueError:
                return "", None
        if name in self.defaults and name not in self.stored:
            return "default", self.defaults[name]
        if name not in self.local and name in self.function.__globals__:
            return "global", self.function.__globals__[name]
        return "", None


def _declared(tree: ast.AST) -> set[str]:
    scopes = (node for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal)))
    return {name for node in scopes for name in node.names}


def _bound_inside(tree: ast.AST) -> set[str]:
    """Every name that is bound somewhere in it, in nested functions and comprehensions too."""
    nodes = list(ast.walk(tree))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _verb(method: str) -> str:
    return _VERBS.get(method, "changes")


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"


def _is_own_array(value: Any) -> bool:
    """A numpy array whose memory is its own, not shared with other processes."""
    kind = class_of(value)
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.base is None
