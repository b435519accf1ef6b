"""Reading a functor: what it is, what it takes and what it gives, without calling it."""

from __future__ import annotations

from dataclasses import replace
from types import (
    AsyncGeneratorType,
    CodeType,
    FunctionType,
    GeneratorType,
    MethodType,
)

from pipeflow.hints.facts import Form, FunctorFacts, RunForm
from pipeflow.hints.forms import derives, is_class
from pipeflow.hints.places import Place, place_of_class, place_of_code
from pipeflow.hints.raw import form_of_code
from pipeflow.hints.signatures import Taken, signature_of_class, signature_of_function
from pipeflow.hints.unwrapping import Call, innermost, own_attributes, static_method, unwrap, wrapped


def read(functor: object) -> FunctorFacts:
    """What can be known of a functor. Never raises and never calls it: what can't be read is unknown."""
    try:
        return _read(functor)
    except (Exception, SystemExit):  # noqa: BLE001 - any object may be passed, and its attributes may run any code
        return FunctorFacts(name=None, form="other", functor=functor)


def _read(functor: object) -> FunctorFacts:
    call = unwrap(functor)
    target = call.target
    if is_class(target):
        return _read_class(functor, target, call)
    if isinstance(target, FunctionType):
        form = form_of_code(target)
        return _facts(functor, _name_of(functor), form, call, hidden=_hidden_form(call, form))
    if _is_builtin(target):
        name: object = getattr(target, "__name__", None)
        return _facts(functor, name if isinstance(name, str) else None, "callable", call)
    for method in ("run", "__call__"):
        found = static_method(type(target), method)
        if found is not None:
            return _read_instance(functor, call, method, found)
    return _read_data(functor, target)


def _read_class(functor: object, cls: type, call: Call) -> FunctorFacts:
    run = static_method(cls, "run")
    work = None if run is None else run.function()
    return _facts(
        functor,
        cls.__name__ if functor is cls else _name_of(functor),
        "class",
        call,
        taken=signature_of_class(cls, call),
        run_form=None if work is None else form_of_code(work),
        has_run=run is not None,
        place=place_of_class(cls),
    )


def _read_instance(functor: object, call: Call, method: str, found: Call) -> FunctorFacts:
    """An object with ``run``, or one that can be called."""
    target = call.target
    cls = type(target)
    keywords = {**found.keywords, **call.keywords}
    whole = Call(found.target, found.skip + call.skip, keywords, found.wraps, found.owner, target, cls)
    held = wrapped(target) if method == "__call__" else None
    if held is not None:
        whole = replace(whole, wraps=innermost(target), held=held)
    function = whole.function()
    run_form = None if function is None else form_of_code(function)
    return _facts(
        functor,
        (_name_of(target) or cls.__name__) if functor is target else _name_of(functor),
        "instance" if method == "run" else "callable",
        whole,
        run_form=run_form,
        hidden=_hidden_form(whole, run_form),
        has_run=method == "run",
        is_iterable=_is_iterable(cls),
        place=place_of_class(cls) if function is None and whole.innermost() is None else None,
    )


def _read_data(functor: object, target: object) -> FunctorFacts:
    cls = type(target)
    if derives(cls, GeneratorType) or derives(cls, AsyncGeneratorType):
        code = started_code(target)
        place = Place() if code is None else place_of_code(code)
        name = None if code is None or code.co_name.startswith("<") else code.co_name
        return FunctorFacts(name, "started_generator", is_iterable=True, place=place, functor=functor)
    if _is_iterable(cls):
        return FunctorFacts(None, "iterable", is_iterable=True, place=place_of_class(cls), functor=functor)
    return FunctorFacts(None, "other", functor=functor)


def _facts(
    functor: object,
    name: str | None,
    form: Form,
    call: Call,
    *,
    taken: Taken | None = None,
    run_form: RunForm | None = None,
    hidden: RunForm | None = None,
    has_run: bool = False,
    is_iterable: bool = False,
    place: Place | None = None,
) -> FunctorFacts:
    function = call.function()
    if taken is None:
        taken = Taken() if function is None else signature_of_function(function, call)
    if place is None:
        source = call.innermost() or function
        place = Place() if source is None else place_of_code(source.__code__)
    return FunctorFacts(
        name=name,
        form=form,
        run_form=run_form,
        wrapped_form=hidden,
        believed=taken.believed and (function is not None or call.innermost() is None),
        has_run=has_run,
        is_iterable=is_iterable,
        has_signature=taken.known,
        parameters=taken.parameters,
        var_positional=taken.var_positional,
        keyword_only=taken.keyword_only,
        returns=taken.returns,
        place=place,
        functor=functor,
    )


def _hidden_form(call: Call, form: RunForm | None) -> RunForm | None:
    """The form of the innermost function, when it is another than that of the function that is called."""
    inner = call.innermost()
    own = None if inner is None else form_of_code(inner)
    return None if own == form else own


def started_code(generator: object) -> CodeType | None:
    """The code that a generator object runs."""
    code = getattr(generator, "gi_code", None) or getattr(generator, "ag_code", None)
    return code if isinstance(code, CodeType) else None


def _is_builtin(target: object) -> bool:
    return type(target).__name__ in (
        "builtin_function_or_method",
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
    if type(functor) is MethodType:
        return _name_of(functor.__func__)
    name: object = own_attributes(functor).get("__name__")
    if name is None and isinstance(functor, FunctionType):
        name = functor.__name__
    return name if isinstance(name, str) and not name.startswith("<") else None
