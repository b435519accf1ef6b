"""Attributes that only methods assign: ``self.item = item`` in ``__init__`` is how most are made."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import lru_cache
from types import FunctionType

from pipeflow.hints.raw import raw_signature
from pipeflow.hints.scopes import scope_of_function
from pipeflow.hints.signatures import Reader
from pipeflow.hints.text import evaluate
from pipeflow.hints.unknown import UNKNOWN


def assigned_in_methods(cls: type, name: str) -> object | None:
    """The type of ``self.<name>`` as the methods of this class assign it.

    UNKNOWN when it is assigned and its type can't be told; None when no method assigns it.
    """
    for raw in vars(cls).values():
        function = raw.fget if isinstance(raw, property) else raw
        if not isinstance(function, FunctionType) or name not in function.__code__.co_names:
            continue
        found = _assigned(function).get(name)
        if found is not None:
            return _type_of(found, function, cls)
        if not _assigned(function) and function.__name__ == "__init__":
            return UNKNOWN  # its source is not there to be read
    return None


def attributes_assigned(cls: type) -> dict[str, object]:
    """All attributes that the methods of this class assign, with their types."""
    found: dict[str, object] = {}
    for raw in vars(cls).values():
        if isinstance(raw, FunctionType):
            for name, how in _assigned(raw).items():
                found.setdefault(name, _type_of(how, raw, cls))
    return found


def _type_of(found: tuple[str, str], function: FunctionType, cls: type) -> object:
    how, text = found
    scope = scope_of_function(function, cls)
    if how == "annotation":
        return evaluate(text, scope)
    if how == "parameter":
        signature = raw_signature(function)
        for parameter in () if signature is None else signature.parameters:
            if parameter.name == text:
                return Reader(function, cls)(parameter.annotation)
    if how == "constant":
        return evaluate(text, scope)
    return UNKNOWN


@lru_cache(maxsize=512)
def _assigned(function: FunctionType) -> dict[str, tuple[str, str]]:
    """Every attribute of its first parameter that a method assigns: name -> (how, text)."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    definition = tree.body[0] if tree.body else None
    if not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)) or not definition.args.args:
        return {}
    me = definition.args.args[0].arg
    parameters = {each.arg for each in (*definition.args.args, *definition.args.kwonlyargs)}
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(definition):
        if isinstance(node, ast.AnnAssign) and _is_own(node.target, me):
            found[_name(node.target)] = ("annotation", ast.unparse(node.annotation))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if _is_own(target, me):
                    found.setdefault(_name(target), _value(node.value, parameters))
        elif isinstance(node, ast.AugAssign) and _is_own(node.target, me):
            found.setdefault(_name(node.target), ("other", ""))
    return found


def _is_own(target: ast.expr, me: str) -> bool:
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == me


def _name(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else ""


def _value(value: ast.expr, parameters: set[str]) -> tuple[str, str]:
    if isinstance(value, ast.Name) and value.id in parameters:
        return ("parameter", value.id)
    if isinstance(value, ast.Constant) and value.value is not None:
        return ("constant", type(value.value).__name__)
    return ("other", "")
