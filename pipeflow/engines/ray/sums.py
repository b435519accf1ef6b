"""Adding up and taking apart what workers say about their work."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, cast

from pipeflow.runtime.messages import Summary


def plus(one: Summary, other: Summary) -> Summary:
    """The numbers of both."""
    return _each(one, other, 1)


def less(now: Summary, before: Summary) -> Summary:
    """What has been done between two summaries of one worker."""
    return _each(now, before, -1)


_NAMES: Final = tuple(field.name for field in fields(Summary))


def _each(one: Summary, other: Summary, sign: int) -> Summary:
    mine, theirs = vars(one), vars(other)
    return Summary(*[_combined(mine[name], theirs[name], sign) for name in _NAMES])


def _combined(one: Any, other: Any, sign: int) -> Any:
    if not other:  # most numbers, most of the time
        return one
    if isinstance(one, tuple):
        mine, theirs = cast("tuple[Summary, ...]", one), cast("tuple[Summary, ...]", other)
        longer = max(len(mine), len(theirs))
        pad = (Summary(),) * longer
        both = zip((*mine, *pad)[:longer], (*theirs, *pad)[:longer], strict=True)
        return tuple(_each(a, b, sign) for a, b in both)
    if not isinstance(one, dict):
        return one + sign * other
    here, there = cast("dict[Any, int]", one), cast("dict[Any, int]", other)
    return {key: here.get(key, 0) + sign * there.get(key, 0) for key in {**here, **there}}
