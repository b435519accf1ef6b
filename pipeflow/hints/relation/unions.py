"""Unions: all of the producer's arms must fit, each into some arm of the consumer."""

from __future__ import annotations

import enum
from typing import Literal

from pipeflow.hints.rebuilding import subscribe
from pipeflow.hints.relation.outcome import OK, Outcome, all_of, mismatch
from pipeflow.hints.relation.shapes import Instance, Named, Shape, UnionOf, Value, Variable
from pipeflow.hints.relation.variables import judge
from pipeflow.hints.relation.walk import Walk

_LARGEST_ENUM = 256


def from_union(walk: Walk, producer: UnionOf, consumer: Shape) -> Outcome:
    """Every arm of the producer must be taken."""
    return all_of(walk.relate(arm, consumer.written) for arm in producer.arms)


def to_union(walk: Walk, producer: Shape, consumer: UnionOf) -> Outcome:
    """One arm of the consumer must take the producer. A type variable among them takes what no other does."""
    shapes = [walk.shape(arm) for arm in consumer.arms]
    shapes.sort(key=lambda shape: isinstance(shape, Variable))
    best: Outcome | None = None
    for shape in shapes:
        snapshot, bindings = walk.snapshot(), walk.bindings
        outcome = walk.relate_shapes(producer, shape)
        if outcome.ok and walk.bindings != bindings:
            outcome = judge(walk)
        if outcome.ok:
            return OK
        walk.restore(snapshot)
        if best is None or outcome.rank < best.rank:
            best = outcome
    spread = _values_of(producer)
    if spread and any(isinstance(shape, Value) for shape in shapes):
        # bool is Literal[True, False], and an Enum all of its members.
        return all_of(to_union(walk, walk.shape(value), consumer) for value in spread)
    if best is None:
        return mismatch("{} is given where nothing can be taken", producer.written)
    return Outcome(best.rank, "{} fits no member of {}", (producer.written, consumer.written))


def _values_of(shape: Shape) -> tuple[object, ...]:
    if not isinstance(shape, Instance) or isinstance(shape, Named):
        return ()
    if shape.cls is bool:
        return (Literal[True], Literal[False])
    if type(shape.cls) is enum.EnumMeta and not issubclass(shape.cls, enum.Flag):
        members: list[object] = list(vars(shape.cls)["_member_map_"].values())
        if 0 < len(members) <= _LARGEST_ENUM:
            return tuple(subscribe(Literal, member) for member in members)
    return ()
