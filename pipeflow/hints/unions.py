"""Making unions, and taking ``None`` out of them."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import cast

import typing_extensions

from pipeflow.hints.forms import arguments_of, is_class, is_plain_class, origin_of
from pipeflow.hints.unknown import UNKNOWN

Never: object = typing_extensions.Never
_NOTHING = (typing.NoReturn, typing_extensions.Never, getattr(typing, "Never", typing.NoReturn))


def union(annotations: Iterable[object]) -> object:
    """One annotation for "any of these". Never adds nothing; no annotation at all gives Never.

    An UNKNOWN among them stays a member of its own: it must not hide that the others are known.
    """
    members: list[object] = []
    seen: set[int] = set()
    others: list[object] = []  # members that are no plain classes, which must be compared one by one
    for annotation in annotations:
        for arm in arms(annotation):
            if id(arm) in seen or (not is_plain_class(arm) and any(_same(arm, other) for other in others)):
                continue
            seen.add(id(arm))
            members.append(arm)
            if not is_plain_class(arm):
                others.append(arm)
    if not members:
        return Never
    if len(members) == 1:
        return members[0]
    try:
        return cast("object", typing.Union[tuple(members)])  # noqa: UP007 - made from a list
    except Exception:  # noqa: BLE001 - one member that typing refuses blanks only itself
        return cast("object", typing.Union[tuple(_accepted_or_unknown(member) for member in members)])  # noqa: UP007


def strip_none(annotation: object) -> object:
    """The annotation without ``None``; Never when nothing else is left."""
    kept = [arm for arm in arms(annotation) if arm is not None and arm is not NoneType]
    if is_class(annotation) and kept:
        return annotation
    return union(kept)


def admits_none(annotation: object) -> bool | None:
    """Whether ``None`` is among what the annotation allows; None when that is not known."""
    found = list(arms(annotation))
    if any(arm is None or arm is NoneType for arm in found):
        return True
    if any(
        arm is UNKNOWN or arm is typing.Any or arm is typing_extensions.Any or arm is object for arm in found
    ):
        return None
    return False


def arms(annotation: object) -> Iterator[object]:
    """The members of a union, nested and annotated ones flattened; the annotation itself when it is none."""
    if any(annotation is nothing for nothing in _NOTHING):
        return
    origin = origin_of(annotation)
    if origin is typing.Union or origin is UnionType:
        for argument in arguments_of(annotation):
            yield from arms(argument)
    elif origin is typing.Annotated:
        yield from arms(arguments_of(annotation)[0])
    else:
        yield annotation


def _same(left: object, right: object) -> bool:
    try:
        return type(left) is type(right) and bool(left == right)
    except Exception:  # noqa: BLE001 - an annotation may be any object, with any __eq__
        return False


def _accepted_or_unknown(member: object) -> object:
    try:
        typing.Union[member, UNKNOWN]  # noqa: UP007
    except Exception:  # noqa: BLE001 - see union
        return UNKNOWN
    return member
