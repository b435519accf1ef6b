"""The same annotation with other arguments."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from types import GenericAlias
from typing import TypeVar, cast

from pipeflow.hints.forms import (
    ANNOTATED,
    CALLABLE,
    LITERAL,
    TYPING_CALLABLE,
    UNION,
    UNPACK,
    arguments_of,
    is_class,
    is_in,
    is_variable,
    origin_of,
)
from pipeflow.hints.unions import union
from pipeflow.hints.unknown import UNKNOWN

_DEEPEST = 40  # levels of nesting; deeper annotations are made by a mistake


def subscribe(base: object, arguments: object) -> object:
    """``base[arguments]``, also of what can't be subscripted when it runs (``zip``, ``pandas.Series``)."""
    try:
        return cast("object", base[arguments])  # type: ignore[index]
    except Exception:  # noqa: BLE001 - a class may refuse its parameters with any exception
        if not is_class(base):
            return UNKNOWN
    return GenericAlias(base, arguments if isinstance(arguments, tuple) else (arguments,))


def rebuild(annotation: object, arguments: tuple[object, ...]) -> object:
    """The same generic with other arguments; the bare class when it won't have them."""
    origin = origin_of(annotation)
    if is_in(origin, UNION):
        return union(arguments)
    if origin is CALLABLE:
        first = arguments[0]
        if origin_of(first) is CALLABLE:  # what a ParamSpec stands for
            first = arguments_of(first)[0]
        spelling = CALLABLE if type(annotation).__module__ == "collections.abc" else TYPING_CALLABLE
        return subscribe(spelling, (first, arguments[-1]))
    if is_in(origin, UNPACK) and is_in(origin_of(arguments[0]), UNPACK):
        return arguments[0]
    copy_with = getattr(annotation, "copy_with", None)
    if copy_with is not None:
        try:
            return cast("object", copy_with(arguments))
        except Exception:  # noqa: BLE001 - see subscribe
            return origin
    return subscribe(origin, arguments if len(arguments) != 1 else arguments[0])


def each_argument(annotation: object, change: Callable[[object], object], depth: int = 0) -> object:
    """The annotation with ``change`` done to every leaf in it (a leaf has no arguments of its own)."""
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if isinstance(annotation, list):
        return [each_argument(part, change, depth + 1) for part in cast("list[object]", annotation)]
    if origin is None or not arguments or depth > _DEEPEST or is_in(origin, LITERAL):
        return change(annotation)
    if is_in(origin, ANNOTATED):
        return each_argument(arguments[0], change, depth + 1)
    changed = tuple(each_argument(part, change, depth + 1) for part in arguments)
    if all(new is old for new, old in zip(changed, arguments, strict=True)):
        return annotation
    return rebuild(annotation, changed)


def substitute(annotation: object, mapping: Mapping[typing.Any, object]) -> object:
    """The annotation with each type variable replaced by what the mapping says, others left as they are."""
    if not mapping:
        return annotation

    def change(leaf: object) -> object:
        return mapping.get(leaf, leaf) if is_variable(leaf) else leaf

    return each_argument(annotation, change)


def variables(annotation: object) -> tuple[TypeVar, ...]:
    """The type variables of an annotation, in the order in which they appear."""
    found: list[TypeVar] = []
    for leaf in leaves(annotation):
        if isinstance(leaf, TypeVar) and leaf not in found:
            found.append(leaf)
    return tuple(found)


def leaves(annotation: object, depth: int = 0) -> Iterator[object]:
    """What is left of an annotation when all its brackets are taken off."""
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if isinstance(annotation, list):
        arguments = tuple(cast("list[object]", annotation))
    if not arguments or depth > _DEEPEST or is_in(origin, LITERAL):
        yield annotation
        return
    for argument in arguments[:1] if is_in(origin, ANNOTATED) else arguments:
        yield from leaves(argument, depth + 1)
