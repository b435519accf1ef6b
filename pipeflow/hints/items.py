"""Which items a functor gives and takes, by the kind of pipe it stands in."""

from __future__ import annotations

import collections.abc as abc
import inspect
import io
from collections.abc import Iterable
from types import FunctionType
from typing import cast

import typing_extensions

from pipeflow.hints.bases import arguments_as, binding, parameters_of
from pipeflow.hints.decorated import is_manager
from pipeflow.hints.facts import FunctorFacts, Kind
from pipeflow.hints.forms import SELF, arguments_of, class_of, derives, is_class, origin_of
from pipeflow.hints.raw import raw_signature
from pipeflow.hints.reading import read, started_code
from pipeflow.hints.rebuilding import substitute, variables
from pipeflow.hints.signatures import signature_of_function
from pipeflow.hints.unions import Never, admits_none, arms, strip_none, union
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import Call, static_method, unwrap

_LARGEST_LOOK = 10_000  # items of a ready list whose types are looked at
_ITEM_SOURCES = (abc.Iterable, abc.AsyncIterable)


def facts_of(functor: object) -> FunctorFacts:
    """The facts themselves, or those of a functor: whoever asks several questions reads it only once."""
    return functor if isinstance(functor, FunctorFacts) else read(functor)


def produced(functor: object, kind: Kind) -> object:
    """The type of the items that a functor sends, as an annotation.

    ``None`` is taken out, since it is never delivered; Never is left of a functor that gives only None.
    """
    try:
        facts = facts_of(functor)
        if kind == "sink":
            return Never
        if kind == "transform":
            return strip_none(returned(facts))
        return strip_none(_yielded(facts))
    except (Exception, SystemExit):  # noqa: BLE001 - see read: a functor may be any object
        return UNKNOWN


def may_drop(functor: object, kind: Kind = "transform") -> bool | None:
    """Whether some results may be None and so dropped; None when the annotation doesn't say."""
    try:
        facts = facts_of(functor)
        annotation = _yielded(facts) if kind in ("source", "regulator") else returned(facts)
        return admits_none(annotation)
    except (Exception, SystemExit):  # noqa: BLE001 - see read
        return None


def accepted(functor: object, kind: Kind, position: int = 0) -> object:
    """The type of what a functor takes as its argument of that position, as an annotation."""
    try:
        facts = facts_of(functor)
        if kind == "source":
            return Never
        if kind == "regulator":
            return _sent(facts)
        return parameter_at(facts, position)
    except (Exception, SystemExit):  # noqa: BLE001 - see read
        return UNKNOWN


def parameter_at(facts: FunctorFacts, position: int) -> object:
    """The annotation of the parameter that the item of that position is passed to."""
    if position < len(facts.parameters):
        return facts.parameters[position].annotation
    if facts.var_positional is None:
        return UNKNOWN
    annotation = facts.var_positional.annotation
    if origin_of(annotation) is typing_extensions.Unpack:
        from pipeflow.hints.tuple_fields import part_at

        inner = arguments_of(annotation)[0]
        return part_at(inner, position - len(facts.parameters))
    return annotation


def returned(facts: FunctorFacts) -> object:
    """What a call gives in the end: of ``async def`` what awaiting it gives; nothing awaits what a plain
    function returns. Unknown when a decorator stands between the annotation and the call.
    """
    if _form(facts) in ("generator", "async_generator"):
        return UNKNOWN
    if _hidden(facts) in ("generator", "async_generator") and not _is_context_manager(facts.returns):
        return UNKNOWN
    if _form(facts) == "function" and _is_marked(facts.functor):
        return _awaited(facts.returns)
    return facts.returns


def _is_marked(functor: object) -> bool:
    """Whether a plain function was marked by ``inspect.markcoroutinefunction``: then it is awaited."""
    function = unwrap(functor).function()
    return function is not None and inspect.iscoroutinefunction(function)


def _is_context_manager(annotation: object) -> bool:
    return is_manager(class_of(annotation))


def _form(facts: FunctorFacts) -> str:
    return facts.run_form or facts.form


def _hidden(facts: FunctorFacts) -> str | None:
    return facts.wrapped_form


def _awaited(annotation: object) -> object:
    found: list[object] = []
    for arm in arms(annotation):
        inner = _argument_as(arm, abc.Awaitable, 0)
        found.append(arm if inner is None else inner)
    return union(found) if len(found) != 1 else found[0]


