"""One comparison from start to end, and the memo of those that are done."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

from pipeflow.hints.rebuilding import substitute, variables
from pipeflow.hints.relation.keys import key_of
from pipeflow.hints.relation.outcome import Outcome, all_of, unknown
from pipeflow.hints.relation.rules import compare
from pipeflow.hints.relation.variables import judge, solution
from pipeflow.hints.relation.walk import TooLarge, Walk
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.verdict import Verdict

_LARGEST_MEMO = 2048
# The annotations are kept beside the verdict: their keys hold ids, which are good as long as they live.
_memo: dict[Hashable, tuple[object, object, Verdict]] = {}


def compared(producer: object, consumer: object, steps: int) -> Verdict:
    """The verdict on a pair. Decided ones are remembered; what is unknown may become known by an import."""
    key = (key_of(producer), key_of(consumer), steps)
    known = _memo.get(key)
    if known is not None:
        return known[2]
    verdict = _assign((producer,), (consumer,), steps)[0].verdict()
    if verdict.verdict != "unknown":
        if len(_memo) >= _LARGEST_MEMO:
            _memo.clear()
        _memo[key] = (producer, consumer, verdict)
    return verdict


def solved(consumers: tuple[object, ...], producers: tuple[object, ...], steps: int) -> dict[TypeVar, object]:
    """What the type variables of the consumers stand for."""
    return _assign(producers, consumers, steps)[1]


def _assign(
    producers: tuple[object, ...], consumers: tuple[object, ...], steps: int
) -> tuple[Outcome, dict[TypeVar, object]]:
    walk = Walk(compare, steps)
    given = tuple(without_variables(producer) for producer in producers)
    try:
        outcome = all_of([walk.relate(p, c) for p, c in zip(given, consumers, strict=False)])
        if not walk.bounds:
            return outcome, {}
        outcome = all_of((outcome, judge(walk)))
        return outcome, solution(walk)
    except (TooLarge, RecursionError):
        return unknown("the types are too large to compare"), {}


def without_variables(producer: object) -> object:
    """A producer's own type variables could be anything; they must not be taken for the consumer's."""
    found = variables(producer)
    return substitute(producer, dict.fromkeys(found, UNKNOWN)) if found else producer
