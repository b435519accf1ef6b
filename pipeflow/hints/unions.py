"""Making unions, and taking ``None`` out of them."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from typing import cast

import typing_extensions

from pipeflow.hints.forms import (
    ANY,
    NEVER,
    TRANSPARENT,
    UNION,
    arguments_of,
    is_in,
    is_none,
    is_plain_class,
    origin_of,
)
from pipeflow.hints.unknown import UNKNOWN

Never: object = typing_extensions.Never
_DEEPEST = 50  # aliases of unions of aliases; more is a circle


def union(annotations: Iterable[object]) -> object:
    """One annotation for "any of these". Never adds nothing; no annotation at all gives Never.

    An UNKNOWN among them stays a member of its own: it must not hide that the others are known.
    """
    members: list[object] = []
    seen: set[int] = set()
    others: list[object] = []  # members that are no plain classes, which must be compared one by one
    for annotation in annotations:
        for arm in arms(annotation):
            if id(arm) in seen or (not is_plain_class(arm) and any(same(arm, other) for other in others)):
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
    every = list(arms(annotation))
    kept = [arm for arm in every if not is_none(arm)]
    return annotation if every and len(kept) == len(every) else union(kept)


def admits_none(annotation: object) -> bool | None:
    """Whether ``None`` is among what the annotation allows; None when that is not known."""
    found = list(arms(annotation))
    if any(is_none(arm) for arm in found):
        return True
    return None if any(arm is object or is_in(arm, (*ANY, UNKNOWN)) for arm in found) else False


def arms(annotation: object, depth: int = 0) -> Iterator[object]:
    """The members of a union, nested ones and aliases taken apart; else the annotation itself."""
    if is_plain_class(annotation):
        yield annotation
        return
    if is_in(annotation, NEVER):
        return
    origin = origin_of(annotation)
    if is_in(origin, UNION):
        for argument in arguments_of(annotation):
            yield from arms(argument, depth + 1)
    elif is_in(origin, TRANSPARENT):
        yield from arms(arguments_of(annotation)[0], depth + 1)
    elif "TypeAliasType" in (type(annotation).__name__, type(origin).__name__):
        yield from _arms_of_alias(annotation, depth)
    else:
        yield annotation


def _arms_of_alias(alias: object, depth: int) -> Iterator[object]:
    from pipeflow.hints.aliases import expanded  # which is made of this

    if depth > _DEEPEST:
        yield UNKNOWN
    else:
        yield from arms(expanded(alias), depth + 1)


def same(left: object, right: object) -> bool:
    """Whether two annotations say the same in the same way."""
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
