"""A generic class seen as one of its bases: ``dict[str, int]`` as ``Iterable`` is ``Iterable[str]``."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

import typing_extensions

from pipeflow.hints.arrays import array_parameters
from pipeflow.hints.forms import (
    NOT_BASES,
    TYPING_CALLABLE,
    UNPACK,
    arguments_of,
    class_of,
    derives,
    is_class,
    is_in,
    is_variadic,
    origin_of,
)
from pipeflow.hints.library import bases_in_library, parameters_in_library
from pipeflow.hints.rebuilding import subscribe, substitute
from pipeflow.hints.scopes import scope_of_class
from pipeflow.hints.text import resolve
from pipeflow.hints.tuple_fields import all_parts


def parameters_of(cls: type) -> tuple[object, ...]:
    """The type parameters of a class, in order."""
    known = parameters_in_library(cls)
    if known is None:
        known = array_parameters(cls)
    if known is not None:
        return known
    own = vars(cls).get("__parameters__")
    return cast("tuple[object, ...]", own) if isinstance(own, tuple) else ()


def binding(cls: type, arguments: tuple[object, ...] | None) -> dict[object, object]:
    """What each type parameter of a class stands for, given its arguments (None: it was written bare)."""
    parameters = parameters_of(cls)
    if arguments is not None:
        arguments = _packed(parameters, arguments)
    if arguments is None or len(arguments) != len(parameters):
        return {parameter: _default(parameter) for parameter in parameters}
    return dict(zip(parameters, arguments, strict=True))


def _packed(parameters: tuple[object, ...], arguments: tuple[object, ...]) -> tuple[object, ...]:
    """One argument for each parameter: of a TypeVarTuple as one tuple, of a ParamSpec as one callable."""
    packed = tuple(_as_callable(each) for each in arguments)
    for i, parameter in enumerate(parameters):
        end = len(packed) - (len(parameters) - i - 1)
        middle = packed[i:end]
        if (
            is_variadic(parameter)
            and end >= i
            and not (len(middle) == 1 and is_in(origin_of(middle[0]), UNPACK))
        ):
            whole = subscribe(tuple, middle or ((),))
            return (*packed[:i], subscribe(UNPACK[-1], whole), *packed[end:])
    return packed


def _as_callable(argument: object) -> object:
    """The argument of a ParamSpec, which is a list of types or ``...``, as a callable; any other as it is."""
    if isinstance(argument, (tuple, list)):
        return subscribe(TYPING_CALLABLE, (list(cast("list[object]", argument)), Any))
    return subscribe(TYPING_CALLABLE, (..., Any)) if argument is ... else argument


def arguments_as(cls: type, arguments: tuple[object, ...] | None, base: type) -> tuple[object, ...] | None:
    """The arguments of ``base`` when ``cls[arguments]`` is seen as one; None when it is not a subclass."""
    if cls is base:
        return tuple(binding(cls, arguments).values())
    found = _paths(cls).get(base)
    if found is None:
        return None
    mapping = cast("Mapping[object, object]", binding(cls, arguments))
    return tuple(substitute(argument, mapping) for argument in found)


def lineage(cls: type) -> tuple[type, ...]:
    """The class and its bases in order, those that only type checkers count behind the others."""
    return tuple(dict.fromkeys((*cls.__mro__[:-1], *_paths(cast(Any, cls)), object)))


@lru_cache(maxsize=4096)
def _paths(cls: type) -> dict[type, tuple[object, ...]]:
    """Every base of a class with its arguments, in terms of the parameters of the class."""
    found: dict[type, tuple[object, ...]] = {}
    for base in direct_bases(cls):
        origin = origin_of(base) or base
        if not is_class(origin):
            continue
        given = arguments_of(base) or None
        here = binding(origin, given)
        found.setdefault(origin, tuple(here.values()))
        for further, arguments in _paths(cast(Any, origin)).items():
            found.setdefault(further, tuple(substitute(argument, here) for argument in arguments))
    for base in cls.__mro__[1:]:  # what the written bases don't say (a NamedTuple's is a function)
        found.setdefault(base, tuple(binding(base, None).values()))
    return found


def direct_bases(cls: type) -> tuple[object, ...]:
    """The bases as written, with their arguments; those of the standard library from its documentation."""
    known = bases_in_library(cls)
    if known is not None:
        return known
    written = vars(cls).get("__orig_bases__")
    bases: tuple[object, ...] = (
        cast("tuple[object, ...]", written) if isinstance(written, tuple) else cls.__bases__
    )
    if derives(cls, tuple):
        return (tuple[all_parts(cls)], *(base for base in bases if base is not tuple and not _is_tuple(base)))  # type: ignore[misc]
    scope = scope_of_class(cls)
    kept = tuple(base for base in bases if not is_in(_origin(base), NOT_BASES))
    return tuple(resolve(base, scope) for base in kept)


def _is_tuple(base: object) -> bool:
    return class_of(base) is tuple or not isinstance(_origin(base), type)


def _origin(base: object) -> object:
    return origin_of(base) or base


def _default(parameter: object) -> object:
    """What a parameter that was not given means: its default (PEP 696), else Any (PEP 484)."""
    default = getattr(parameter, "__default__", None)
    nothing = (None, getattr(typing, "NoDefault", None), typing_extensions.NoDefault)
    if isinstance(parameter, TypeVar) and all(default is not none for none in nothing):
        return default
    return Any
