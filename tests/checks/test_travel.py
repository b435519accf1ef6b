"""What a pipe takes with it to its worker, and which part of it can't go."""

from __future__ import annotations

import functools
import threading
from typing import Any

import pytest

from pipeflow import Feedback, Join, Source, Transform
from pipeflow.checks import _travel
from pipeflow.checks._travel import cargo, heaviest, leaf, packed, parts

LOCK = threading.Lock()


class Holder:
    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)

    def run(self, item: Any) -> Any:
        return item


class Slotted:
    __slots__ = ("empty", "lock")

    def __init__(self) -> None:
        self.lock = LOCK


class OneSlot:
    __slots__ = "lock"  # noqa: PLC0205 - Python takes it

    def __init__(self) -> None:
        self.lock = LOCK


class Silent:
    def __reduce__(self) -> Any:
        raise ValueError


class Exits:
    def __reduce__(self) -> Any:
        raise SystemExit("no")


def closing(lock: Any, size: Any = LOCK) -> Any:
    return lambda item: (lock, item)


def uses_global(item: Any) -> Any:
    return LOCK, item


def with_default(item: Any, lock: Any = LOCK) -> Any:
    return item


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Holder(a=1, lock=LOCK), ".lock"),
        (Holder(deep=Holder(list=[1, (2, {"k": LOCK})])), ".deep.list[1][1]['k']"),
        ({"a": 1, "b": LOCK}, "['b']"),
        ([1, 2, LOCK], "[2]"),
        (frozenset({LOCK}), "[0]"),
        (Slotted(), ".lock"),
        (OneSlot(), ".lock"),
        (functools.partial(print, 1, LOCK), ".args[1]"),
        (functools.partial(print, end=LOCK), ".keywords['end']"),
        (functools.partial(Holder(lock=LOCK).run), ".func.__self__.lock"),
        (Holder(lock=LOCK).run, ".__self__.lock"),
        (LOCK, ""),
    ],
)
def test_the_way_to_what_cannot_go(value: Any, path: str) -> None:
    assert leaf("functor", value) == (f"functor{path}", LOCK)


def test_what_functions_hold() -> None:
    assert (".<closure>.lock", LOCK) in list(parts(closing(LOCK)))
    assert list(parts(with_default)) == [(".__defaults__[0]", LOCK)]
    assert list(parts(uses_global)) == [(".<global>.LOCK", LOCK)]


def test_a_class_is_not_looked_into() -> None:
    assert list(parts(Holder)) == []


def test_an_empty_cell_holds_nothing() -> None:
    def make() -> Any:
        def inner() -> Any:
            return later

        found = list(parts(inner))
        later = 1
        return found, later

    assert make()[0] == []


def test_no_more_than_so_many_are_looked_at() -> None:
    many = list(parts(list(range(1000))))
    assert len(many) == _travel._MOST_TRIES
    path, value = leaf("f", [*range(1000), LOCK])
    assert path == "f"
    assert len(value) == 1001


def test_why_something_cannot_be_pickled() -> None:
    assert packed([1]).error == ""
    assert packed(LOCK).error == "cannot pickle '_thread.lock' object"
    assert packed(Silent()).error == "ValueError"
    assert packed(Exits()).error == "no"


def test_sizes() -> None:
    assert 100_000 <= packed(bytes(100_000)).size < 101_000
    assert packed(bytearray(100_000)).size >= 100_000


def test_what_is_very_large_is_not_pickled_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_travel, "LARGEST", 100_000)
    seen: list[str] = []

    class Last:
        def __reduce__(self) -> Any:
            seen.append("reached")
            return str, ()

    large = packed([bytes(60_000), bytes(60_000), Last()])
    assert large.size > 100_000
    assert (large.error, seen) == ("", [])
    assert packed(bytes(50_000)).error == ""


def test_the_heaviest_part() -> None:
    value = Holder(small=b"1", table=Holder(rows=[bytes(10), bytes(50_000)], name="x"))
    path, found, size = heaviest("functor", value, packed(value).size)
    assert (path, found) == ("functor.table.rows[1]", bytes(50_000))
    assert 50_000 <= size < 50_100


def test_where_nothing_is_most_of_it() -> None:
    value = [bytes(10_000), bytes(10_000), bytes(10_000)]
    path, found, size = heaviest("functor", value, packed(value).size)
    assert (path, found) == ("functor", value)
    assert size == packed(value).size


def test_what_goes_with_a_pipe() -> None:
    assert list(cargo(Transform(print))) == [("functor", print)]
    said = dict(cargo(Source(print, init_kwargs={"end": ""})))
    assert said == {"functor": print, "init_kwargs": {"end": ""}}
    assert dict(cargo(Feedback(init=[1]))) == {"init": (1,)}
    assert "keys" in dict(cargo(Join(key=len)))
    assert list(cargo(Feedback(init=[]))) == []
