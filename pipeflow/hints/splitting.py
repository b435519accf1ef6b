"""The parts of an item that is split: of a tuple, a NamedTuple or a list."""

from __future__ import annotations

import collections.abc as abc

from pipeflow.hints.bases import arguments_as
from pipeflow.hints.forms import arguments_of, class_of, derives, is_none
from pipeflow.hints.tuple_fields import fields
from pipeflow.hints.unions import arms, union


def parts(annotation: object, n: int) -> tuple[object, ...] | None:
    """The types of the ``n`` parts of an item; None when they are unknown or there can't be ``n``."""
    try:
        each = [_parts_of_arm(arm, n) for arm in arms(annotation) if not is_none(arm)]
    except Exception:  # noqa: BLE001 - an annotation may be any object
        return None
    known = [found for found in each if found is not None]
    if not known or len(known) != len(each):
        return None
    return tuple(union(found[i] for found in known) for i in range(n))


def arity(annotation: object) -> int | None:
    """How many parts an item has when its annotation fixes the number, else None."""
    try:
        counts = {_length(arm) for arm in arms(annotation) if not is_none(arm)}
    except Exception:  # noqa: BLE001 - an annotation may be any object
        return None
    return counts.pop() if len(counts) == 1 else None


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
    origin = class_of(arm)
    if origin is None or any(derives(origin, text) for text in (str, bytes, bytearray)):
        return None
    items = arguments_as(origin, arguments_of(arm) or None, abc.Sequence)
    return None if items is None else (items[0],) * n
