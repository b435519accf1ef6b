"""The signature of a wrapper: its own, and of what it wraps that which holds for the wrapper, too."""

from __future__ import annotations

import collections.abc as abc
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from pipeflow.hints.bases import arguments_as
from pipeflow.hints.decorated import context_manager, managed, overloads_of, result_of_overloads
from pipeflow.hints.forms import arguments_of, class_of, is_class
from pipeflow.hints.raw import (
    ARGS,
    EITHER,
    KEYWORD,
    KWARGS,
    MISSING,
    POSITIONAL_ONLY,
    RawParameter,
    RawSignature,
    are_copied,
    form_of_code,
    raw_signature,
)
from pipeflow.hints.rebuilding import subscribe
from pipeflow.hints.scopes import scope_of_function
from pipeflow.hints.text import resolve
from pipeflow.hints.unions import union
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import Call, own_attributes, unwrap, wrapped
from pipeflow.hints.wrapping.arguments import Arguments
from pipeflow.hints.wrapping.results import AS_IT_IS, AWAITED
from pipeflow.hints.wrapping.shown import Shown, shown_by

_DEEPEST = 16  # wrappers around one another


@dataclass(frozen=True)
class Called:
    """A signature, whose annotations are to be read in the scope of ``source``; others are read already.

    (Both functions are Any: a field of the type FunctionType would count as a method.)

    Attributes:
        signature: what a call must keep to.
        source: the function that is asked for the meaning of names.
        form_from: the function whose form says what calling it gives.
        believed: whether the result is that of the innermost function, as far as its annotation says it.
    """

    signature: RawSignature
    source: Any
    form_from: Any
    believed: bool = True


def called(function: FunctionType, call: Call, depth: int = 0) -> Called | None:
    """What a call of a function must keep to; None when it has a signature that can't be read."""
    own = raw_signature(function)
    holder = call.instance if call.held is not None else None
    inner = wrapped(function) if call.held is None else call.held
    if own is None:
        return None
    if inner is None or depth > _DEEPEST:
        return _unwrapped(own, function, call.owner)
    below = _below(inner, call.owner, depth)
    manager = context_manager(function)
    if manager is not None and below is not None:
        returns = managed(manager, _read(below.signature.returns, below.source, call.owner))
        return Called(replace(below.signature, returns=returns), below.source, function)
    seen = shown_by(function, inner, holder)
    if "__signature__" in vars(function):
        return _declared(own, function, below, seen)
    own = _without_copies(own, function, inner, call.owner)
    if below is None:
        return Called(own, function, function, believed=False)
    parameters = own.parameters if seen.arguments is None else _passed(own, below, seen.arguments, holder)
    known = seen.result is not None
    returns = _result(seen, below, function, call.owner) if known else own.returns
    return Called(RawSignature(parameters, returns), below.source, function, known and below.believed)


def _unwrapped(own: RawSignature, function: FunctionType, owner: type | None) -> Called:
    made: object = own_attributes(function).get("__wrapped__")
    if is_class(made):  # whose annotations are those of its attributes
        own = _without_copies(own, function, made, owner)
    return Called(_with_overloads(own, function, owner), function, function)


def _declared(own: RawSignature, function: FunctionType, below: Called | None, seen: Shown) -> Called:
    """A signature that the decorator has set. What it has copied into it says no more than other copies."""
    source = function if below is None else below.source
    inner = {} if below is None else {each.name: each.annotation for each in below.signature.parameters}
    whole = seen.arguments is not None and seen.arguments.given == 0

    def believed(parameter: RawParameter) -> RawParameter:
        copied = not whole and inner.get(parameter.name, MISSING) is parameter.annotation
        return replace(parameter, annotation=MISSING) if copied else parameter

    known = below is None or own.returns is not below.signature.returns or seen.result == AS_IT_IS
    returns = own.returns if known else MISSING
    return Called(RawSignature(tuple(map(believed, own.parameters)), returns), source, function, known)


def _below(inner: object, owner: type | None, depth: int) -> Called | None:
    """What is wrapped, without what a partial or a bound method has given it already."""
    call = unwrap(inner)
    function = call.function()
    found = None if function is None else called(function, replace(call, owner=owner), depth + 1)
    if found is None:
        return None
    left = _after(found.signature.parameters, call.skip, frozenset(call.keywords))
    return replace(found, signature=replace(found.signature, parameters=left))


def _with_overloads(own: RawSignature, function: FunctionType, owner: type | None) -> RawSignature:
    variants = overloads_of(function)
    if not variants:
        return own
    return replace(own, returns=result_of_overloads(variants, lambda each: _read(each, function, owner)))


