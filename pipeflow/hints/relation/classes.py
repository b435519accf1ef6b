"""Instances of classes: subclasses, the numeric tower, generic arguments by their variance."""

from __future__ import annotations

import typing
from typing import TypeVar

from pipeflow.hints.bases import arguments_as, binding, parameters_of
from pipeflow.hints.relation.outcome import OK, Outcome, Rank, all_of, letter, mismatch, unknown
from pipeflow.hints.relation.shapes import ClassObject, Function, Instance, Shape
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.unknown import UNKNOWN

_TOWER: dict[type, tuple[type, ...]] = {int: (float, complex), bool: (float, complex), float: (complex,)}


def instance_to_instance(walk: Walk, producer: Instance, consumer: Instance) -> Outcome:
    """The producer's class must be the consumer's or a subclass, and their arguments must agree."""
    arguments = arguments_as(producer.cls, producer.arguments, consumer.cls)
    if arguments is not None:
        return _arguments(walk, producer, consumer, arguments)
    if any(consumer.cls in wider for cls, wider in _TOWER.items() if issubclass(producer.cls, cls)):
        return OK
    return not_a_subclass(walk, producer, consumer)


def _arguments(walk: Walk, producer: Instance, consumer: Instance, given: tuple[object, ...]) -> Outcome:
    parameters = parameters_of(consumer.cls)
    taken = tuple(binding(consumer.cls, consumer.arguments).values())
    if not parameters or len(given) != len(taken):
        return OK
    return all_of(
        _argument(walk, producer, consumer, *each) for each in zip(parameters, given, taken, strict=True)
    )


def _argument(
    walk: Walk, producer: Instance, consumer: Instance, parameter: object, given: object, taken: object
) -> Outcome:
    if not isinstance(parameter, TypeVar):
        return unknown("{} is generic in a way that is not compared", consumer.written)
    if parameter.__contravariant__:
        return walk.relate(taken, given)
    forward = walk.relate(given, taken)
    if parameter.__covariant__ or forward.rank is Rank.MISMATCH:
        return forward
    back = walk.relate(taken, given)
    if forward.ok and back.rank >= Rank.LETTER:
        return letter("{} may be given items that are not in {}", consumer.written, producer.written)
    return back if back.rank > forward.rank else forward


def not_a_subclass(walk: Walk, producer: Instance, consumer: Instance) -> Outcome:
    """No subclass by name: by the letter wrong, for certain wrong, or not to be told."""
    if _has_own_instance_check(consumer.cls):
        return unknown("{} decides itself what its instances are", consumer.written)
    if getattr(consumer.cls, "_is_protocol", False):
        return unknown("{} is a protocol", consumer.written)
    if _same_name(producer.cls, consumer.cls):
        return unknown("there are two classes called {}", consumer.written)
    if type(producer.cls).__mro__[:-2] and type(producer.cls).__name__ not in (
        "ABCMeta",
        "EnumMeta",
        "EnumType",
    ):
        return unknown("{} has a metaclass of its own", producer.written)
    if producer.cls in consumer.cls.__mro__:
        return letter("{} need not be {}", producer.written, consumer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def _has_own_instance_check(cls: type) -> bool:
    return any(
        "__instancecheck__" in vars(meta)
        for meta in type(cls).__mro__
        if meta is not type and meta.__module__ not in ("abc", "_abc", "enum", "typing", "typing_extensions")
    )


def _same_name(left: type, right: type) -> bool:
    """A notebook cell that was run twice leaves two classes of one name."""
    return left.__qualname__ == right.__qualname__ and left.__module__ == right.__module__


def class_object(walk: Walk, producer: ClassObject | Function, consumer: Shape) -> Outcome:
    """A class or a function as a value."""
    if isinstance(consumer, ClassObject) and isinstance(producer, ClassObject):
        return walk.relate(producer.of, consumer.of)
    if isinstance(producer, ClassObject) and isinstance(consumer, Instance):
        inner = walk.shape(producer.of)
        meta = type(inner.cls) if isinstance(inner, Instance) else type
        return (
            walk.relate_shapes(
                walk.shape(UNKNOWN if meta is type and False else Instance(meta, meta, None).cls), consumer
            )
            if consumer.cls is not type
            else OK
        )
    if isinstance(producer, Function) and isinstance(consumer, Instance):
        if consumer.cls in (typing.Hashable,):
            return OK
        return unknown("{} and {} can't be compared", producer.written, consumer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def instance_to_class_object(walk: Walk, producer: Shape, consumer: ClassObject) -> Outcome:
    """Only a class is taken where a class is wanted."""
    if isinstance(producer, Instance) and issubclass(producer.cls, type):
        return unknown("which class {} is, is not known", producer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)
