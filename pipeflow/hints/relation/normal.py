"""From an annotation to its shape."""

from __future__ import annotations

import collections.abc as abc
import enum
import inspect
import sys
import typing
from typing import Any, ForwardRef, TypeVar, cast

import typing_extensions

from pipeflow.hints.forms import arguments_of, origin_of
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.relation.shapes import (
    Anything,
    ClassObject,
    Function,
    Instance,
    LiteralText,
    Named,
    Nothing,
    Record,
    Shape,
    Tuple,
    UnionOf,
    Value,
    Variable,
)
from pipeflow.hints.scopes import Scope
from pipeflow.hints.text import Later
from pipeflow.hints.tuple_fields import fields
from pipeflow.hints.unions import arms
from pipeflow.hints.unknown import UNKNOWN

_ANY = (Any, typing_extensions.Any, UNKNOWN, inspect.Parameter.empty)
_NEVER = (typing.NoReturn, typing_extensions.Never)
_TRANSPARENT = tuple(
    getattr(module, name)
    for module in (typing, typing_extensions)
    for name in ("Annotated", "Required", "NotRequired", "ReadOnly", "Final", "ClassVar")
    if hasattr(module, name)
)
_GUARDS = tuple(
    getattr(module, name)
    for module in (typing, typing_extensions)
    for name in ("TypeGuard", "TypeIs")
    if hasattr(module, name)
)
_LITERAL_VALUES = (int, str, bytes, bool, type(None))
_SELF = typing_extensions.Self


def shape_of(annotation: object) -> Shape:
    """The shape of an annotation. Whatever is no annotation at all is Anything."""
    if any(annotation is each for each in _ANY):
        said = annotation is Any or annotation is typing_extensions.Any
        return Anything(annotation, "Any was said" if said else "its type is not known", said)
    if annotation is None or annotation is type(None):
        return Instance(None, type(None), ())
    if any(annotation is each for each in _NEVER):
        return Nothing(annotation)
    if isinstance(annotation, Later):
        return shape_of(annotation.now())
    if isinstance(annotation, TypeVar):
        return Variable(annotation, annotation)
    if annotation is typing_extensions.LiteralString or annotation is getattr(typing, "LiteralString", ()):
        return LiteralText(annotation)
    origin = origin_of(annotation)
    if origin is not None:
        return _generic(annotation, origin, arguments_of(annotation))
    if isinstance(annotation, type):
        return _class(annotation, None, annotation)
    return _special(annotation)


def _generic(annotation: object, origin: object, arguments: tuple[object, ...]) -> Shape:
    if origin in _TRANSPARENT:
        return shape_of(arguments[0]) if arguments else Anything(annotation)
    if origin in _GUARDS:
        return Instance(annotation, bool, ())
    flat = tuple(arms(annotation))
    if len(flat) != 1 or flat[0] is not annotation:
        return UnionOf(annotation, flat) if len(flat) > 1 else shape_of(flat[0])
    if origin in (typing.Literal, typing_extensions.Literal):
        return _literal(annotation, arguments)
    if type(origin).__name__ == "TypeAliasType":
        return _alias(annotation, origin, arguments)
    if origin is abc.Callable:
        return _callable(annotation, arguments)
    if isinstance(origin, type):
        return _class(origin, arguments or None, annotation)
    return Anything(annotation, "its type is of a sort that is not compared")


def _class(cls: type, arguments: tuple[object, ...] | None, written: object) -> Shape:
    if cls is type:
        return ClassObject(written, arguments[0] if arguments else Any)
    if cls is tuple and arguments is None and written is not tuple and written is not typing.Tuple:  # noqa: UP006
        return Tuple(written, ())  # tuple[()]
    if issubclass(cls, tuple):
        fixed = fields(written)
        if fixed is None:
            return Tuple(written, (), UNKNOWN, (), cls, arguments)
        return Tuple(written, fixed[0], fixed[1], fixed[2], cls, arguments)
    if typing_extensions.is_typeddict(cls):
        return Record(written, cls, arguments)
    if cls is abc.Callable:
        return Function(written, None, Any)
    return Instance(written, cls, arguments)


def _callable(annotation: object, arguments: tuple[object, ...]) -> Shape:
    if len(arguments) != 2:
        return Function(annotation, None, Any)
    parameters, returns = arguments
    if isinstance(parameters, list):
        return Function(annotation, tuple(cast("list[object]", parameters)), returns)
    return Function(annotation, None, returns)


def _literal(annotation: object, arguments: tuple[object, ...]) -> Shape:
    if any(not isinstance(value, (*_LITERAL_VALUES, enum.Enum)) for value in arguments):
        return Anything(annotation)
    if len(arguments) != 1:
        return UnionOf(annotation, tuple(typing.Literal[value] for value in arguments))  # type: ignore[valid-type]
    if arguments[0] is None:
        return Instance(None, type(None), ())
    return Value(annotation, arguments[0])


def _alias(annotation: object, alias: Any, arguments: tuple[object, ...]) -> Shape:
    """A ``type X = ...`` alias, expanded by one level."""
    value: object = alias.__value__
    names = tuple(alias.__type_params__)
    if names and arguments and len(names) == len(arguments):
        value = substitute(value, dict(zip(names, arguments, strict=True)))
    elif names:
        value = substitute(value, dict.fromkeys(names, UNKNOWN))
    return shape_of(value)


def _special(annotation: Any) -> Shape:
    if hasattr(type(annotation), "__supertype__") or type(annotation).__name__ == "NewType":
        return Named(annotation, annotation, annotation.__supertype__)
    if type(annotation).__name__ == "TypeAliasType":
        return _alias(annotation, annotation, ())
    if isinstance(annotation, ForwardRef):
        return _reference(annotation)
    if annotation is _SELF:
        return Anything(annotation)
    origin = getattr(annotation, "__origin__", None)
    if isinstance(origin, type):  # a bare typing.List
        return _class(origin, None, annotation)
    return Anything(annotation, "it is no type")


def _reference(reference: ForwardRef) -> Shape:
    """A name that was left unresolved, tried in the module it says it belongs to."""
    home: object = getattr(reference, "__forward_module__", None)
    name = home if isinstance(home, str) else getattr(home, "__name__", None)
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None:
        return Anything(reference)
    return shape_of(Later(reference.__forward_arg__, Scope((vars(module),), name, identity=name)))
