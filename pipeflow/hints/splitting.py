"""The parts of an item that is split: of a tuple, a NamedTuple or a list."""

from __future__ import annotations

import collections.abc as abc

import typing_extensions

from pipeflow.hints.bases import arguments_as
from pipeflow.hints.scopes import scope_of_class
from pipeflow.hints.text import resolve
from pipeflow.hints.unions import arms, union
from pipeflow.hints.unknown import UNKNOWN


def parts(annotation: object, n: int) -> tuple[object, ...] | None:
    """The types of the ``n`` parts of an item; None when they are unknown or there can't be ``n``."""
    try:
        each = [_parts_of_arm(arm, n) for arm in arms(annotation) if not _is_none(arm)]
    except Exception:  # noqa: BLE001 - an annotation may be any object
        return None
    known = [found for found in each if found is not None]
    if not known or len(known) != len(each):
        return None
    return tuple(union(found[i] for found in known) for i in range(n))


def arity(annotation: object) -> int | None:
    """How many parts an item has when its annotation fixes the number, else None."""
    try:
        counts = {_length(arm) for arm in arms(annotation) if not _is_none(arm)}
    except Exception:  # noqa: BLE001 - an annotation may be any object
        return None
    return counts.pop() if len(counts) == 1 else None


def part_at(annotation: object, position: int) -> object:
    """The type of one part, UNKNOWN when it is not known."""
    fixed = fields(annotation)
    if fixed is None:
        return UNKNOWN
    front, middle, back = fixed
    if position < len(front):
        return front[position]
    return UNKNOWN if middle is None or back else middle


def all_parts(annotation: object) -> object:
    """The union of all parts of a tuple: what iterating over it gives."""
    fixed = fields(annotation)
    if fixed is None:
        return UNKNOWN
    front, middle, back = fixed
    return union((*front, *(() if middle is None else (middle,)), *back))


def fields(annotation: object) -> tuple[tuple[object, ...], object | None, tuple[object, ...]] | None:
    """A tuple type as (fixed front, repeated middle or None, fixed back); None for anything else.

    ``tuple[int, str]`` is ((int, str), None, ()), ``tuple[int, ...]`` is ((), int, ()) and
    ``tuple[int, *tuple[str, ...], bool]`` is ((int,), str, (bool,)).
    """
    if annotation is tuple:
        return (), UNKNOWN, ()
    if isinstance(annotation, type) and issubclass(annotation, tuple):
        return _fields_of_class(annotation)
    if typing_extensions.get_origin(annotation) is not tuple:
        return None
    arguments = typing_extensions.get_args(annotation)
    if len(arguments) == 2 and arguments[1] is ...:
        return (), arguments[0], ()
    front: list[object] = []
    middle: object | None = None
    back: list[object] = []
    for argument in arguments:
        inner = _unpacked(argument)
        if inner is None:
            (front if middle is None else back).append(argument)
            continue
        spread = fields(inner) or ((), UNKNOWN, ())
        target = front if middle is None else back
        target.extend(spread[0])
        if spread[1] is not None:
            if middle is not None:
                return (), UNKNOWN, ()
            middle = spread[1]
            target = back
        target.extend(spread[2])
    return tuple(front), middle, tuple(back)


def _fields_of_class(cls: type) -> tuple[tuple[object, ...], object | None, tuple[object, ...]] | None:
    """A NamedTuple is the tuple of its fields; another subclass is what its bases say."""
    for base in cls.__mro__:
        names = vars(base).get("_fields")
        if isinstance(names, tuple):
            scope = scope_of_class(base)
            hints = vars(base).get("__annotations__", {}) or getattr(base, "__annotations__", {})
            return tuple(resolve(hints.get(name, UNKNOWN), scope) for name in names), None, ()
        for written in vars(base).get("__orig_bases__", ()):
            if typing_extensions.get_origin(written) is tuple:
                return fields(resolve(written, scope_of_class(base)))
    return (), UNKNOWN, ()


def _unpacked(argument: object) -> object | None:
    """The tuple behind ``*tuple[...]`` or ``Unpack[tuple[...]]``, else None."""
    if getattr(argument, "__unpacked__", False):
        return tuple[typing_extensions.get_args(argument)]  # type: ignore[misc]
    if typing_extensions.get_origin(argument) is typing_extensions.Unpack:
        return typing_extensions.get_args(argument)[0]
    return None


def _is_none(arm: object) -> bool:
    return arm is None or arm is type(None)


def _length(arm: object) -> int | None:
    fixed = fields(arm)
    return None if fixed is None or fixed[1] is not None else len(fixed[0])


def _parts_of_arm(arm: object, n: int) -> tuple[object, ...] | None:
    fixed = fields(arm)
    if fixed is not None:
        front, middle, back = fixed
        if middle is None:
            return front if len(front) == n else None
        missing = n - len(front) - len(back)
        return None if missing < 0 else (*front, *(middle,) * missing, *back)
    origin = typing_extensions.get_origin(arm) or arm
    if not isinstance(origin, type) or issubclass(origin, (str, bytes, bytearray)):
        return None
    items = arguments_as(origin, typing_extensions.get_args(arm) or None, abc.Sequence)
    return None if items is None else (items[0],) * n
