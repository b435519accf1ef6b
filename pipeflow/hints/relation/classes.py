"""Instances of classes: subclasses, the numeric tower, generic arguments by their variance."""

from __future__ import annotations

import abc
import enum
from typing import cast

from pipeflow.hints.arrays import (
    checked_array,
    is_array_number,
    is_array_parameter,
    is_family_of,
    number_kinds,
)
from pipeflow.hints.bases import arguments_as, binding, parameters_of
from pipeflow.hints.forms import ANY, derives, is_in
from pipeflow.hints.rebuilding import leaves
from pipeflow.hints.relation.open_classes import may_be_a_buffer
from pipeflow.hints.relation.outcome import OK, Outcome, Rank, all_of, letter, mismatch, unknown
from pipeflow.hints.relation.protocols import is_protocol, to_protocol
from pipeflow.hints.relation.shapes import ClassObject, Function, Instance, Shape, Tuple
from pipeflow.hints.relation.variance import variance_of
from pipeflow.hints.relation.walk import Walk

# PEP 484: an int goes where a float goes, and both where a complex goes. bool is a subclass of int.
_TOWER: dict[type, tuple[type, ...]] = {int: (float, complex), float: (complex,)}
_DECIDES_ITSELF = ("__instancecheck__", "__subclasscheck__")
_PLAIN_METACLASSES = ("abc", "_abc", "_py_abc", "enum", "typing", "typing_extensions", "builtins")


def instance_to_instance(walk: Walk, producer: Instance, consumer: Instance) -> Outcome:
    """The producer's class must be the consumer's or a subclass, and their arguments must agree."""
    arguments = arguments_as(producer.cls, producer.arguments, consumer.cls)
    if arguments is not None:
        return _arguments(walk, producer, consumer, arguments)
    if is_protocol(consumer.cls):
        return to_protocol(walk, producer, consumer)
    checked = _checked_arrays(walk, producer, consumer)
    if checked is not None:
        return checked
    if any(consumer.cls in wider for cls, wider in _TOWER.items() if issubclass(producer.cls, cls)):
        return OK
    return not_a_subclass(producer, consumer)


def _checked_arrays(walk: Walk, producer: Instance, consumer: Instance) -> Outcome | None:
    """Arrays whose class says their shape too: for certain only as arrays, the rest is seen at run time."""
    given, taken = checked_array(producer.cls), checked_array(consumer.cls)
    if given is None and taken is None:
        return None
    array = walk.relate(
        producer.written if given is None else given, consumer.written if taken is None else taken
    )
    if taken is None or array.rank >= Rank.LETTER:
        return array
    kinds, allowed = number_kinds(producer.cls), number_kinds(consumer.cls)
    if given is not None and kinds and allowed and not kinds & allowed:
        return letter("{} is not {}", producer.written, consumer.written)
    return unknown("whether {} has the shape of {} is seen when it runs", producer.written, consumer.written)


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
    variance = variance_of(consumer.cls, parameter)
    if variance.contra:
        return walk.relate_back(taken, given)
    forward = walk.relate(given, taken)
    if is_array_parameter(parameter) and is_in(given, ANY) and _says_nothing(walk, taken):
        return OK
    if variance.co or forward.rank is Rank.MISMATCH:
        return forward
    back = walk.relate_back(taken, given)
    if forward.ok and back.rank >= Rank.LETTER:
        return letter("{} may be given items that are not in {}", consumer.written, producer.written)
    back = back.at_most(Rank.LETTER)
    return back if back.rank > forward.rank else forward


def _says_nothing(walk: Walk, annotation: object) -> bool:
    """``tuple[Any, ...]`` or ``dtype[Any]``, which is all that an array's shape or dtype can be."""
    shape = walk.shape(annotation)
    if isinstance(shape, Tuple):
        return shape.middle is not None and not shape.front and not shape.back
    return all(is_in(leaf, ANY) for leaf in leaves(annotation))


