"""What a function takes: its parameters, each annotation read on its own."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any, TypeVar

from pipeflow.hints.bases import arguments_as, binding, parameters_of
from pipeflow.hints.facts import Parameter
from pipeflow.hints.forms import SELF, arguments_of, origin_of
from pipeflow.hints.raw import ARGS, EITHER, KEYWORD, MISSING, POSITIONAL_ONLY, RawSignature
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.scopes import scope_of_function
from pipeflow.hints.text import resolve
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import Call, static_method
from pipeflow.hints.wrapping.signatures import called


@dataclass(frozen=True)
class Taken:
    """What can be passed; ``known`` is False for what has no signature.

    ``believed`` is False where a wrapper may return something else than the function that it wraps.
    """

    known: bool = False
    parameters: tuple[Parameter, ...] = ()
    var_positional: Parameter | None = None
    keyword_only: tuple[Parameter, ...] = ()
    returns: object = UNKNOWN
    believed: bool = True


def signature_of_function(function: FunctionType, call: Call) -> Taken:
    """What is left to pass to a function after ``call.skip`` arguments and ``call.keywords``.

    Of a wrapper its own parameters hold, since it is the wrapper that is called; what annotations say of the
    function that it wraps holds where the wrapper passes on what it is given, and what it gets.
    """
    found = called(function, call)
    if found is None:
        return Taken()
    reader = Reader(found.source, call.owner, class_binding(call))
    return replace(_taken(found.signature, reader, call), believed=found.believed)


def signature_of_class(cls: type, call: Call | None = None) -> Taken:
    """What a class takes when it is called, after what ``call`` has given; it gives an instance of itself."""
    skip, keywords = (call or Call(cls)).skip, (call or Call(cls)).keywords
    metaclasses = type.mro(type(cls))
    if any("__call__" in vars(meta) for meta in metaclasses if meta is not type and meta is not object):
        return Taken()
    new, init = static_method(cls, "__new__"), static_method(cls, "__init__")
    made: object = cls
    made_by = None if new is None else new.function()
    if new is not None and made_by is not None:
        # A static method that is given the class all the same. It may give anything; one that doesn't
        # say so is taken to give an instance.
        new = replace(new, skip=1 + skip, keywords=keywords, instance_class=cls)
        said = signature_of_function(made_by, new).returns
        made = cls if said is UNKNOWN or isinstance(said, TypeVar) else said
        if init is None or init.function() is None:
            return replace(signature_of_function(made_by, new), returns=made)
    set_up_by = None if init is None else init.function()
    if init is not None and set_up_by is not None:
        init = replace(init, skip=init.skip + skip, keywords=keywords, instance_class=cls)
        return replace(signature_of_function(set_up_by, init), returns=made)
    in_c = any("__init__" in vars(base) or "__new__" in vars(base) for base in cls.__mro__[:-1])
    return Taken(known=not in_c, returns=made)


class Reader:
    """Resolves the annotations of one function, the type variables of its class replaced by ``mapping``."""

    def __init__(
        self, function: FunctionType, owner: type | None = None, mapping: Mapping[Any, object] | None = None
    ) -> None:
        self.scope = scope_of_function(function, owner)
        self.mapping: Mapping[Any, object] = mapping or {}

    def __call__(self, annotation: object) -> object:
        """The resolved annotation; UNKNOWN where there is none."""
        if annotation is MISSING:
            return UNKNOWN
        resolved = resolve(annotation, self.scope)
        return substitute(resolved, self.mapping) if self.mapping else resolved


def class_binding(call: Call) -> Mapping[Any, object]:
    """What ``Self`` and the type variables of the class that owns a method stand for on this instance."""
    cls, owner = call.instance_class, call.owner
    if cls is None:
        return {}
    mapping: dict[Any, object] = dict.fromkeys(SELF, cls)
    if owner is None or not parameters_of(owner):
        return mapping
    given = _given_arguments(call.instance, cls)
    found = arguments_as(cls, parameters_of(cls) if given is None else given, owner)
    return mapping if found is None else {**mapping, **binding(owner, found)}


def _given_arguments(instance: object, cls: type) -> tuple[object, ...] | None:
    """The ``int`` of ``Model[int]()``, which typing records on the instance."""
    try:
        original: object = inspect.getattr_static(instance, "__orig_class__", None)
    except Exception:  # noqa: BLE001 - a hostile __dict__
        return None
    return arguments_of(original) if origin_of(original) is cls else None


def _taken(signature: RawSignature, read: Reader, call: Call) -> Taken:
    positional: list[Parameter] = []
    keyword_only: list[Parameter] = []
    var_positional: Parameter | None = None
    skip, by_position = call.skip, True
    for raw in signature.parameters:
        given = raw.name in call.keywords
        has_default = given or raw.has_default
        if raw.kind in (POSITIONAL_ONLY, EITHER):
            if skip:
                skip -= 1
                continue
            by_position = by_position and not (given and raw.kind is not POSITIONAL_ONLY)
            parameter = Parameter(
                raw.name, read(raw.annotation), has_default, raw.kind is not POSITIONAL_ONLY
            )
            if by_position:
                positional.append(parameter)
            else:
                keyword_only.append(parameter)
        elif raw.kind is ARGS:
            var_positional = Parameter(raw.name, read(raw.annotation)) if by_position else None
        elif raw.kind is KEYWORD:
            keyword_only.append(Parameter(raw.name, read(raw.annotation), has_default))
    returns = read(signature.returns)
    return Taken(True, tuple(positional), var_positional, tuple(keyword_only), returns)
