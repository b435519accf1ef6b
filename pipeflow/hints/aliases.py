"""``type X = ...`` aliases, which are objects of their own: one level of what they stand for."""

from __future__ import annotations

from typing import Any

from pipeflow.hints.forms import arguments_of, origin_of
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.scopes import scope_of_module
from pipeflow.hints.text import resolve
from pipeflow.hints.unknown import UNKNOWN

_DEEPEST = 50  # aliases of aliases; a longer chain runs in a circle


def is_alias(annotation: object) -> bool:
    """Whether it is such an alias, with or without arguments."""
    return (
        type(annotation).__name__ == "TypeAliasType"
        or type(origin_of(annotation)).__name__ == "TypeAliasType"
    )


def expanded(annotation: object) -> object:
    """What an alias stands for, until that is no alias any more; UNKNOWN when it stands for itself."""
    for _ in range(_DEEPEST):
        if not is_alias(annotation):
            return annotation
        annotation = _one_level(annotation)
    return UNKNOWN


def _one_level(annotation: object) -> object:
    alias: Any = annotation if type(annotation).__name__ == "TypeAliasType" else origin_of(annotation)
    value = resolve(alias.__value__, scope_of_module(alias.__module__))
    names: tuple[object, ...] = tuple(alias.__type_params__)
    arguments = arguments_of(annotation)
    if len(names) == len(arguments):
        return substitute(value, dict(zip(names, arguments, strict=True)))
    return substitute(value, dict.fromkeys(names, Any))
