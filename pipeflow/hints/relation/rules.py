"""The relation: which rule compares which shapes. The rules themselves are in the files beside this one."""

from __future__ import annotations

from pipeflow.hints.relation.calls import to_function
from pipeflow.hints.relation.classes import (
    from_class_object,
    from_function,
    instance_to_instance,
    to_class_object,
)
from pipeflow.hints.relation.open_classes import stands_for_anything
from pipeflow.hints.relation.outcome import OK, Outcome, letter, mismatch, unknown
from pipeflow.hints.relation.records import from_record, record_to_record, to_record
from pipeflow.hints.relation.shapes import (
    Anything,
    ClassObject,
    Function,
    Instance,
    LiteralText,
    Named,
    Nothing,
    Record,
    Shape,
    Tuple,
    UnionOf,
    Value,
    Variable,
)
from pipeflow.hints.relation.tuples import from_tuple, to_tuple, tuple_to_tuple
from pipeflow.hints.relation.unions import from_union, to_union
from pipeflow.hints.relation.values import from_value, to_literal_text, to_value
from pipeflow.hints.relation.variables import from_variable, to_variable
from pipeflow.hints.relation.walk import Walk


def compare(walk: Walk, producer: Shape, consumer: Shape) -> Outcome:
    """Whether ``producer`` may go where ``consumer`` is taken."""
    if isinstance(consumer, Variable):
        return to_variable(walk, producer, consumer)
    early = _unknown_or_trivial(walk, producer, consumer)
    if early is not None:
        return early
    if isinstance(producer, Variable):
        return from_variable(walk, producer, consumer)
    if isinstance(producer, UnionOf):
        return from_union(walk, producer, consumer)
    if isinstance(consumer, UnionOf):
        return to_union(walk, producer, consumer)
    if isinstance(consumer, Named):
        return _to_named(walk, producer, consumer)
    if isinstance(producer, Named):
        return walk.relate(producer.supertype, consumer.written)
    if isinstance(producer, Instance) and stands_for_anything(producer.cls):
        if not isinstance(consumer, Instance) or consumer.cls not in producer.cls.__mro__:
            return unknown("{} may stand for anything", producer.written)
    return _plain(walk, producer, consumer)


def _unknown_or_trivial(walk: Walk, producer: Shape, consumer: Shape) -> Outcome | None:
    if isinstance(consumer, Instance) and consumer.cls is object:
        return OK
    if isinstance(producer, Nothing):
        return OK
    if isinstance(consumer, Anything):
        if consumer.is_any and walk.is_inside:
            return OK  # list[Any] takes any list; Any by itself says nothing about what it takes
        return unknown("what the consumer takes is not known: " + consumer.why)
    if isinstance(producer, Anything):
        if producer.is_any and walk.is_inside and walk.is_flipped:
            return OK  # it is the consumer that says Any
        return unknown("what the producer gives is not known: " + producer.why)
    if isinstance(consumer, Nothing) and not isinstance(producer, Variable):
        return mismatch("{} is given where nothing can be taken", producer.written)
    return None


def _to_named(walk: Walk, producer: Shape, consumer: Named) -> Outcome:
    """Into a NewType goes only the NewType itself and those made from it."""
    current: Shape = producer
    while isinstance(current, Named):
        if current.name is consumer.name:
            return OK
        current = walk.shape(current.supertype)
    plain = walk.relate_shapes(current, walk.shape(consumer.supertype))
    if plain.ok:
        return letter("{} is not marked as the NewType {}", producer.written, consumer.written)
    return plain


def _plain(walk: Walk, producer: Shape, consumer: Shape) -> Outcome:  # noqa: C901 - a table
    if isinstance(consumer, Value):
        return to_value(walk, producer, consumer)
    if isinstance(consumer, LiteralText):
        return to_literal_text(walk, producer, consumer)
    if isinstance(producer, (Value, LiteralText)):
        return from_value(walk, producer, consumer)
    if isinstance(consumer, Function):
        return to_function(walk, producer, consumer)
    if isinstance(producer, Tuple):
        return (
            tuple_to_tuple(walk, producer, consumer)
            if isinstance(consumer, Tuple)
            else from_tuple(walk, producer, consumer)
        )
    if isinstance(producer, Function):
        return from_function(walk, producer, consumer)
    if isinstance(producer, ClassObject):
        return from_class_object(walk, producer, consumer)
    if isinstance(consumer, Tuple):
        return to_tuple(producer, consumer)
    if isinstance(consumer, Record):
        if isinstance(producer, Record):
            return record_to_record(walk, producer, consumer)
        return to_record(producer, consumer)
    if isinstance(producer, Record):
        return from_record(walk, producer, consumer)
    if isinstance(consumer, ClassObject):
        return to_class_object(producer, consumer)
    if isinstance(producer, Instance) and isinstance(consumer, Instance):
        return instance_to_instance(walk, producer, consumer)
    return unknown("{} and {} can't be compared", producer.written, consumer.written)
