"""The attributes of a class as annotations, read from the class bodies without running a descriptor."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

import typing_extensions

from pipeflow.hints.bases import lineage
from pipeflow.hints.forms import arguments_of, derives, is_in, origin_of
from pipeflow.hints.raw import annotations_of
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.relation.assigned import assigned_in_methods
from pipeflow.hints.relation.calls import class_mapping
from pipeflow.hints.relation.known import known_class, result_of_slot
from pipeflow.hints.relation.signatures import Signature, of_function
from pipeflow.hints.scopes import scope_of_class
from pipeflow.hints.text import resolve
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import static_method

_CLASS_VARIABLE = (typing_extensions.ClassVar,)
_FINAL = (typing_extensions.Final,)
# Slots that object has only to answer NotImplemented.
_NOT_OF_EVERY_OBJECT = ("__lt__", "__le__", "__gt__", "__ge__")


@dataclass(frozen=True)
class Member:
    """An attribute: its type, or when it is a method its signature (None: not known)."""

    annotation: object = UNKNOWN
    signature: Signature | None = None
    is_method: bool = False
    writable: bool = True
    on_class: bool = False
    is_none: bool = False


@dataclass(frozen=True)
class Owner:
    """The class whose attributes are looked up, with its arguments; ``me`` is what ``Self`` means in it."""

    cls: type
    arguments: tuple[object, ...] | None
    me: object


def member(owner: Owner, name: str) -> Member | None:
    """The attribute of that name; None when no class body has it."""
    seen = False  # in C, without types: a base may have them, but what is there is there
    for base in lineage(owner.cls):
        if name in vars(base) and vars(base)[name] is None:
            if not seen:
                return Member(None, is_none=True)
            continue
        seen = seen or name in vars(base)
        body = known_class(base) or base
        found = _in_body(owner, base, body, name)
        if found is not None:
            return found
    for base in owner.cls.__mro__:
        if name in vars(base) and not (base is object and name in _NOT_OF_EVERY_OBJECT):
            return _plain_value(vars(base)[name], name)
    return None


def _in_body(owner: Owner, base: type, body: type, name: str) -> Member | None:
    annotations = annotations_of(body)
    mapping = class_mapping(owner.cls, owner.arguments, base, owner.me)
    if name in annotations:
        return _annotated(base, body, annotations[name], mapping)
    if name in vars(body):
        raw: object = vars(body)[name]
        if body is base and not _is_readable(raw):
            # Written in C: perhaps a base says more.
            return None if _is_bound_by_access(raw) else _plain_value(raw, name)
        return _from_raw(owner, base, body, name, raw, mapping)
    found = assigned_in_methods(body, name)
    if found is None:
        return None
    return Member(substitute(found, mapping))


def _from_raw(
    owner: Owner, base: type, body: type, name: str, raw: object, mapping: Mapping[Any, object]
) -> Member:
    if raw is None:
        return Member(None, is_none=True)
    if isinstance(raw, property):
        getter = raw.fget
        returns: object = UNKNOWN
        if isinstance(getter, FunctionType):
            call = dataclasses.replace(_as_call(getter), owner=base)
            signature = of_function(call, mapping)
            returns = UNKNOWN if signature is None else signature.returns
        return Member(returns, writable=raw.fset is not None)
    if isinstance(raw, functools.cached_property):
        inner = cast("functools.cached_property[object]", raw).func
        signature = of_function(dataclasses.replace(_as_call(inner), owner=base), mapping)
        return Member(UNKNOWN if signature is None else signature.returns, writable=False)
    call = static_method(body, name)
    if call is None or call.function() is None:
        return _plain_value(raw, name)
    return Member(signature=of_function(call, mapping), is_method=True)


def _as_call(getter: object) -> Any:
    from pipeflow.hints.unwrapping import Call, unwrap

    call: Call = unwrap(getter)
    return dataclasses.replace(call, skip=call.skip + 1)


def _annotated(base: type, body: type, annotation: object, mapping: Mapping[Any, object]) -> Member:
    on_class, writable = False, not is_frozen(base)
    resolved = resolve(annotation, scope_of_class(body))
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__forward_arg__", "")
    head = text.split("[")[0].rpartition(".")[2] if isinstance(text, str) else ""
    if head == "ClassVar" or is_in(origin_of(resolved), _CLASS_VARIABLE):
        on_class = True
    if head == "Final" or is_in(origin_of(resolved), _FINAL):
        writable = False
    if is_in(origin_of(resolved), (*_CLASS_VARIABLE, *_FINAL)):
        resolved = arguments_of(resolved)[0]
    return Member(substitute(resolved, mapping), writable=writable, on_class=on_class)


def is_frozen(cls: type) -> bool:
    """Whether its attributes may only be read: a frozen dataclass or a NamedTuple."""
    parameters: object = vars(cls).get("__dataclass_params__")
    return bool(getattr(parameters, "frozen", False)) or (derives(cls, tuple) and "_fields" in vars(cls))


def _is_readable(raw: object) -> bool:
    """Whether it was written in Python, so that its annotations can be read."""
    return raw is None or isinstance(
        raw,
        (
            FunctionType,
            property,
            staticmethod,
            classmethod,
            functools.cached_property,
            functools.partialmethod,
        ),
    )


def _is_bound_by_access(raw: object) -> bool:
    """Whether it is a descriptor, as methods and slots in C are."""
    return any("__get__" in vars(base) for base in type.mro(type(raw)))


def _plain_value(raw: object, name: str) -> Member:
    """A class attribute without an annotation has the type of its value; a method in C has no types."""
    known = result_of_slot(name)
    if _is_bound_by_access(raw):
        if known is not None and callable(raw):
            return Member(signature=Signature((), known, anything=True), is_method=True)
        return Member(is_method=callable(raw))
    return Member(type(raw))
