"""``assignable`` and ``solve``: the relation from outside, which never raises and always ends.

The relation is imported when it is first asked: a program that only describes a pipeline does not pay for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pipeflow.hints.verdict import Verdict

STEPS = 20_000  # enough for any annotation that a person writes; about 0.2 s


def assignable(producer: object, consumer: object, *, steps: int = STEPS) -> Verdict:
    """Whether what a producer gives may go where a consumer takes it.

    ``steps`` bounds the work; a pair that needs more is "unknown". Type variables of the consumer are
    solved, those of the producer are unknown.
    """
    from pipeflow.hints.relation.assign import compared

    try:
        return compared(producer, consumer, steps)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - any two objects may be passed
        return Verdict("unknown", False, f"the comparison failed: {type(error).__name__}")


def solve(
    consumers: Sequence[object], producers: Sequence[object], *, steps: int = STEPS
) -> dict[TypeVar, object]:
    """What the type variables of the consumer's annotations stand for, given the producers' types in order.

    A variable that is not determined is not in the result.
    """
    from pipeflow.hints.relation.assign import solved

    try:
        return solved(tuple(consumers), tuple(producers), steps)
    except (Exception, SystemExit):  # noqa: BLE001 - see assignable
        return {}
