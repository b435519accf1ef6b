"""Callables: anything that can be called where a ``Callable`` or a protocol with ``__call__`` is taken."""

from __future__ import annotations

import abc
from typing import Any

from pipeflow.hints.bases import arguments_as, binding, parameters_of
from pipeflow.hints.forms import SELF, is_class
from pipeflow.hints.relation.outcome import Outcome, mismatch, unknown
from pipeflow.hints.relation.shapes import ClassObject, Function, Instance, Shape, Tuple
from pipeflow.hints.relation.signatures import Argument, Signature, fits, of_callable, of_function
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.signatures import Taken, signature_of_class
from pipeflow.hints.unwrapping import static_method


def to_function(walk: Walk, producer: Shape, consumer: Function) -> Outcome:
    """A function, a class or an object that can be called, where a callable is taken."""
    signature = signature_of(walk, producer)
    if not isinstance(signature, Signature):
        return signature
    return fits(walk, signature, of_callable(consumer.parameters, consumer.returns), producer.written)


def signature_of(walk: Walk, shape: Shape) -> Signature | Outcome:
    """How something of this shape is called; else why it can't be, or that it isn't known."""
    if isinstance(shape, Function):
        return of_callable(shape.parameters, shape.returns)
    if isinstance(shape, ClassObject):
        return _of_class_object(walk, shape)
    if isinstance(shape, (Instance, Tuple)):
        return _of_instance(shape)
    return mismatch("{} can't be called", shape.written)


def _of_instance(shape: Instance | Tuple) -> Signature | Outcome:
    cls = shape.cls
    if is_class(cls) and issubclass(cls, type):
        return unknown("which class {} is, is not known", shape.written)
    if not any("__call__" in vars(base) for base in cls.__mro__):
        return mismatch("{} can't be called", shape.written)
    call = static_method(cls, "__call__")
    if call is None:
        return mismatch("{} can't be called", shape.written)
    signature = of_function(call, class_mapping(cls, shape.arguments, call.owner, shape.written))
    return unknown("how {} is called is not known", shape.written) if signature is None else signature


def class_mapping(
    cls: type, arguments: tuple[object, ...] | None, owner: type | None, me: object
) -> dict[Any, object]:
    """What ``Self`` and the type variables of ``owner`` mean in ``cls[arguments]``."""
    mapping: dict[Any, object] = dict.fromkeys(SELF, me)
    if owner is not None and parameters_of(owner):
        found = arguments_as(cls, arguments, owner)
        mapping.update(binding(owner, found))
    return mapping


def _of_class_object(walk: Walk, shape: ClassObject) -> Signature | Outcome:
    inner = walk.shape(shape.of)
    if not isinstance(inner, (Instance, Tuple)):
        return unknown("how {} is called is not known", shape.written)
    if inner.cls is object or (isinstance(inner.cls, abc.ABCMeta) and inner.cls.__module__ == "typing"):
        return Signature((), shape.of)
    taken: Taken = signature_of_class(inner.cls)
    if not taken.known:
        return Signature((), shape.of, anything=True)
    known = [Argument(each.name, each.annotation, has_default=each.has_default) for each in taken.parameters]
    return Signature(tuple(known), shape.of)
