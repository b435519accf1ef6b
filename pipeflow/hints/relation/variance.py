"""The variance of a class's type parameters: as declared, or (PEP 695) found from how the class uses them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar, cast

from pipeflow.hints.bases import direct_bases, parameters_of
from pipeflow.hints.forms import ANNOTATED, CALLABLE, LITERAL, arguments_of, class_of, is_in, origin_of
from pipeflow.hints.raw import MISSING, annotations_of, raw_signature
from pipeflow.hints.relation.assigned import attributes_assigned
from pipeflow.hints.relation.members import is_frozen
from pipeflow.hints.scopes import Scope, scope_of_class, scope_of_function
from pipeflow.hints.text import resolve

_NOT_COUNTED = ("__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__")
_DEEPEST = 20


@dataclass(frozen=True)
class Variance:
    """Whether a narrower (``co``) or a wider (``contra``) argument will do. Neither: only the same one."""

    co: bool
    contra: bool


COVARIANT = Variance(co=True, contra=False)
CONTRAVARIANT = Variance(co=False, contra=True)
INVARIANT = Variance(co=False, contra=False)

_found: dict[tuple[int, int], tuple[object, Variance]] = {}


def variance_of(cls: type, parameter: object) -> Variance:
    """The variance of one parameter of a class."""
    if not isinstance(parameter, TypeVar):
        return INVARIANT
    if getattr(parameter, "__infer_variance__", False):
        return _inferred(cls, parameter)
    if parameter.__covariant__:
        return COVARIANT
    return CONTRAVARIANT if parameter.__contravariant__ else INVARIANT


def _inferred(cls: type, parameter: TypeVar) -> Variance:
    key = (id(cls), id(parameter))
    known = _found.get(key)
    if known is not None:
        return known[1]
    # A class that uses itself: its own use counts for nothing while it is being found.
    _found[key] = ((cls, parameter), Variance(co=True, contra=True))
    uses = set(_uses(cls, parameter))
    variance = Variance(co=-1 not in uses, contra=1 not in uses)
    if variance.co:
        variance = COVARIANT  # not used at all counts as read
    _found[key] = ((cls, parameter), variance)
    return variance


def _uses(cls: type, parameter: TypeVar) -> Iterator[int]:
    """1 for each place the parameter is read from, -1 for each that it is written to."""
    scope = scope_of_class(cls)
    for base in direct_bases(cls):
        yield from _in(base, parameter, 1)
    frozen = is_frozen(cls)
    for name, annotation in {**annotations_of(cls), **attributes_assigned(cls)}.items():
        yield from _in(resolve(annotation, scope), parameter, 1)
        if not frozen and not name.startswith("_"):
            yield from _in(resolve(annotation, scope), parameter, -1)
    for name, raw in vars(cls).items():
        if name not in _NOT_COUNTED:
            for function in _functions(raw):
                yield from _in_function(function, cls, parameter)


def _functions(raw: object) -> Iterator[FunctionType]:
    found = (raw.fget, raw.fset) if isinstance(raw, property) else (getattr(raw, "__func__", raw),)
    yield from (each for each in found if isinstance(each, FunctionType))


def _in_function(function: FunctionType, cls: type, parameter: TypeVar) -> Iterator[int]:
    signature = raw_signature(function)
    if signature is None:
        return
    scope: Scope = scope_of_function(function, cls)
    for each in signature.parameters[1:]:
        if each.annotation is not MISSING:
            yield from _in(resolve(each.annotation, scope), parameter, -1)
    if signature.returns is not MISSING:
        yield from _in(resolve(signature.returns, scope), parameter, 1)


def _in(annotation: object, parameter: TypeVar, sign: int, depth: int = 0) -> Iterator[int]:
    """The uses within an annotation that itself is read (1) or written (-1)."""
    if annotation is parameter:
        yield sign
        return
    if isinstance(annotation, list):
        for part in cast("list[object]", annotation):
            yield from _in(part, parameter, sign, depth + 1)
        return
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if not arguments or depth > _DEEPEST or is_in(origin, LITERAL):
        return
    for argument, variance in zip(arguments, _of_arguments(annotation, origin, len(arguments)), strict=False):
        if variance.co and variance.contra:
            continue  # the class itself, see _inferred
        if not variance.contra:
            yield from _in(argument, parameter, sign, depth + 1)
        if not variance.co:
            yield from _in(argument, parameter, -sign, depth + 1)


def _of_arguments(annotation: object, origin: object, count: int) -> list[Variance]:
    if origin is CALLABLE:
        return [CONTRAVARIANT, COVARIANT]
    cls = class_of(annotation)
    if is_in(origin, ANNOTATED) or cls is None or cls is tuple or cls is type:
        return [COVARIANT] * count
    parameters: Any = parameters_of(cls)
    return [variance_of(cls, parameter) for parameter in parameters]