def _yielded(facts: FunctorFacts) -> object:
    """The item type of a source or regulator."""
    if facts.form == "started_generator":
        return _yielded_by_started(facts.functor)
    if facts.form == "iterable":
        return _items_of_data(facts.functor)
    if facts.form == "class" and not facts.has_run:
        return item_type(facts.returns)
    if facts.form == "callable" and facts.returns is UNKNOWN and facts.is_iterable:
        return item_type(type(facts.functor))
    if _form(facts) == "coroutine":
        return item_type(facts.returns)
    return item_type(_awaited(facts.returns))


def item_type(annotation: object) -> object:
    """The item of an iterable annotation, UNKNOWN when it isn't known to be one."""
    found: list[object] = []
    for arm in arms(annotation):
        if arm is None or arm is type(None):
            continue
        found.append(_item_of(arm))
    return union(found) if found else UNKNOWN


def _item_of(annotation: object) -> object:
    for base in _ITEM_SOURCES:
        item = _argument_as(annotation, base, 0)
        if item is not None:
            return item
    if origin_of(annotation) is tuple or _fields(annotation):
        from pipeflow.hints.tuple_fields import all_parts

        return all_parts(annotation)
    cls = _class_of(annotation)
    return UNKNOWN if cls is None else _item_of_class(cls, annotation)


def _item_of_class(cls: type, annotation: object) -> object:
    """By the annotations of ``__iter__`` (or ``__aiter__``), else of ``__next__``."""
    for name, awaited in (
        ("__iter__", False),
        ("__aiter__", False),
        ("__next__", False),
        ("__anext__", True),
    ):
        call = static_method(cls, name)
        function = None if call is None else call.function()
        if call is None or function is None:
            continue
        returns = _in_class(signature_of_function(function, call).returns, cls, call.owner, annotation)
        if name in ("__next__", "__anext__"):
            return returns if awaited or returns is UNKNOWN else _awaited(returns)
        if returns is UNKNOWN or returns is annotation or returns is cls:
            continue  # it iterates itself
        return item_type(returns)
    return UNKNOWN


def _in_class(returns: object, cls: type, owner: type | None, annotation: object) -> object:
    """What a method of ``owner`` gives on ``annotation``: no type variable of the class or method is left.

    They might be the very ones of the functor that gives such an object, where they mean something else.
    """
    mapping: dict[object, object] = dict.fromkeys(variables(returns), UNKNOWN)
    if owner is not None and parameters_of(owner):
        mapping |= binding(owner, arguments_as(cls, arguments_of(annotation) or None, owner))
    return substitute(returns, {**mapping, **dict.fromkeys(SELF, annotation)})


def _sent(facts: FunctorFacts) -> object:
    """What a coroutine function is sent: the Send of its Generator."""
    found = [_argument_as(arm, abc.Generator, 1) for arm in arms(facts.returns)]
    found += [_argument_as(arm, abc.AsyncGenerator, 1) for arm in arms(facts.returns)]
    known = [annotation for annotation in found if annotation is not None]
    return union(known) if known else UNKNOWN


def _argument_as(annotation: object, base: type, position: int) -> object | None:
    """The argument of ``annotation`` seen as ``base``; None when its class isn't one."""
    cls = _class_of(annotation)
    if cls is None or cls is tuple or _fields(annotation):
        return None
    given = arguments_of(annotation) or None
    arguments = arguments_as(cls, given, base)
    if arguments is None:
        return None
    return arguments[position] if position < len(arguments) else UNKNOWN


def _class_of(annotation: object) -> type | None:
    origin = origin_of(annotation) or annotation
    return origin if is_class(origin) else None


def _fields(annotation: object) -> bool:
    return is_class(annotation) and derives(annotation, tuple) and hasattr(annotation, "_fields")


def _yielded_by_started(generator: object) -> object:
    """A started generator doesn't know its function; it is looked for by name where its code was defined."""
    code = started_code(generator)
    frame = getattr(generator, "gi_frame", None) or getattr(generator, "ag_frame", None)
    if code is None or frame is None:
        return UNKNOWN
    found: object = cast("dict[str, object]", frame.f_globals).get(code.co_name)
    while isinstance(found, FunctionType) and found.__code__ is not code:
        found = getattr(found, "__wrapped__", None)
    if not isinstance(found, FunctionType) or raw_signature(found) is None:
        return UNKNOWN
    return item_type(signature_of_function(found, Call(found)).returns)


def _items_of_data(data: object) -> object:
    """Ready data is its own annotation: the types of the items it has."""
    cls = type(data)
    if cls in (list, tuple, set, frozenset, dict):
        items = cast("Iterable[object]", data)
        if len(cast("list[object]", data)) > _LARGEST_LOOK:
            return UNKNOWN
        found = sorted({type(item) for item in items}, key=lambda each: each.__qualname__)
        return union(found) if found else UNKNOWN
    if issubclass(cls, io.TextIOBase):
        return str
    return item_type(cls)
