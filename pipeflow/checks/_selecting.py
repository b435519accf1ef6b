"""What a Switch or a filter may let through: some of the types that reach it, and nobody says which."""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, cast

from pipeflow import hints
from pipeflow.checks._functors import functor_of, is_called
from pipeflow.hints.forms import GUARD, LITERAL, arguments_of, class_of, derives, is_in, origin_of
from pipeflow.hints.tuple_fields import fields
from pipeflow.hints.unions import arms
from pipeflow.pipes import Pipe

MOST = 64
"""Types in one place; more are not worth comparing and count as one that is unknown."""


def selects(pipe: Pipe) -> bool:
    """Whether a function decides which items go on, as they came: a Switch, a filter."""
    return pipe.passes_through and is_called(pipe)


def alternatives(annotation: object) -> tuple[object, ...]:
    """The types that items of an annotation may have, each alone: arms of a union, values, in tuples too."""
    found = tuple(itertools.islice(_each(annotation), MOST + 1))
    return found if len(found) <= MOST else (hints.UNKNOWN,)


def guarded_type(pipe: Pipe) -> tuple[object, ...]:
    """What the items are that it chooses, where its function says so: ``TypeGuard[str]``, ``TypeIs[str]``."""
    returns = functor_of(pipe).facts.returns
    return arguments_of(returns) if is_in(origin_of(returns), GUARD) else ()


def combined(choices: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    """One of each, in every way."""
    if math.prod(len(each) for each in choices) > MOST:
        return [(hints.UNKNOWN,) * len(choices)]
    return list(itertools.product(*choices))


def may_fit(among: Sequence[object], accepted: object) -> bool:
    """Whether what is chosen among these types may be what is accepted."""
    if len(among) > MOST:
        return True
    return any(_fits(each, accepted, alone=len(among) == 1) for each in among)


def _fits(annotation: object, accepted: object, *, alone: bool) -> bool:
    verdict = hints.assignable(annotation, accepted)
    if annotation is hints.Never or verdict.certain:
        return verdict.verdict == "ok" and annotation is not hints.Never
    if verdict.verdict == "unknown" or not alone:
        return True
    return hints.assignable(accepted, annotation).verdict == "ok"  # chosen may be those of a subclass


def _each(annotation: object) -> Iterator[object]:
    for arm in arms(annotation):
        values = _values(arm)
        if values is not None:
            yield from (Literal[value] for value in values)
        elif origin_of(arm) is tuple:
            yield from _tuples(arm)
        else:
            yield arm


def _values(arm: object) -> Sequence[Any] | None:
    if is_in(origin_of(arm), LITERAL):
        return arguments_of(arm)
    if arm is bool:
        return (True, False)
    cls = class_of(arm)
    if cls is not None and derives(cls, enum.Enum) and not derives(cls, enum.Flag):
        return list(cast("type[enum.Enum]", cls)) or None
    return None


def _tuples(arm: object) -> Iterator[object]:
    parts = fields(arm)
    if parts is None or parts[1] is not None:
        yield arm
        return
    for each in combined([alternatives(part) for part in parts[0]]):
        yield tuple[each] if each else arm  # type: ignore[valid-type]
