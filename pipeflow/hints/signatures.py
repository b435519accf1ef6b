"""What a function takes: its parameters, each annotation read on its own."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

from pipeflow.hints.bases import arguments_as, binding, parameters_of
from pipeflow.hints.facts import Parameter
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.scopes import scope_of_function
from pipeflow.hints.text import resolve
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import Call, static_method

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Taken:
    """What can be passed; ``known`` is False for what has no signature."""

    known: bool = False
    parameters: tuple[Parameter, ...] = ()
    var_positional: Parameter | None = None
    keyword_only: tuple[Parameter, ...] = ()
    returns: object = UNKNOWN


def signature_of_function(function: FunctionType, call: Call) -> Taken:
    """What is left to pass to a function after ``call.skip`` arguments and ``call.keywords``.

    A wrapper's own parameters hold, since it is the wrapper that is called; only one that takes
    ``*args`` and ``**kwargs`` alone passes on whatever it wraps.
    """
    outer = raw_signature(function)
    if outer is None:
        return Taken()
    inner = call.innermost
    source = function
    if inner is not None and _passes_on(outer) and not hasattr(function, "__signature__"):
        outer = raw_signature(inner) or outer
        source = inner
    reader = _Annotations(inner or source, call)
    return _taken(outer, reader, call)


def signature_of_class(cls: type) -> Taken:
    """What a class takes when it is called; it gives an instance of itself."""
    returns: object = cls if type(cls).__call__ is type.__call__ else UNKNOWN
    if "__call__" in {name for base in type(cls).__mro__[:-2] for name in vars(base)}:
        return Taken()
    for name in ("__init__", "__new__"):
        call = static_method(cls, name)
        if call is None or call.function is None:
            continue
        if name == "__new__":  # a static method that is given the class all the same
            call = Call(call.target, skip=1, innermost=call.innermost, owner=call.owner)
            returns = returns if cls.__new__ is object.__new__ else _made_by_new(call, cls)
        taken = signature_of_function(
            call.function, Call(call.target, call.skip, {}, call.innermost, call.owner, None, cls)
        )
        return Taken(taken.known, taken.parameters, taken.var_positional, taken.keyword_only, returns)
    return Taken(returns=returns)


def _made_by_new(call: Call, cls: type) -> object:
    """A ``__new__`` may give anything; only one that says nothing else is taken to give an instance."""
    function = call.function
    if function is None:
        return UNKNOWN
    annotation: object = function.__annotations__.get("return")
    plain = annotation is None or annotation in (
        "Self",
        "typing.Self",
        "typing_extensions.Self",
        cls.__name__,
    )
    return cls if plain or annotation is cls or getattr(annotation, "__name__", "") == "Self" else UNKNOWN


def raw_signature(function: FunctionType) -> inspect.Signature | None:
    """The signature with its annotations as they are stored. None is ever evaluated (3.14 defers them)."""
    try:
        if sys.version_info >= (3, 14):
            import annotationlib

            return inspect.signature(
                function, follow_wrapped=False, annotation_format=annotationlib.Format.FORWARDREF
            )
        return inspect.signature(function, follow_wrapped=False)
    except Exception:  # noqa: BLE001 - __signature__ may be anything
        return None


def _passes_on(signature: inspect.Signature) -> bool:
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    return inspect.Parameter.VAR_POSITIONAL in kinds and not any(kind in _BY_POSITION for kind in kinds)


class _Annotations:
    """Resolves the annotations of one function, with its class's type variables replaced."""

    def __init__(self, function: FunctionType, call: Call) -> None:
        self._scope = scope_of_function(function, call.owner)
        self._mapping = class_binding(call)

    def __call__(self, annotation: object) -> object:
        if annotation is inspect.Parameter.empty:
            return UNKNOWN
        resolved = resolve(annotation, self._scope)
        return substitute(resolved, self._mapping)


def class_binding(call: Call) -> Mapping[Any, object]:
    """What the type variables of the class that owns a method stand for on this instance."""
    cls, owner = call.instance_class, call.owner
    if cls is None or owner is None or not parameters_of(owner):
        return {}
    given: tuple[object, ...] | None = None
    original = (
        inspect.getattr_static(call.instance, "__orig_class__", None) if call.instance is not None else None
    )
    if original is not None and getattr(original, "__origin__", None) is cls:
        given = cast("tuple[object, ...]", getattr(original, "__args__", None))
    if given is None:
        given = tuple(parameters_of(cls))
    found = arguments_as(cls, given, owner)
    return binding(owner, found) if found is not None else {}


def _taken(signature: inspect.Signature, read: _Annotations, call: Call) -> Taken:
    positional: list[Parameter] = []
    keyword_only: list[Parameter] = []
    var_positional: Parameter | None = None
    skip, by_position = call.skip, True
    for raw in signature.parameters.values():
        given = raw.name in call.keywords
        has_default = given or raw.default is not inspect.Parameter.empty
        if raw.kind in _BY_POSITION:
            if skip:
                skip -= 1
                continue
            by_position = by_position and not (given and raw.kind is not inspect.Parameter.POSITIONAL_ONLY)
            parameter = Parameter(raw.name, read(raw.annotation), has_default)
            if by_position:
                positional.append(parameter)
            else:
                keyword_only.append(parameter)
        elif raw.kind is inspect.Parameter.VAR_POSITIONAL:
            var_positional = Parameter(raw.name, read(raw.annotation)) if by_position else None
        elif raw.kind is inspect.Parameter.KEYWORD_ONLY:
            keyword_only.append(Parameter(raw.name, read(raw.annotation), has_default))
    returns = read(signature.return_annotation)
    return Taken(True, tuple(positional), var_positional, tuple(keyword_only), returns)