def not_a_subclass(producer: Instance, consumer: Instance) -> Outcome:
    """No subclass by name: by the letter wrong, for certain wrong, or not to be told."""
    if _decides_itself(consumer.cls):
        return unknown("{} decides itself what its instances are", consumer.written)
    if _same_name(producer.cls, consumer.cls):
        return unknown("there are two classes called {}", consumer.written)
    if _is_exotic(producer.cls):
        return unknown("{} has a metaclass of its own", producer.written)
    if consumer.cls in producer.cls.__mro__:
        return OK
    if is_family_of(producer.cls, consumer.cls):
        return unknown("which {} it is, is not known", producer.written)
    if _is_number(producer.cls) and _is_number(consumer.cls):
        return letter("{} is not {}", producer.written, consumer.written)
    if arguments_as(consumer.cls, None, producer.cls) is not None:
        return letter("not every {} is {}", producer.written, consumer.written)
    if _is_registered(producer.cls, consumer.cls):
        return unknown(
            "{} is registered as {}, which the typing specification doesn't count",
            producer.written,
            consumer.written,
        )
    if may_be_a_buffer(producer.cls, consumer.cls):
        return unknown("whether {} is a buffer is not known", producer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def _is_number(cls: type) -> bool:
    """Numpy's scalars and Python's numbers are used for each other, whatever they are to a type checker."""
    return is_array_number(cls) or issubclass(cls, (int, float, complex))


def _own_metaclasses(cls: type) -> list[type]:
    metaclasses: list[type] = type.mro(type(cls))
    return [meta for meta in metaclasses if meta.__module__ not in _PLAIN_METACLASSES]


def _decides_itself(cls: type) -> bool:
    return any(name in vars(meta) for meta in _own_metaclasses(cls) for name in _DECIDES_ITSELF)


def _is_exotic(cls: type) -> bool:
    """Whether what is given as its instance may be of any class, as with types that only check a shape."""
    names = (*_DECIDES_ITSELF, "mro")
    return any(name in vars(meta) for meta in _own_metaclasses(cls) for name in names)


def _same_name(left: type, right: type) -> bool:
    """A notebook cell that was run twice leaves two classes of one name."""
    return left.__qualname__ == right.__qualname__ and left.__module__ == right.__module__


def _is_registered(cls: type, base: type) -> bool:
    if not issubclass(type(base), abc.ABCMeta):
        return False
    try:
        return abc.ABCMeta.__subclasscheck__(cast(abc.ABCMeta, base), cls)
    except (Exception, SystemExit):  # noqa: BLE001 - a __subclasshook__ is anybody's code
        return True


def from_class_object(walk: Walk, producer: ClassObject, consumer: Shape) -> Outcome:
    """A class as a value."""
    if isinstance(consumer, ClassObject):
        return walk.relate(producer.of, consumer.of)
    if not isinstance(consumer, Instance):
        return mismatch("{} is not {}", producer.written, consumer.written)
    if is_protocol(consumer.cls):
        return to_protocol(walk, producer, consumer)
    inner = walk.shape(producer.of)
    meta: type = type(inner.cls) if isinstance(inner, Instance) and inner.cls is not object else type
    if issubclass(meta, consumer.cls):
        return OK
    if derives(meta, enum.EnumMeta) and consumer.cls.__module__ == "collections.abc":
        return unknown("the members of {} are not compared", producer.written)
    return not_a_subclass(Instance(producer.written, meta, None), consumer)


def from_function(walk: Walk, producer: Function, consumer: Shape) -> Outcome:
    """A function where no callable is taken."""
    if isinstance(consumer, Instance):
        if is_protocol(consumer.cls):
            return to_protocol(walk, producer, consumer)
        if consumer.cls.__module__ == "types":
            return letter("{} need not be {}", producer.written, consumer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def to_class_object(producer: Shape, consumer: ClassObject) -> Outcome:
    """Only a class is taken where a class is wanted."""
    if isinstance(producer, Instance) and issubclass(producer.cls, type):
        return unknown("which class {} is, is not known", producer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)
