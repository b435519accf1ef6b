"""Tuples: part by part, with one repeated item allowed on either side."""

from __future__ import annotations

import collections.abc as abc
from collections.abc import Iterator

from pipeflow.hints.forms import ANY, is_in
from pipeflow.hints.relation.classes import instance_to_instance
from pipeflow.hints.relation.outcome import Outcome, all_of, letter, mismatch, unknown
from pipeflow.hints.relation.shapes import Instance, Shape, Tuple
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.unions import union
from pipeflow.hints.unknown import UNKNOWN

_WIDER = (
    object,
    abc.Sequence,
    abc.Collection,
    abc.Iterable,
    abc.Container,
    abc.Reversible,
    abc.Sized,
    abc.Hashable,
)


def tuple_to_tuple(walk: Walk, producer: Tuple, consumer: Tuple) -> Outcome:
    """Each part into its part. The class counts first: a NamedTuple wants itself."""
    if consumer.cls is not tuple:
        given = Instance(producer.written, producer.cls, producer.arguments)
        taken = Instance(consumer.written, consumer.cls, consumer.arguments)
        if issubclass(producer.cls, consumer.cls):
            return instance_to_instance(walk, given, taken)
        return mismatch("{} is not a {}", producer.written, consumer.written)
    if consumer.middle is None and producer.middle is None and len(producer.front) != len(consumer.front):
        return mismatch(
            "{} has " + _count(len(producer.front)) + ", {} takes " + _count(len(consumer.front)),
            producer.written,
            consumer.written,
        )
    pairs = _aligned(producer, consumer)
    if pairs is None:
        if is_in(producer.middle, (UNKNOWN, *ANY)):
            return unknown("the parts of {} are not known", producer.written)
        return letter("{} need not have the length of {}", producer.written, consumer.written)
    return all_of(walk.relate(given, taken) for given, taken in pairs)


def from_tuple(walk: Walk, producer: Tuple, consumer: Shape) -> Outcome:
    """A tuple as a sequence of all its parts (or as what its own class inherits from besides)."""
    if producer.cls is not tuple:
        view = Instance(producer.written, producer.cls, producer.arguments)
        return walk.relate_shapes(walk.seen_as(producer, view), consumer)
    middle = () if producer.middle is None else (producer.middle,)
    item = union((*producer.front, *middle, *producer.back))
    return walk.relate_shapes(walk.seen_as(producer, Instance(producer.written, tuple, (item,))), consumer)


def to_tuple(producer: Shape, consumer: Tuple) -> Outcome:
    """Nothing else is a tuple; a base of tuple is declared too wide."""
    if isinstance(producer, Instance) and producer.cls in _WIDER:
        return letter("{} need not be a {}", producer.written, consumer.written)
    return mismatch("{} is not a {}", producer.written, consumer.written)


def _aligned(producer: Tuple, consumer: Tuple) -> list[tuple[object, object]] | None:
    """Which part of the producer meets which part of the consumer; None when the lengths may differ."""
    if producer.middle is None:
        given = producer.front
        missing = len(given) - len(consumer.front) - len(consumer.back)
        if missing < 0 or (missing and consumer.middle is None):
            return None
        taken = (*consumer.front, *(consumer.middle,) * missing, *consumer.back)
        return list(zip(given, taken, strict=True))
    if consumer.middle is None or len(producer.front) < len(consumer.front):
        return None
    if len(producer.back) < len(consumer.back):
        return None
    return list(_open_pairs(producer, consumer, producer.middle, consumer.middle))


def _open_pairs(
    producer: Tuple, consumer: Tuple, given: object, taken: object
) -> Iterator[tuple[object, object]]:
    cut = len(consumer.front)
    yield from zip(producer.front, (*consumer.front, *(taken,) * (len(producer.front) - cut)), strict=True)
    yield given, taken
    extra = len(producer.back) - len(consumer.back)
    yield from zip(producer.back, (*(taken,) * extra, *consumer.back), strict=True)


def _count(n: int) -> str:
    return f"{n} part" if n == 1 else f"{n} parts"
