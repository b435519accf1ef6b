"""A key for an annotation: equal for two annotations that say the same thing.

Annotations can't be dictionary keys themselves: some are not hashable, and a class may have any metaclass
with any ``__eq__``. Classes are told apart by identity here and nothing of the user's is called.
"""

from __future__ import annotations

import typing
from collections.abc import Hashable
from types import UnionType
from typing import cast

import typing_extensions

from pipeflow.hints.forms import arguments_of, is_class, origin_of
from pipeflow.hints.text import Later

_DEEPEST = 40


def key_of(annotation: object, depth: int = 0) -> Hashable:
    """The key. It is good as long as the annotation is alive."""
    if annotation is None or annotation is type(None):
        return "None"
    if is_class(annotation) and origin_of(annotation) is None:
        return id(annotation)
    if isinstance(annotation, Later):
        return ("later", annotation.text, annotation.scope.identity)
    if isinstance(annotation, list):
        return ("list", *(key_of(part, depth + 1) for part in cast("list[object]", annotation)))
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if origin is None or depth > _DEEPEST:
        return ("object", id(annotation))
    if origin is typing.Literal or origin is typing_extensions.Literal:
        return ("literal", *((type(value).__qualname__, repr(value)) for value in arguments))
    if origin is typing.Annotated:
        return key_of(arguments[0], depth + 1)
    keys = tuple(key_of(argument, depth + 1) for argument in arguments)
    if origin is typing.Union or origin is UnionType:
        return ("union", frozenset(keys))
    unpacked = bool(getattr(annotation, "__unpacked__", False))
    return (id(origin), unpacked, keys)
