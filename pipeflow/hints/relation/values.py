"""Literal values."""

from __future__ import annotations

import enum

from pipeflow.hints.relation.outcome import OK, Outcome, letter, mismatch
from pipeflow.hints.relation.shapes import Instance, LiteralText, Shape, Value
from pipeflow.hints.relation.walk import Walk


def from_value(walk: Walk, producer: Value | LiteralText, consumer: Shape) -> Outcome:
    """A value goes where its class goes."""
    cls = str if isinstance(producer, LiteralText) else type(producer.value)
    return walk.relate_shapes(walk.shape(cls), consumer)


def to_value(walk: Walk, producer: Shape, consumer: Value) -> Outcome:
    """Only the same value (``Literal[1]`` and ``Literal[True]`` are two) or, by the letter not, its class."""
    if isinstance(producer, Value):
        same = type(producer.value) is type(consumer.value) and producer.value == consumer.value
        return OK if same else mismatch("{} is never {}", producer.written, consumer.written)
    single = _only_member(producer)
    if single is not None and single is consumer.value:
        return OK
    if isinstance(producer, LiteralText):
        producer = walk.shape(str)
    if walk.relate_shapes(producer, walk.shape(type(consumer.value))).ok:
        return letter("not every {} is {}", producer.written, consumer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def to_literal_text(walk: Walk, producer: Shape, consumer: LiteralText) -> Outcome:
    """A string of the program's own text: any literal string, or by the letter not, any string."""
    if isinstance(producer, LiteralText) or (isinstance(producer, Value) and isinstance(producer.value, str)):
        return OK
    if walk.relate_shapes(producer, walk.shape(str)).ok:
        return letter("{} need not be a literal string", producer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def _only_member(shape: Shape) -> object:
    """The one member of an Enum that has no other."""
    if isinstance(shape, Instance) and type(shape.cls) is enum.EnumMeta:
        members: list[object] = list(shape.cls.__members__.values())
        if len(members) == 1:
            return members[0]
    return None
