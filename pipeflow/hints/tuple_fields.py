"""The parts that a tuple type names: a fixed front, a repeated middle, a fixed back."""

from __future__ import annotations

from typing import Any, cast

from pipeflow.hints.forms import UNPACK, arguments_of, derives, is_class, is_in, origin_of
from pipeflow.hints.raw import annotations_of
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.scopes import scope_of_class
from pipeflow.hints.text import resolve
from pipeflow.hints.unions import union
from pipeflow.hints.unknown import UNKNOWN


def part_at(annotation: object, position: int) -> object:
    """The type of one part, UNKNOWN when it is not known."""
    fixed = fields(annotation)
    if fixed is None:
        return UNKNOWN
    front, middle, back = fixed
    if position < len(front):
        return front[position]
    return UNKNOWN if middle is None or back else middle


def all_parts(annotation: object) -> object:
    """The union of all parts of a tuple: what iterating over it gives."""
    fixed = fields(annotation)
    if fixed is None:
        return UNKNOWN
    front, middle, back = fixed
    return union((*front, *(() if middle is None else (middle,)), *back))


def fields(annotation: object) -> tuple[tuple[object, ...], object | None, tuple[object, ...]] | None:
    """A tuple type as (fixed front, repeated middle or None, fixed back); None for anything else.

    ``tuple[int, str]`` is ((int, str), None, ()), ``tuple[int, ...]`` is ((), int, ()) and
    ``tuple[int, *tuple[str, ...], bool]`` is ((int,), str, (bool,)).
    """
    if annotation is tuple:
        return (), Any, ()
    if is_class(annotation) and derives(annotation, tuple):
        return _fields_of_class(annotation)
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if is_class(origin) and derives(origin, tuple) and origin is not tuple:
        return _fields_of_generic(origin, arguments)
    if origin is not tuple:
        return None
    if len(arguments) == 2 and arguments[1] is ...:
        return (), arguments[0], ()
    front: list[object] = []
    middle: object | None = None
    back: list[object] = []
    for argument in arguments:
        inner = _unpacked(argument)
        if inner is None:
            (front if middle is None else back).append(argument)
            continue
        spread = fields(inner) or ((), UNKNOWN, ())
        target = front if middle is None else back
        target.extend(spread[0])
        if spread[1] is not None:
            if middle is not None:
                return (), UNKNOWN, ()
            middle = spread[1]
            target = back
        target.extend(spread[2])
    return tuple(front), middle, tuple(back)


def _fields_of_generic(
    cls: type, arguments: tuple[object, ...]
) -> tuple[tuple[object, ...], object | None, tuple[object, ...]]:
    """A generic NamedTuple with its arguments."""
    front, middle, back = _fields_of_class(cls)
    parameters = cast("tuple[object, ...]", vars(cls).get("__parameters__", ()))
    mapping = dict(zip(parameters, arguments, strict=False))
    return tuple(substitute(part, mapping) for part in front), middle, back


def _fields_of_class(cls: type) -> tuple[tuple[object, ...], object | None, tuple[object, ...]]:
    """A NamedTuple is the tuple of its fields; another subclass is what its bases say."""
    for base in cls.__mro__:
        names = vars(base).get("_fields")
        if isinstance(names, tuple):
            names = cast("tuple[str, ...]", names)
            scope = scope_of_class(base)
            hints = annotations_of(base)
            return tuple(resolve(hints.get(name, UNKNOWN), scope) for name in names), None, ()
        for written in vars(base).get("__orig_bases__", ()):
            if origin_of(written) is tuple:
                return fields(resolve(written, scope_of_class(base))) or ((), UNKNOWN, ())
    return (), Any, ()


def _unpacked(argument: object) -> object | None:
    """The tuple behind ``*tuple[...]`` or ``Unpack[tuple[...]]``, else None."""
    if getattr(argument, "__unpacked__", False):
        return tuple[arguments_of(argument)]  # type: ignore[misc]
    if is_in(origin_of(argument), UNPACK):
        return arguments_of(argument)[0]
    return None
