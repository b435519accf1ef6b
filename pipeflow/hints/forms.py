"""The special forms of ``typing`` and ``typing_extensions``: in some versions one object, in others two."""

from __future__ import annotations

import collections.abc
import inspect
import typing
from abc import ABCMeta
from types import NoneType, UnionType
from typing import Any, TypeGuard

import typing_extensions


def _both(*names: str) -> tuple[object, ...]:
    modules = (typing, typing_extensions)
    return tuple(getattr(module, name) for module in modules for name in names if hasattr(module, name))


ANY = (*_both("Any"), inspect.Parameter.empty)
NEVER = _both("Never", "NoReturn")
UNION = (typing.Union, UnionType)
LITERAL = _both("Literal")
ANNOTATED = _both("Annotated")
TRANSPARENT = _both("Annotated", "Required", "NotRequired", "ReadOnly", "Final", "ClassVar")
GUARD = _both("TypeGuard", "TypeIs")
SELF = _both("Self")
UNPACK = _both("Unpack")
LITERAL_TEXT = _both("LiteralString")
NOT_BASES = _both("Generic", "Protocol")
CALLABLE: object = collections.abc.Callable
TYPING_CALLABLE: object = typing.Callable

_get_origin: Any = typing_extensions.get_origin
_get_args: Any = typing_extensions.get_args


def is_in(value: object, forms: tuple[object, ...]) -> bool:
    """Whether it is one of these very objects. ``in`` would call ``__eq__``, which may be anybody's."""
    return any(value is form for form in forms)


def origin_of(annotation: object) -> object | None:
    """``list`` of ``list[int]``; None of what has no arguments."""
    kind = type(annotation)
    if kind is type or kind is ABCMeta or kind is str:
        return None
    origin: object | None = _get_origin(annotation)
    return origin


def arguments_of(annotation: object) -> tuple[object, ...]:
    """``(int,)`` of ``list[int]``; the parameters of a Callable are one list."""
    kind = type(annotation)
    if kind is type or kind is ABCMeta or kind is str:
        return ()
    arguments: tuple[object, ...] = _get_args(annotation)
    return arguments


def class_of(annotation: object) -> type | None:
    """The class that an annotation is an instance of: itself, or its origin."""
    origin = origin_of(annotation)
    origin = annotation if origin is None else origin
    return origin if is_class(origin) else None


def is_variadic(parameter: object) -> bool:
    """Whether it is a TypeVarTuple."""
    return type(parameter).__name__ == "TypeVarTuple"


def is_variable(leaf: object) -> bool:
    """Whether it is something that a substitution may replace."""
    return type(leaf).__name__ in ("TypeVar", "TypeVarTuple", "ParamSpec") or is_in(leaf, SELF)


def is_none(annotation: object) -> bool:
    """Whether it is ``None`` as an annotation."""
    return annotation is None or annotation is NoneType


def is_class(value: object) -> TypeGuard[type[object]]:
    """Like ``isinstance(value, type)``, but nobody's ``__class__`` is asked."""
    return issubclass(type(value), type)


def is_plain_class(annotation: object) -> bool:
    """Whether it is a class and no generic with arguments (which in 3.10 claims to be a class)."""
    return issubclass(type(annotation), type)


def derives(cls: type, base: type) -> bool:
    """Whether it is a subclass by its bases alone; no ``__subclasscheck__`` is run."""
    return any(each is base for each in cls.__mro__)