def _read(annotation: object, source: FunctionType, owner: type | None) -> object:
    return UNKNOWN if annotation is MISSING else resolve(annotation, scope_of_function(source, owner))


def _without_copies(
    own: RawSignature, function: FunctionType, inner: object, owner: type | None
) -> RawSignature:
    """The annotations that a wrapper has itself; what was copied onto it says nothing of it."""
    copied = are_copied(function, inner)

    def said(annotation: object) -> object:
        return MISSING if copied or annotation is MISSING else _read(annotation, function, owner)

    parameters = tuple(replace(each, annotation=said(each.annotation)) for each in own.parameters)
    return RawSignature(parameters, said(own.returns))


# ---------------------------------------------------------------- the result


def _result(seen: Shown, below: Called, wrapper: FunctionType, owner: type | None) -> object:
    raw = below.signature.returns
    gives = _given_by_call(seen, below, wrapper, owner) if seen.result == AS_IT_IS else raw
    if seen.result == AWAITED and form_of_code(below.form_from) != "coroutine":
        gives = _argument(_read(raw, below.source, owner), abc.Awaitable)
    elif seen.result not in (AS_IT_IS, AWAITED):
        gives = _collected(str(seen.result), _argument(_read(raw, below.source, owner), abc.Iterable))
    if gives is MISSING or gives is UNKNOWN or not seen.or_none:
        return gives
    return union([_read(gives, below.source, owner), None])


def _given_by_call(seen: Shown, below: Called, wrapper: FunctionType, owner: type | None) -> object:
    """Calling ``async def`` gives a coroutine, which a plain wrapper passes on."""
    if form_of_code(below.form_from) != "coroutine":
        return below.signature.returns
    if form_of_code(wrapper) != "function":
        return UNKNOWN
    return subscribe(abc.Coroutine, (Any, Any, _read(below.signature.returns, below.source, owner)))


def _collected(collection: str, item: object) -> object:
    if item is UNKNOWN:
        return UNKNOWN
    if collection == "tuple":
        return subscribe(tuple, (item, ...))
    return subscribe({"set": set, "frozenset": frozenset}.get(collection, list), item)


def _argument(annotation: object, base: type) -> object:
    cls = class_of(annotation)
    found = None if cls is None or cls is tuple else arguments_as(cls, arguments_of(annotation) or None, base)
    return found[0] if found else UNKNOWN


# ---------------------------------------------------------------- the parameters


def _passed(own: RawSignature, below: Called, passing: Arguments, holder: object) -> tuple[RawParameter, ...]:
    inner = below.signature.parameters
    typed = tuple(_typed(each, passing, inner) for each in own.parameters)
    if passing.given is None:
        return typed
    left = _after(inner, passing.given, passing.keywords)
    taken = {each.name for each in left}
    further = [each for each in typed if each.kind is KEYWORD and each.name not in taken]
    keywords = [each for each in left if each.kind is KWARGS]
    return (
        *(own.parameters[:1] if holder is not None else ()),
        *(each for each in left if each.kind is not KWARGS),
        *further,
        *keywords,
    )


def _typed(parameter: RawParameter, passing: Arguments, inner: tuple[RawParameter, ...]) -> RawParameter:
    """A wrapper's own parameter, with the annotation of that as which it goes on."""
    if parameter.annotation is not MISSING or parameter.name not in passing.places:
        return parameter
    place = passing.places[parameter.name]
    positions = [each for each in inner if each.kind in (POSITIONAL_ONLY, EITHER)]
    if isinstance(place, str):
        found = next((each for each in inner if each.name == place and each.kind in (EITHER, KEYWORD)), None)
    elif place < len(positions):
        found = positions[place]
    else:
        found = next((each for each in inner if each.kind is ARGS), None)
    return parameter if found is None else replace(parameter, annotation=found.annotation)


def _after(
    parameters: tuple[RawParameter, ...], given: int, keywords: frozenset[str]
) -> tuple[RawParameter, ...]:
    """Those left when so many are given by position, and some by name: behind these none goes by position."""
    left: list[RawParameter] = []
    by_position = True
    for each in parameters:
        if each.kind in (POSITIONAL_ONLY, EITHER):
            if given:
                given -= 1
            elif each.kind is EITHER and each.name in keywords:
                by_position = False
            else:
                left.append(each if by_position else replace(each, kind=KEYWORD))
        elif each.kind is not ARGS or by_position:
            if each.kind is not KEYWORD or each.name not in keywords:
                left.append(each)
    return tuple(left)
