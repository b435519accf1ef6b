"""Protocols: a class fits when it has every member that is asked for, with a type that fits."""

from __future__ import annotations

import collections.abc as abc
from functools import lru_cache
from types import FunctionType

from pipeflow.hints.arrays import is_abstract_scalar
from pipeflow.hints.raw import annotations_of
from pipeflow.hints.relation.calls import signature_of
from pipeflow.hints.relation.known import INTERFACES
from pipeflow.hints.relation.members import Member, Owner, member
from pipeflow.hints.relation.open_classes import does_as_well, may_have
from pipeflow.hints.relation.outcome import OK, Outcome, all_of, letter, mismatch, unknown
from pipeflow.hints.relation.shapes import ClassObject, Function, Instance, Record, Shape, Tuple
from pipeflow.hints.relation.signatures import Signature, fits
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.unknown import UNKNOWN

_NOT_MEMBERS = frozenset(
    [
        "__abstractmethods__",
        "__annotations__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__dict__",
        "__doc__",
        "__init__",
        "__module__",
        "__new__",
        "__slots__",
        "__weakref__",
        "__class_getitem__",
        "__subclasshook__",
        "__init_subclass__",
        "__orig_bases__",
        "__orig_class__",
        "__parameters__",
        "__type_params__",
        "__match_args__",
        "__static_attributes__",
        "__firstlineno__",
        "__protocol_attrs__",
        "__non_callable_proto_members__",
        "__callable_proto_members_only__",
        "__final__",
        "__qualname__",
        "__classcell__",
        "__hash_is_none__",
        "_is_protocol",
        "_is_runtime_protocol",
        "_abc_impl",
    ]
)


def is_protocol(cls: type) -> bool:
    """Whether a class is compared by its members: a Protocol, or an interface of the standard library."""
    return cls in INTERFACES or bool(vars(cls).get("_is_protocol", False))


def to_protocol(walk: Walk, producer: Shape, consumer: Instance) -> Outcome:
    """Every member of the protocol must be there and fit."""
    names = members_of(consumer.cls)
    if isinstance(producer, Record):
        producer = Instance(producer.written, abc.Mapping, (str, object))
    wanted = Owner(consumer.cls, consumer.arguments, producer.written)
    return all_of(_one(walk, producer, consumer, wanted, name) for name in names)


def _one(walk: Walk, producer: Shape, consumer: Instance, wanted: Owner, name: str) -> Outcome:
    walk.spend()
    asked = walk.remembered(
        ("asked", id(consumer), id(producer), name), lambda: member(wanted, name), consumer, producer
    )
    if asked is None:
        return OK
    if isinstance(producer, (Function, ClassObject)):
        return _of_callable(walk, producer, asked, name)
    if not isinstance(producer, (Instance, Tuple)):
        return unknown("{} and {} can't be compared", producer.written, consumer.written)
    owner = Owner(producer.cls, producer.arguments, producer.written)
    given = walk.remembered(("given", id(producer), name), lambda: member(owner, name), producer)
    if given is None:
        if may_have(producer.cls, name, asked.is_method) or _is_left_open(producer.cls, name):
            return unknown("{} may have any attribute", producer.written)
        if does_as_well(producer.cls, name):
            return unknown("{} has __getitem__, which Python uses as well", producer.written)
        return mismatch("{} has no " + _plain(name) + ", which {} needs", producer.written, consumer.written)
    return _compare(walk, given, asked, producer, name)


def _of_callable(walk: Walk, producer: Function | ClassObject, asked: Member, name: str) -> Outcome:
    if name == "__call__" and asked.signature is not None:
        signature = signature_of(walk, producer)
        if not isinstance(signature, Signature):
            return signature
        return fits(walk, signature, asked.signature, producer.written)
    cls = FunctionType if isinstance(producer, Function) else type
    if member(Owner(cls, None, producer.written), name) is not None:
        return OK if name == "__hash__" else unknown("the type of its " + _plain(name) + " is not known")
    inner = walk.shape(producer.of) if isinstance(producer, ClassObject) else None
    if (
        isinstance(inner, Instance)
        and member(Owner(inner.cls, inner.arguments, inner.written), name) is not None
    ):
        return unknown("the type of its " + _plain(name) + " is not known")
    return mismatch("{} has no " + _plain(name), producer.written)


def _compare(walk: Walk, given: Member, asked: Member, producer: Shape, name: str) -> Outcome:
    if given.is_none and asked.is_method:
        return letter("{} sets its " + _plain(name) + " to None", producer.written)
    if asked.is_method:
        return _compare_method(walk, given, asked, producer, name)
    if given.is_method:
        shape = walk.shape(asked.annotation)
        taken = signature_of(walk, shape) if isinstance(shape, (Function, Instance)) else None
        if given.signature is None:
            return unknown("the type of its " + _plain(name) + " is not known")
        if not isinstance(taken, Signature):
            return letter("the " + _plain(name) + " of {} is a method", producer.written)
        return fits(walk, given.signature, taken, producer.written)
    return _compare_attribute(walk, given, asked, producer, name)


def _compare_method(walk: Walk, given: Member, asked: Member, producer: Shape, name: str) -> Outcome:
    taken = asked.signature
    if taken is None:
        return unknown("the type of its " + _plain(name) + " is not known")
    if given.is_method:
        if given.signature is None:
            return unknown("the type of its " + _plain(name) + " is not known")
        return fits(walk, given.signature, taken, producer.written)
    signature = signature_of(walk, walk.shape(given.annotation))
    if given.annotation is UNKNOWN:
        return unknown("the type of its " + _plain(name) + " is not known")
    if not isinstance(signature, Signature):
        return signature
    return fits(walk, signature, taken, producer.written)


def _compare_attribute(walk: Walk, given: Member, asked: Member, producer: Shape, name: str) -> Outcome:
    forward = walk.relate(given.annotation, asked.annotation)
    if not asked.writable:
        return forward
    if not forward.ok and forward.rank >= 2:
        return forward
    if not given.writable:
        return letter("the " + _plain(name) + " of {} may not be written", producer.written)
    if given.on_class is not asked.on_class:
        return letter(
            "the " + _plain(name) + " of {} and what is asked differ: one is of the class", producer.written
        )
    back = walk.relate_back(asked.annotation, given.annotation)
    if back.rank >= 2:
        return letter(
            "the " + _plain(name) + " of {} is {}, and may be written as {}",
            producer.written,
            given.annotation,
            asked.annotation,
        )
    return back if back.rank > forward.rank else forward


@lru_cache(maxsize=1024)
def members_of(protocol: type) -> tuple[str, ...]:
    """The names that a protocol asks for, its bases' included."""
    names: dict[str, None] = {}
    for base in protocol.__mro__:
        body = INTERFACES.get(base, base)
        if body is base and not vars(base).get("_is_protocol", False):
            continue
        if base.__module__ in ("typing", "typing_extensions") and base.__name__ in ("Protocol", "Generic"):
            continue
        for name in (*vars(body), *annotations_of(body)):
            if name not in _NOT_MEMBERS and not name.startswith("_abc_"):
                if vars(body).get(name, body) is None:
                    continue  # a protocol that defines __eq__ has "__hash__ = None" put in by Python
                names.setdefault(name)
    return tuple(names)


def _is_left_open(cls: type, name: str) -> bool:
    """Numpy's abstract scalars don't have the special methods that all of their members have."""
    return is_abstract_scalar(cls) and name.startswith("__")


def _plain(name: str) -> str:
    return name.replace("{", "").replace("}", "")
