"""From an annotation to its shape."""

from __future__ import annotations

import enum
import typing
from typing import Any, ForwardRef, TypeVar, cast

import typing_extensions

from pipeflow.hints.aliases import expanded, is_alias
from pipeflow.hints.forms import (
    ANY,
    CALLABLE,
    GUARD,
    LITERAL,
    LITERAL_TEXT,
    NEVER,
    TRANSPARENT,
    UNPACK,
    arguments_of,
    derives,
    is_class,
    is_in,
    is_none,
    origin_of,
)
from pipeflow.hints.rebuilding import subscribe
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
from pipeflow.hints.scopes import scope_of_module
from pipeflow.hints.text import Later
from pipeflow.hints.tuple_fields import fields
from pipeflow.hints.unions import arms
from pipeflow.hints.unknown import UNKNOWN

_LITERAL_VALUES = (int, str, bytes, bool, type(None), enum.Enum)


def shape_of(annotation: object) -> Shape:
    """The shape of an annotation. Whatever is no annotation at all is Anything."""
    if is_class(annotation) and origin_of(annotation) is None:
        return _plain_class(annotation)
    if is_none(annotation):
        return Instance(None, type(None), ())
    if isinstance(annotation, Later):
        return shape_of(annotation.now())
    if isinstance(annotation, TypeVar):
        return Variable(annotation, annotation)
    origin = origin_of(annotation)
    if origin is not None:
        return _generic(annotation, origin, arguments_of(annotation))
    return _special(annotation)


def _plain_class(cls: type) -> Shape:
    if is_in(cls, ANY):  # Any is a class since 3.11
        return Anything(cls, "Any was said", is_any=True)
    return Anything(cls) if cls is UNKNOWN else _class(cls, None, cls)


def _generic(annotation: object, origin: object, arguments: tuple[object, ...]) -> Shape:
    if is_in(origin, TRANSPARENT) or is_in(origin, UNPACK):
        return shape_of(arguments[0]) if arguments else Anything(annotation)
    if is_in(origin, GUARD):
        return Instance(annotation, bool, ())
    if is_alias(annotation):
        return shape_of(expanded(annotation))
    flat = tuple(arms(annotation))
    if len(flat) != 1 or flat[0] is not annotation:
        return UnionOf(annotation, flat) if len(flat) > 1 else shape_of(flat[0] if flat else NEVER[0])
    if is_in(origin, LITERAL):
        return _literal(annotation, arguments)
    if origin is CALLABLE:
        return _callable(annotation, arguments)
    if is_class(origin):
        return _class(origin, arguments or None, annotation)
    return Anything(annotation, "its type is of a sort that is not compared")


def _class(cls: type, arguments: tuple[object, ...] | None, written: object) -> Shape:
    if cls is type:
        return ClassObject(written, arguments[0] if arguments else Any)
    if derives(cls, tuple):
        return _tuple(cls, arguments, written)
    if typing_extensions.is_typeddict(cls):
        return Record(written, cls, arguments)
    if is_in(cls, (CALLABLE,)):
        return Function(written, None, Any)
    return Instance(written, cls, arguments)


def _tuple(cls: type[tuple[Any, ...]], arguments: tuple[object, ...] | None, written: object) -> Shape:
    bare: tuple[object, ...] = (tuple, typing.Tuple)  # noqa: UP006 - the other spelling
    if cls is tuple and arguments is None and not is_in(written, bare):
        return Tuple(written, ())  # tuple[()]
    fixed = fields(cls if arguments is None else written)
    if fixed is None:
        return Tuple(written, (), Any, (), cls, arguments)
    return Tuple(written, fixed[0], fixed[1], fixed[2], cls, arguments)


def _callable(annotation: object, arguments: tuple[object, ...]) -> Shape:
    if len(arguments) != 2:
        return Function(annotation, None, Any)
    parameters, returns = arguments
    if isinstance(parameters, list):
        return Function(annotation, tuple(cast("list[object]", parameters)), returns)
    return Function(annotation, None, returns)


def _literal(annotation: object, arguments: tuple[object, ...]) -> Shape:
    if any(not isinstance(value, _LITERAL_VALUES) for value in arguments):
        return Anything(annotation)
    if len(arguments) != 1:
        return UnionOf(annotation, tuple(subscribe(LITERAL[0], value) for value in arguments))
    if arguments[0] is None:
        return Instance(None, type(None), ())
    return Value(annotation, arguments[0])


def _special(annotation: Any) -> Shape:
    if is_in(annotation, ANY):
        return Anything(annotation, "Any was said", is_any=True)
    if is_in(annotation, NEVER):
        return Nothing(annotation)
    if is_in(annotation, LITERAL_TEXT):
        return LiteralText(annotation)
    kind = type(annotation).__name__
    if kind == "NewType":
        return Named(annotation, annotation, annotation.__supertype__)
    if is_alias(annotation):
        return shape_of(expanded(annotation))
    if isinstance(annotation, ForwardRef):
        return _reference(annotation)
    origin = getattr(annotation, "__origin__", None) if type(annotation).__module__ == "typing" else None
    if is_class(origin):  # a bare typing.List
        return _class(origin, None, annotation)
    return Anything(annotation, "it is no type")


def _reference(reference: ForwardRef) -> Shape:
    """A name that was left unresolved, tried in the module it says it belongs to."""
    home: object = getattr(reference, "__forward_module__", None)
    name = home if isinstance(home, str) else getattr(home, "__name__", None)
    if not isinstance(name, str):
        return Anything(reference)
    return shape_of(Later(reference.__forward_arg__, scope_of_module(name)))
