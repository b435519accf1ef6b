"""Annotations in a normal form: the dozen shapes that the relation knows.

``typing`` spells one type in many ways (``Optional[X]``, ``X | None``; ``List``, ``list``; aliases,
``Annotated``), and every Python version adds some. They are told apart in ``normal`` and nowhere else.
Arguments stay annotations: a recursive type has no finite normal form, so each level is made when it is
compared.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pipeflow.hints.unknown import UNKNOWN

Key = Hashable


@dataclass(frozen=True, eq=False)
class Shape:
    """Base of all shapes. ``written`` is the annotation it was made from, for messages."""

    written: object


@dataclass(frozen=True, eq=False)
class Anything(Shape):
    """Nothing is known, or Any was said."""

    why: str = "its type is not known"
    is_any: bool = False


@dataclass(frozen=True, eq=False)
class Nothing(Shape):
    """Never: there is no such value."""


@dataclass(frozen=True, eq=False)
class Instance(Shape):
    """An instance of a class; ``arguments`` is None when a generic class was written bare."""

    cls: type
    arguments: tuple[object, ...] | None = None


@dataclass(frozen=True, eq=False)
class Tuple(Shape):
    """A tuple: fixed parts in front, an item repeated any number of times (or None), fixed parts behind.

    ``cls`` is the class when it is a NamedTuple or another subclass of tuple.
    """

    front: tuple[object, ...]
    middle: object | None = None
    back: tuple[object, ...] = ()
    cls: type = tuple
    arguments: tuple[object, ...] | None = None


@dataclass(frozen=True, eq=False)
class UnionOf(Shape):
    """One of several."""

    arms: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Value(Shape):
    """``Literal[value]``, one value."""

    value: object


@dataclass(frozen=True, eq=False)
class LiteralText(Shape):
    """``LiteralString``."""


@dataclass(frozen=True, eq=False)
class ClassObject(Shape):
    """``type[X]``."""

    of: object


@dataclass(frozen=True, eq=False)
class Function(Shape):
    """``Callable[[...], X]``; ``parameters`` is None for ``...``."""

    parameters: tuple[object, ...] | None
    returns: object


@dataclass(frozen=True, eq=False)
class Record(Shape):
    """A TypedDict."""

    cls: type
    arguments: tuple[object, ...] | None = None


@dataclass(frozen=True, eq=False)
class Named(Shape):
    """A NewType."""

    name: Any
    supertype: object


@dataclass(frozen=True, eq=False)
class Variable(Shape):
    """A type variable of the consumer, to be solved."""

    variable: TypeVar
    unsolved: ClassVar[object] = UNKNOWN
