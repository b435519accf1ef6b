"""What ``init_kwargs`` are given to: ``local_init`` where there is one, else the functor itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any

from pipeflow.checks._code import class_of
from pipeflow.checks._functors import Functor
from pipeflow.hints.places import Place, place_of_code
from pipeflow.hints.raw import EITHER, KEYWORD, KWARGS, POSITIONAL_ONLY, RawParameter, raw_signature
from pipeflow.hints.unwrapping import own_attributes, static_method, unwrap
from pipeflow.pipes.functors import Deferred

_CACHE = type(functools.cache(lambda: None))
_DEEPEST = 50


@dataclass(frozen=True)
class Keywords:
    """What can be passed by name.

    Attributes:
        by_position: what items can be passed to, the first one's name first.
        by_position_alone: those of them that have no name; a ``**kwargs`` may take another of that name.
        by_name: all that can be given by name.
        needed: those of them that have no value yet.
        given: what a partial, or being a method, has already taken.
        takes_any: whether there is a ``**kwargs``.
        method: whether it is ``local_init``.
        place: where it was defined.
    """

    by_position: tuple[str, ...] = ()
    by_position_alone: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    takes_any: bool = False
    method: bool = False
    place: Place = field(default_factory=Place)


def keywords_of(functor: Functor) -> Keywords | None:
    """What takes the pipe's ``init_kwargs``; None where that can't be known, or nothing does."""
    found = functor.facts.functor
    if functor.facts.form == "class" or _decides_itself(functor.pipe.functor, found):
        return None
    bases = (base for base in class_of(found).__mro__ if "local_init" in vars(base))
    init = vars(base)["local_init"] if (base := next(bases, None)) else None
    return _of_functor(found) if init is None else _local_init(init)


def twice(functor: Functor, arguments: int) -> list[str]:
    """The names in ``init_kwargs`` that already have a value when it is called with so many arguments."""
    keywords = keywords_of(functor) if functor.given else None
    if keywords is None or keywords.method:
        return []
    taken = {*keywords.given, *keywords.by_position[:arguments]} - {*keywords.by_position_alone}
    return [name for name in functor.given if name in taken]


def _decides_itself(stated: object, found: object) -> bool:
    """Whether an attribute ``local_init`` may come from elsewhere than its class, or the object may."""
    if issubclass(class_of(stated), Deferred) and not _is_made_plainly(class_of(found)):
        return True
    inner = found.__func__ if type(found) is MethodType else found
    if "local_init" in own_attributes(inner):
        return True
    return any(
        "__getattr__" in vars(base) or type(vars(base).get("__getattribute__")) is FunctionType
        for base in class_of(found).__mro__
    )


def _is_made_plainly(cls: type) -> bool:
    """Whether calling the class certainly gives an object of it."""
    new = static_method(cls, "__new__")
    return type(cls).__call__ is type.__call__ and (new is None or new.function() is None)


def _local_init(init: object) -> Keywords | None:
    skip = 1
    if type(init) in (staticmethod, classmethod):
        skip = int(type(init) is classmethod)
        init = getattr(init, "__func__", None)
    return _read(init, skip, {}, method=True) if type(init) is FunctionType else None


def _of_functor(found: object) -> Keywords | None:
    if _is_a_function(found):
        call = unwrap(found)
        return _read(call.target, call.skip, call.keywords)
    for name in ("run", "__call__"):
        for base in class_of(found).__mro__:
            if type(work := vars(base).get(name)) is FunctionType:
                return _read(work, 1, {})
            if name in vars(base):
                return None
    return None


def _is_a_function(functor: Any) -> bool:
    """Whether it is a Python function, or a partial, a bound method or a cache of one."""
    found: Any = functor
    for _ in range(_DEEPEST):
        if type(found) is FunctionType:
            return True
        if type(found) is functools.partial:
            found = found.func
        elif type(found) is MethodType:
            found = found.__func__
        elif type(found) is _CACHE:
            found = own_attributes(found).get("__wrapped__")
        else:
            return False
    return False


def _read(function: object, skip: int, given: Mapping[str, object], method: bool = False) -> Keywords | None:
    if type(function) is not FunctionType or "__signature__" in vars(function):
        return None
    raw = raw_signature(function)
    if raw is None:
        return None
    positional = [each for each in raw.parameters if each.kind in (POSITIONAL_ONLY, EITHER)]
    left = [*positional[skip:], *(each for each in raw.parameters if each.kind is KEYWORD)]
    named = [each for each in left if each.kind is not POSITIONAL_ONLY]
    return Keywords(
        by_position=_names(positional[skip:]),
        by_position_alone=_names([each for each in positional[skip:] if each.kind is POSITIONAL_ONLY]),
        by_name=_names(named),
        needed=_names([each for each in named if not each.has_default and each.name not in given]),
        given=_names([each for each in positional[:skip] if each.kind is EITHER]),
        takes_any=any(each.kind is KWARGS for each in raw.parameters),
        method=method,
        place=place_of_code(function.__code__),
    )


def _names(parameters: list[RawParameter]) -> tuple[str, ...]:
    return tuple(each.name for each in parameters)
