"""Reading annotations that are text, without running them.

Text is parsed and only names, attributes, subscripts and ``|`` are followed, so a name that cannot be
resolved blanks only its own place (``dict[str, Missing]`` is a dict of str to UNKNOWN), which ``eval`` and
``typing.get_type_hints`` cannot do, and nothing that an annotation may contain is ever called.
"""

from __future__ import annotations

import ast
import sys
import typing
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ForwardRef, cast

import typing_extensions

from pipeflow.hints.forms import ANNOTATED, LITERAL, arguments_of, is_class, is_in, is_plain_class, origin_of
from pipeflow.hints.rebuilding import rebuild, subscribe
from pipeflow.hints.scopes import Scope, scope_of_module
from pipeflow.hints.type_checking import Text, home_of
from pipeflow.hints.unions import union
from pipeflow.hints.unknown import UNKNOWN


@dataclass(frozen=True, eq=False)
class Later:
    """A name inside a recursive alias (``Json = list["Json"] | str``), resolved only when it is compared."""

    text: str
    scope: Scope

    def now(self) -> object:
        """One level of what it stands for."""
        return evaluate(self.text, self.scope.afresh())

    def __call__(self) -> None:
        """Only because ``typing`` of Python 3.10 refuses arguments that are not callable."""


def resolve(annotation: object, scope: Scope) -> object:
    """The annotation with its text, and the text nested in it, replaced by what it means."""
    if isinstance(annotation, str):
        return evaluate(annotation, scope)
    if isinstance(annotation, ForwardRef):
        return _resolve_reference(annotation, scope)
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if origin is None or is_in(origin, LITERAL) or not arguments:
        return annotation
    if is_in(origin, ANNOTATED):
        return resolve(arguments[0], scope)
    if not any(_has_text(argument) for argument in arguments):
        return annotation
    return rebuild(annotation, tuple(_resolve_argument(argument, scope) for argument in arguments))


def evaluate(text: str, scope: Scope) -> object:
    """What a piece of text means as an annotation, or UNKNOWN."""
    if text in scope.resolving:
        return Later(text, scope)
    tree = _parse(text)
    if isinstance(tree, ast.Name):
        return _named(tree.id, scope.inside(text))
    return UNKNOWN if tree is None else _value(tree, scope.inside(text))


def _resolve_argument(argument: object, scope: Scope) -> object:
    if isinstance(argument, list):
        return [_resolve_argument(part, scope) for part in cast("list[object]", argument)]
    return resolve(argument, scope)


def _has_text(argument: object) -> bool:
    if isinstance(argument, (str, ForwardRef)):
        return True
    if isinstance(argument, list):
        return any(_has_text(part) for part in cast("list[object]", argument))
    if is_in(origin_of(argument), LITERAL):
        return False
    return any(_has_text(part) for part in arguments_of(argument))


def _resolve_reference(reference: ForwardRef, scope: Scope) -> object:
    home = getattr(reference, "__forward_module__", None)
    name = home if isinstance(home, str) else getattr(home, "__name__", None)
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is not None:
        scope = replace(
            scope, layers=(vars(module), *scope.layers), module=name, identity=(scope.identity, name)
        )
    return evaluate(reference.__forward_arg__, scope)


@lru_cache(maxsize=8192)
def _parse(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, scope: Scope) -> object:
    if isinstance(node, ast.Name):
        return _named(node.id, scope)
    if isinstance(node, ast.Attribute):
        return _settled(_attribute(_value(node.value, scope), node.attr), scope)
    if isinstance(node, ast.Constant):
        return _constant(node.value, scope)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return union(_value(arm, scope) for arm in _arms_of_text(node))
    if isinstance(node, (ast.Tuple, ast.List)):
        parts = [_value(part, scope) for part in node.elts]
        return tuple(parts) if isinstance(node, ast.Tuple) else parts
    if isinstance(node, ast.Subscript):
        return _subscript(node, scope)
    if isinstance(node, ast.Starred):
        return subscribe(typing_extensions.Unpack, _value(node.value, scope))
    return UNKNOWN


def _arms_of_text(node: ast.expr) -> list[ast.expr]:
    """``A | B | C``, which is parsed as ``(A | B) | C``, as three."""
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _named(name: str, scope: Scope) -> object:
    """What a name means. An alias that has text inside is read in the module that it was imported from."""
    value = scope.find(name)
    if is_plain_class(value):
        return value
    if isinstance(value, Text):
        return evaluate(value.text, _at_home(scope, value.module))
    if isinstance(value, str):
        return evaluate(value, _at_home(scope, home_of(scope.module, name)))
    if any(_has_text(argument) for argument in arguments_of(value)):
        return resolve(value, _at_home(scope, home_of(scope.module, name)))
    return value


def _at_home(scope: Scope, module: str | None) -> Scope:
    """The scope of another module, in which what is being resolved is still being resolved."""
    if module is None or module == scope.module:
        return scope
    return replace(scope_of_module(module), resolving=scope.resolving)


def _settled(value: object, scope: Scope) -> object:
    """An attribute of a module may be an alias that has text inside, which is read where it is used."""
    return resolve(value, scope) if arguments_of(value) and not is_class(value) else value


def _attribute(owner: object, name: str) -> object:
    if owner is UNKNOWN:
        return UNKNOWN
    try:
        return cast("object", getattr(owner, name))
    except Exception:  # noqa: BLE001 - a lazy module may raise anything
        whole = getattr(owner, "__name__", None)
        return sys.modules.get(f"{whole}.{name}", UNKNOWN) if isinstance(whole, str) else UNKNOWN


def _constant(value: object, scope: Scope) -> object:
    if isinstance(value, str):
        return evaluate(value, scope)
    return value if value is None or value is ... else UNKNOWN


def _subscript(node: ast.Subscript, scope: Scope) -> object:
    base = _value(node.value, scope)
    if base is UNKNOWN:
        return UNKNOWN
    if is_in(base, LITERAL):
        return _literal(node.slice, scope)
    if is_in(base, ANNOTATED):
        first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        return _value(first, scope)
    if is_class(base) and hasattr(type(base), "__getitem__"):
        # Arrays with their axes written as text, ``Float[Array, "batch dim"]``: the text is theirs.
        return subscribe(base, _plain(node.slice, scope))
    if isinstance(node.slice, ast.Tuple):
        parts = tuple(_value(part, scope) for part in node.slice.elts)
        return subscribe(base, parts)
    return subscribe(base, _value(node.slice, scope))


def _plain(node: ast.expr, scope: Scope) -> object:
    if isinstance(node, ast.Tuple):
        return tuple(_plain(part, scope) for part in node.elts)
    if isinstance(node, ast.Constant):
        return node.value
    return _value(node, scope)


def _literal(node: ast.expr, scope: Scope) -> object:
    values: list[object] = []
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        if isinstance(part, ast.Attribute):
            values.append(_attribute(_value(part.value, scope), part.attr))
        elif isinstance(part, (ast.Subscript, ast.Name)):
            values.extend(arguments_of(_value(part, scope)))
        else:
            try:
                values.append(ast.literal_eval(part))
            except (ValueError, TypeError, SyntaxError):
                return UNKNOWN
    return UNKNOWN if UNKNOWN in values or not values else subscribe(typing.Literal, tuple(values))
