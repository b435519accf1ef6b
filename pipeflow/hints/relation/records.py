"""TypedDicts: by their keys."""

from __future__ import annotations

import collections.abc as abc
from dataclasses import dataclass

from pipeflow.hints.bases import binding
from pipeflow.hints.forms import arguments_of, origin_of
from pipeflow.hints.raw import annotations_of
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.relation.outcome import OK, Outcome, Rank, all_of, letter, mismatch
from pipeflow.hints.relation.shapes import Instance, Record, Shape
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.scopes import scope_of_class
from pipeflow.hints.text import resolve
from pipeflow.hints.unions import arms

_REQUIRED = {"Required": True, "NotRequired": False}


@dataclass(frozen=True)
class Item:
    """One key of a TypedDict."""

    annotation: object
    required: bool
    read_only: bool


def items_of(record: Record) -> dict[str, Item]:
    """The keys of a TypedDict, those that it inherits first."""
    found: dict[str, Item] = {}
    mapping = binding(record.cls, record.arguments)
    required: frozenset[str] = getattr(record.cls, "__required_keys__", frozenset())
    read_only: frozenset[str] = getattr(record.cls, "__readonly_keys__", frozenset())
    scope = scope_of_class(record.cls)
    for key, annotation in annotations_of(record.cls).items():
        marks = _marks(annotation)
        needed = next((_REQUIRED[mark] for mark in marks if mark in _REQUIRED), key in required)
        found[key] = Item(
            substitute(resolve(annotation, scope), mapping), needed, "ReadOnly" in marks or key in read_only
        )
    return found


def _marks(annotation: object) -> list[str]:
    """Required, NotRequired and ReadOnly around a key's type (text has them still in front)."""
    text = getattr(annotation, "__forward_arg__", annotation)
    if isinstance(text, str):
        words = text.replace("typing_extensions.", "").replace("typing.", "").replace("t.", "").split("[")
        return [word.strip() for word in words[:-1]]
    marks: list[str] = []
    current: object = annotation
    for _ in range(4):
        origin = origin_of(current)
        name = getattr(origin, "_name", None) or getattr(origin, "__name__", None)
        if name not in ("Required", "NotRequired", "ReadOnly", "Annotated"):
            break
        marks.append(str(name))
        current = arguments_of(current)[0]
    return marks


def _items(walk: Walk, record: Record) -> dict[str, Item]:
    def make() -> dict[str, Item]:
        found = items_of(record)
        walk.spend(sum(1 for item in found.values() for _ in arms(item.annotation)))
        return found

    return walk.remembered(("items", id(record)), make, record)


def record_to_record(walk: Walk, producer: Record, consumer: Record) -> Outcome:
    """Every key the consumer names must be there, alike. What may be written must be of the same type."""
    if producer.cls is consumer.cls and producer.arguments == consumer.arguments:
        return OK
    given, taken = _items(walk, producer), _items(walk, consumer)
    return all_of(_key(walk, producer, consumer, key, given.get(key), item) for key, item in taken.items())


def _key(
    walk: Walk, producer: Record, consumer: Record, key: str, given: Item | None, taken: Item
) -> Outcome:
    if given is None:
        if taken.required:
            return mismatch(
                "{} has no key " + _quoted(key) + ", which {} needs", producer.written, consumer.written
            )
        if taken.read_only and walk.relate(object, taken.annotation).ok:
            return OK
        return letter("{} says nothing about the key " + _quoted(key), producer.written)
    if taken.required and not given.required:
        return letter("the key " + _quoted(key) + " may be missing in {}", producer.written)
    if given.required and not taken.required and not taken.read_only:
        return letter(
            "{} may not lose the key " + _quoted(key) + ", which {} may", producer.written, consumer.written
        )
    if given.read_only and not taken.read_only:
        return letter("the key " + _quoted(key) + " of {} may not be written", producer.written)
    forward = walk.relate(given.annotation, taken.annotation)
    if taken.read_only or not forward.ok:
        return forward
    return walk.relate_back(taken.annotation, given.annotation).at_most(Rank.LETTER)


def to_record(producer: Shape, consumer: Record) -> Outcome:
    """A dict may have the keys, but doesn't say so."""
    if isinstance(producer, Instance) and issubclass(producer.cls, (dict, abc.Mapping)):
        return letter("{} need not have the keys of {}", producer.written, consumer.written)
    return mismatch("{} is not {}", producer.written, consumer.written)


def from_record(walk: Walk, producer: Record, consumer: Shape) -> Outcome:
    """A TypedDict is a Mapping of str to object; a dict it is when it runs, but not by the letter."""
    if isinstance(consumer, Instance) and issubclass(consumer.cls, dict):
        return letter(
            "{} is a dict that may not be given other keys, and {} may", producer.written, consumer.written
        )
    as_mapping = walk.seen_as(producer, Instance(producer.written, abc.Mapping, (str, object)))
    return walk.relate_shapes(as_mapping, consumer)


def _quoted(key: str) -> str:
    return repr(key).replace("{", "{{").replace("}", "}}")
