"""From a functor to the function behind it: through partial, bound methods, ``__wrapped__`` and ``run``."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType
from typing import Any, cast

from pipeflow.hints.forms import derives, is_class

CACHE = type(functools.lru_cache(lambda: None))
"""What ``functools.lru_cache`` and ``functools.cache`` make: it gives what it wraps gives."""
_DEEPEST = 64  # layers; a chain of wrappers that is longer runs in a circle


@dataclass(frozen=True, eq=False)
class Call:
    """How a functor is called in the end.

    ``target`` is what is called, after ``skip`` positional arguments (``self`` and those of a partial) and
    ``keywords`` are given. ``wraps`` is what ``innermost`` gives. ``owner`` is the class
    in whose body the function stands. ``held`` is what the instance wraps, where its ``__call__`` is called.
    """

    target: object
    skip: int = 0
    keywords: Mapping[str, object] = field(default_factory=dict[str, object])
    wraps: Any = None
    owner: type | None = None
    instance: object = None
    instance_class: type | None = None
    held: object = None

    def innermost(self) -> FunctionType | None:
        """The function at the end of the ``__wrapped__`` chain, or None when nothing is wrapped."""
        return as_function(self.wraps)

    def function(self) -> FunctionType | None:
        """The target, when it is a function written in Python."""
        return as_function(self.target)

    def on_instance(self, instance: object) -> Call:
        """The same call as a method of this object."""
        return replace(self, instance=instance, instance_class=type(instance))

    def after(self, outer: Call) -> Call:
        """The same call with what an outer partial has already given."""
        return replace(self, skip=self.skip + outer.skip, keywords={**self.keywords, **outer.keywords})


def unwrap(functor: object) -> Call:
    """The function (or class, or object) that calling ``functor`` calls, and what it is given already."""
    if isinstance(functor, FunctionType):  # most functors
        return Call(functor, wraps=innermost(functor))
    call = Call(functor)
    for _ in range(_DEEPEST):
        outer, target = call, call.target
        if derives(type(target), functools.partial):
            partial = cast("functools.partial[object]", target)
            keywords = {**partial.keywords, **call.keywords}
            call = replace(call, target=partial.func, skip=call.skip + len(partial.args), keywords=keywords)
        elif derives(type(target), MethodType):
            call = _unbound(call, cast(MethodType, target))
        elif type(target) is CACHE:
            inner = wrapped(target)
            call = call if inner is None else replace(call, target=inner)
        if call is outer:
            break
    function = call.function()
    return call if function is None else replace(call, wraps=innermost(function))


def _unbound(call: Call, method: MethodType) -> Call:
    """The function of a bound method, which is given its ``self``."""
    bound: object = method.__self__
    cls = bound if is_class(bound) else type(bound)
    return Call(
        method.__func__,
        call.skip + 1,
        call.keywords,
        owner=_owner(cls, method.__func__),
        instance=None if is_class(bound) else bound,
        instance_class=cls,
    )


def as_function(target: object) -> FunctionType | None:
    """The target itself, when it is a function written in Python."""
    return target if type(target) is FunctionType else None


def innermost(wrapper: object) -> FunctionType | None:
    """The function at the end of the ``__wrapped__`` chain; None when nothing is wrapped."""
    found: FunctionType | None = None
    current = wrapper
    for _ in range(_DEEPEST):
        inner = wrapped(current)
        if inner is None:
            return found
        current = inner
        if isinstance(current, MethodType):
            current = current.__func__
        if isinstance(current, FunctionType):
            found = current
    return None


def static_method(cls: type, name: str) -> Call | None:
    """The method of that name as the class bodies have it, no descriptor run; None when there is none.

    Looked up on the type alone: a proxy object answers to every name, and has none of them.
    """
    if name == "__call__" and cls is type:
        return None
    for base in cls.__mro__:
        if name not in vars(base):
            continue
        raw: object = vars(base)[name]
        if raw is None:
            return None
        skip = 1
        kind = type(raw)
        if kind in (staticmethod, classmethod):
            raw, skip = getattr(raw, "__func__", None), int(kind is classmethod)
        if isinstance(raw, property) or not callable(raw):
            return Call(None, owner=base)
        call = unwrap(raw)
        return Call(call.target, call.skip + skip, call.keywords, call.wraps, call.owner or base)
    return None


def wrapped(target: object) -> object | None:
    """What ``functools.wraps`` (or a cache) says it wraps, without asking a proxy's ``__getattr__``."""
    inner = own_attributes(target).get("__wrapped__")
    return inner if inner is not None and not is_class(inner) and callable(inner) else None


def own_attributes(target: object) -> Mapping[str, object]:
    """The ``__dict__`` of an object, as it is stored."""
    try:
        found: object = object.__getattribute__(target, "__dict__")
    except AttributeError:
        return {}
    return cast("dict[str, object]", found) if type(found) is dict else {}


def _owner(cls: type, function: object) -> type | None:
    for base in cls.__mro__:
        for value in vars(base).values():
            if value is function or getattr(value, "__func__", None) is function:
                return base
    return None
