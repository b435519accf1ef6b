"""``assignable``: the relation from outside, which never raises and always ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pipeflow.hints.rebuilding import substitute, variables
from pipeflow.hints.relation.outcome import Outcome, all_of, unknown
from pipeflow.hints.relation.rules import compare
from pipeflow.hints.relation.variables import judge, solution
from pipeflow.hints.relation.walk import STEPS, TooLarge, Walk
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.verdict import Verdict


def assignable(producer: object, consumer: object, *, steps: int = STEPS) -> Verdict:
    """Whether what a producer gives may go where a consumer takes it.

    ``steps`` bounds the work; a pair that needs more is "unknown". Type variables of the consumer are
    solved, those of the producer are unknown.
    """
    try:
        return _assign((producer,), (consumer,), steps)[0].verdict()
    except Exception as error:  # noqa: BLE001 - any two objects may be passed
        return Verdict("unknown", False, f"the comparison failed: {type(error).__name__}")


def solve(
    consumers: Sequence[object], producers: Sequence[object], *, steps: int = STEPS
) -> dict[TypeVar, object]:
    """What the type variables of the consumer's annotations stand for, given the producers' types in order.

    A variable that is not determined is not in the result.
    """
    try:
        return _assign(tuple(producers), tuple(consumers), steps)[1]
    except Exception:  # noqa: BLE001 - see assignable
        return {}


def _assign(
    producers: tuple[object, ...], consumers: tuple[object, ...], steps: int
) -> tuple[Outcome, dict[TypeVar, object]]:
    walk = Walk(compare, steps)
    given = tuple(without_variables(producer) for producer in producers)
    try:
        outcome = all_of([walk.relate(p, c) for p, c in zip(given, consumers, strict=False)])
        outcome = all_of((outcome, judge(walk)))
        return outcome, solution(walk)
    except (TooLarge, RecursionError):
        return unknown("the types are too large to compare"), {}


def without_variables(producer: object) -> object:
    """A producer's own type variables could be anything; they must not be taken for the consumer's."""
    found = variables(producer)
    return substitute(producer, dict.fromkeys(found, UNKNOWN)) if found else producer
