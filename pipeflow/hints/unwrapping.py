"""From a functor to the function behind it: through partial, bound methods, ``__wrapped__`` and ``run``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType
from typing import Any, cast

from pipeflow.hints.forms import is_class

_DEEPEST = 64  # layers; a chain of wrappers that is longer runs in a circle


@dataclass(frozen=True, eq=False)
class Call:
    """How a functor is called in the end.

    ``target`` is what is called, after ``skip`` positional arguments (``self`` and those of a partial) and
    ``keywords`` are given. ``wraps`` is what ``innermost`` gives. ``owner`` is the class
    in whose body the function stands.
    """

    target: object
    skip: int = 0
    keywords: Mapping[str, object] = field(default_factory=dict[str, object])
    wraps: Any = None
    owner: type | None = None
    instance: object = None
    instance_class: type | None = None

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
    call = Call(functor)
    for _ in range(_DEEPEST):
        target = call.target
        if issubclass(type(target), functools.partial):
            partial = cast("functools.partial[object]", target)
            call = replace(
                call,
                target=partial.func,
                skip=call.skip + len(partial.args),
                keywords={**partial.keywords, **call.keywords},
            )
        elif issubclass(type(target), MethodType):
            method = cast(MethodType, target)
            bound = method.__self__
            cls = bound if is_class(bound) else type(bound)
            owner = _owner(cls, method.__func__)
            call = replace(
                call,
                target=method.__func__,
                skip=call.skip + 1,
                owner=owner,
                instance=None if is_class(bound) else bound,
                instance_class=cls,
            )
        elif not isinstance(target, FunctionType) and not isinstance(target, type):
            inner = _wrapped(target)
            if inner is None:
                return call
            call = replace(call, target=inner)
        else:
            break
    if isinstance(call.target, FunctionType):
        return replace(call, wraps=innermost(call.target))
    return call


def as_function(target: object) -> FunctionType | None:
    """The target itself, when it is a function written in Python."""
    return target if type(target) is FunctionType else None


def innermost(function: FunctionType) -> FunctionType | None:
    """The function at the end of the ``__wrapped__`` chain; None when nothing is wrapped."""
    found: FunctionType | None = None
    current: object = function
    for _ in range(_DEEPEST):
        inner = _wrapped(current)
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
        return replace(call, skip=call.skip + skip, owner=call.owner or base)
    return None


def _wrapped(target: object) -> object:
    """What ``functools.wraps`` (or a cache) says it wraps, without asking a proxy's ``__getattr__``."""
    try:
        inner: object = inspect.getattr_static(target, "__wrapped__", None)
    except Exception:  # noqa: BLE001 - a hostile __dict__
        return None
    return inner if _calls(inner) else None


def _calls(inner: object) -> bool:
    return inner is not None and not isinstance(inner, type) and "__call__" in dir(type(inner))


def _owner(cls: type, function: object) -> type | None:
    for base in cls.__mro__:
        for value in vars(base).values():
            if value is function or getattr(value, "__func__", None) is function:
                return base
    return None
