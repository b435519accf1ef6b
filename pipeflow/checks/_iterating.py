"""Whether something certainly has no items inside."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterable
from typing import Any

from pipeflow import hints
from pipeflow.hints.forms import LITERAL, arguments_of, class_of, derives, is_in, origin_of
from pipeflow.hints.unions import arms

_TEXT = (str, bytes)


def has_no_items(annotation: object, *, by_index: bool = False) -> bool:
    """Whether nothing that it allows can be iterated; text counts as one item, not as its letters.

    Args:
        annotation: of what would be iterated.
        by_index: whether ``__getitem__`` alone will do, as for ``iter()``.
    """
    every = list(arms(annotation))
    return bool(every) and all(is_text(arm) or _is_one_thing(arm, by_index) for arm in every)


def is_text(annotation: object) -> bool:
    """Whether it is a str or bytes, or some values of them."""
    if is_in(origin_of(annotation), LITERAL):
        return all(type(value) in _TEXT for value in arguments_of(annotation))
    cls = class_of(annotation)
    return cls is not None and any(derives(cls, text) for text in _TEXT)


def _is_one_thing(annotation: object, by_index: bool) -> bool:
    cls = class_of(annotation)
    if cls is not None and _has(cls, "__getitem__"):  # enough for Iterable, not for all that iterates
        return not _may_have_items(cls, by_index)
    verdict = hints.assignable(annotation, Iterable[Any])
    if verdict.verdict != "mismatch" or not verdict.certain:
        return False
    return cls is None or not _may_have_items(cls, by_index)


def _may_have_items(cls: type, by_index: bool) -> bool:
    """Whether the class has items after all, or one that is made from it: its objects may be of that."""
    names = ("__iter__", "__getitem__") if by_index else ("__iter__",)
    if cls is object or derives(cls, type) or derives(type(cls), ABCMeta):
        return True  # a protocol, an abstract class, a class as a value: they say too little
    if _has(cls, *names):
        return True
    made_from: list[type] = [] if cls.__module__ == "builtins" else type.__subclasses__(cls)
    return any(_may_have_items(each, by_index) for each in made_from)


def _has(cls: type, *names: str) -> bool:
    return any(name in vars(base) for base in type.mro(cls) for name in names)
