"""The parameters of a function as they are stored, nothing evaluated.

Read from the code object: it is several times faster than ``inspect.signature``, which matters in graphs of
thousands of pipes, and it can't be led to evaluate annotations, which since Python 3.14 are kept as code that
fails when a name is missing.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

import typing_extensions

from pipeflow.hints.facts import RunForm
from pipeflow.hints.forms import is_class

POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD
ARGS = inspect.Parameter.VAR_POSITIONAL
KEYWORD = inspect.Parameter.KEYWORD_ONLY
KWARGS = inspect.Parameter.VAR_KEYWORD
MISSING = inspect.Parameter.empty
_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE
_DEFERRED = sys.version_info >= (3, 14)


@dataclass(frozen=True)
class RawParameter:
    """One parameter; ``annotation`` is MISSING when it has none."""

    name: str
    kind: Any
    annotation: object
    has_default: bool


@dataclass(frozen=True)
class RawSignature:
    """All parameters and the result of a function."""

    parameters: tuple[RawParameter, ...]
    returns: object


def raw_signature(function: FunctionType) -> RawSignature | None:
    """The signature; None when it says that it has another and that can't be read."""
    if "__signature__" in vars(function):
        return _declared(vars(function)["__signature__"])
    code = function.__code__
    annotations = annotations_of(function)
    names = code.co_varnames
    positional, keyword_only = code.co_argcount, code.co_kwonlyargcount
    first_default = positional - len(function.__defaults__ or ())
    kwdefaults = function.__kwdefaults__ or {}

    def one(name: str, kind: Any, has_default: bool = False) -> RawParameter:
        return RawParameter(name, kind, annotations.get(name, MISSING), has_default)

    parameters = [
        one(name, POSITIONAL_ONLY if i < code.co_posonlyargcount else EITHER, i >= first_default)
        for i, name in enumerate(names[:positional])
    ]
    by_name = [
        one(name, KEYWORD, name in kwdefaults) for name in names[positional : positional + keyword_only]
    ]
    rest = positional + keyword_only
    if code.co_flags & inspect.CO_VARARGS:
        parameters.append(one(names[rest], ARGS))
        rest += 1
    parameters += by_name
    if code.co_flags & inspect.CO_VARKEYWORDS:
        parameters.append(one(names[rest], KWARGS))
    return RawSignature(tuple(parameters), annotations.get("return", MISSING))


def annotations_of(owner: FunctionType | type) -> Mapping[str, object]:
    """The annotations of a function, or those in the body of a class, not evaluated.

    On 3.14 they are kept as code. What can't be evaluated there is a reference that is resolved later.
    """
    if not _DEFERRED:
        found: object = vars(owner).get("__annotations__") if is_class(owner) else owner.__annotations__
        # (a class in C may have a descriptor of that name)
        return cast("dict[str, object]", found) if isinstance(found, dict) else {}
    for form in (typing_extensions.Format.FORWARDREF, typing_extensions.Format.STRING):
        with contextlib.suppress(Exception):  # an annotation may raise anything when it is evaluated
            return typing_extensions.get_annotations(owner, format=form)
    return {}


def are_copied(function: FunctionType, inner: object) -> bool:
    """Whether the annotations of a wrapper are those of what it wraps, as ``functools.wraps`` leaves them."""
    inner = getattr(inner, "__func__", inner)
    if not isinstance(inner, FunctionType) and not is_class(inner):
        return True
    evaluate: object = getattr(function, "__annotate__", None)
    if evaluate is not None and evaluate is getattr(inner, "__annotate__", None):
        return True
    own, others = annotations_of(function), annotations_of(inner)
    return own.keys() == others.keys() and all(own[name] is others[name] for name in own)


def form_of_code(function: FunctionType) -> RunForm:
    """Which sort of function the compiler made of it."""
    flags = function.__code__.co_flags
    if flags & inspect.CO_ASYNC_GENERATOR:
        return "async_generator"
    if flags & inspect.CO_GENERATOR and not flags & inspect.CO_ITERABLE_COROUTINE:
        return "generator"
    return "coroutine" if flags & _COROUTINE else "function"


def _declared(signature: object) -> RawSignature | None:
    """A ``__signature__`` that a decorator has set."""
    if not isinstance(signature, inspect.Signature):
        return None
    parameters = tuple(
        RawParameter(each.name, each.kind, each.annotation, each.default is not MISSING)
        for each in signature.parameters.values()
    )
    return RawSignature(parameters, signature.return_annotation)
