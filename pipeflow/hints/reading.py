"""Reading a functor: what it is, what it takes and what it gives, without calling it."""

from __future__ import annotations

import inspect
from dataclasses import replace
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GeneratorType,
    MethodType,
)
from typing import cast

from pipeflow.hints.facts import Form, FunctorFacts, RunForm
from pipeflow.hints.places import Place, place_of_class, place_of_code
from pipeflow.hints.signatures import Taken, signature_of_class, signature_of_function
from pipeflow.hints.unwrapping import Call, static_method, unwrap

_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE


def read(functor: object) -> FunctorFacts:
    """What can be known of a functor. Never raises and never calls it: what can't be read is unknown."""
    try:
        return replace(_read(functor), functor=functor)
    except Exception:  # noqa: BLE001 - any object may be passed, and its attributes may run any code
        return FunctorFacts(name=None, form="other", functor=functor)


def _read(functor: object) -> FunctorFacts:
    call = unwrap(functor)
    target = call.target
    if is_a(target, type):
        return _read_class(cast(type, target))
    if isinstance(target, FunctionType):
        return _read_function(call, target, _name_of(functor))
    cls = type(target)
    for method in ("run", "__call__"):
        found = static_method(cls, method)
        if found is not None and not _is_builtin(target):
            return _read_instance(target, call, method, found)
    if _is_builtin(target):
        return _read_builtin(call)
    return _read_data(target)


def _read_function(call: Call, function: FunctionType, name: str | None) -> FunctorFacts:
    own = form_of_code(function)
    inner = call.innermost()
    hidden = form_of_code(inner) if inner is not None and form_of_code(inner) != own else None
    taken = signature_of_function(function, call)
    place = place_of_code((inner or function).__code__)
    return _facts(name, own, taken, place, wrapped_form=hidden)


def _read_class(cls: type) -> FunctorFacts:
    run = static_method(cls, "run")
    work = None if run is None else run.function()
    taken = signature_of_class(cls)
    return _facts(
        cls.__name__,
        "class",
        taken,
        place_of_class(cls),
        run_form=None if work is None else form_of_code(work),
        has_run=run is not None,
        is_iterable=False,
    )


def _read_instance(target: object, call: Call, method: str, found: Call) -> FunctorFacts:
    cls = type(target)
    found = found.on_instance(target).after(call)
    function = found.function()
    taken = signature_of_function(function, found) if function is not None else Taken()
    inner = found.innermost()
    place = place_of_code((inner or function).__code__) if function is not None else place_of_class(cls)
    run_form: RunForm | None = None
    hidden: RunForm | None = None
    if function is not None:
        run_form = form_of_code(function)
        hidden = form_of_code(inner) if inner is not None and form_of_code(inner) != run_form else None
    return _facts(
        _name_of(target) or cls.__name__,
        "instance" if method == "run" else "callable",
        taken,
        place,
        run_form=run_form,
        wrapped_form=hidden,
        has_run=method == "run",
        is_iterable=_is_iterable(cls),
    )


def _read_builtin(call: Call) -> FunctorFacts:
    name = getattr(call.target, "__name__", None)
    return _facts(name if isinstance(name, str) else None, "callable", Taken(), Place())


def _read_data(target: object) -> FunctorFacts:
    cls = type(target)
    if issubclass(cls, (GeneratorType, AsyncGeneratorType)):
        code = started_code(target)
        place = Place() if code is None else place_of_code(code)
        name = None if code is None or code.co_name.startswith("<") else code.co_name
        return FunctorFacts(name=name, form="started_generator", is_iterable=True, place=place)
    if _is_iterable(cls):
        return FunctorFacts(name=None, form="iterable", is_iterable=True, place=place_of_class(cls))
    return FunctorFacts(name=None, form="other")


def _facts(
    name: str | None,
    form: Form,
    taken: Taken,
    place: Place,
    *,
    run_form: RunForm | None = None,
    wrapped_form: RunForm | None = None,
    has_run: bool = False,
    is_iterable: bool = False,
) -> FunctorFacts:
    return FunctorFacts(
        name=name,
        form=form,
        run_form=run_form,
        wrapped_form=wrapped_form,
        has_run=has_run,
        is_iterable=is_iterable,
        has_signature=taken.known,
        parameters=taken.parameters,
        var_positional=taken.var_positional,
        keyword_only=taken.keyword_only,
        returns=taken.returns,
        place=place,
    )


def form_of_code(function: FunctionType) -> RunForm:
    """Which sort of function the compiler made of it."""
    flags = function.__code__.co_flags
    if flags & inspect.CO_ASYNC_GENERATOR:
        return "async_generator"
    if flags & inspect.CO_GENERATOR and not flags & inspect.CO_ITERABLE_COROUTINE:
        return "generator"
    return "coroutine" if flags & _COROUTINE else "function"


def started_code(generator: object) -> CodeType | None:
    """The code that a generator object runs."""
    code = getattr(generator, "gi_code", None) or getattr(generator, "ag_code", None)
    return code if isinstance(code, CodeType) else None


def is_a(value: object, cls: type) -> bool:
    """Like isinstance, but a proxy's ``__class__`` is not believed (nor run)."""
    return issubclass(type(value), cls)


def _is_builtin(target: object) -> bool:
    return is_a(target, BuiltinFunctionType) or type(target).__name__ in (
        "method_descriptor",
        "wrapper_descriptor",
        "method-wrapper",
        "classmethod_descriptor",
    )


def _is_iterable(cls: type) -> bool:
    return any(
        name in vars(base) for base in cls.__mro__ for name in ("__iter__", "__aiter__", "__getitem__")
    )


def _name_of(functor: object) -> str | None:
    """Its own name: a lambda has none, and a partial has one only when it was given one."""
    while is_a(functor, MethodType):
        functor = cast(MethodType, functor).__func__
    try:
        own = cast("dict[str, object]", object.__getattribute__(functor, "__dict__"))
    except AttributeError:
        own = {}
    name: object = own.get("__name__")
    if name is None and isinstance(functor, FunctionType):
        name = functor.__name__
    return name if isinstance(name, str) and not name.startswith("<") else None
