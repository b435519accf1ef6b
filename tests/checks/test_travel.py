"""What a pipe takes with it to its worker, and which part of it can't go."""

from __future__ import annotations

import functools
import multiprocessing
import sys
import threading
from typing import Any

import pytest

from pipeflow import Feedback, Join, Source, Transform
from pipeflow.checks import Target, _travel
from pipeflow.checks._travel import cargo, default_start_method, heaviest, leaf, packed, parts, way

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


# ---------------------------------------------------------------- how it travels


def test_the_way_in_words() -> None:
    assert way(Target(engine="ray", start_method="fork")) == "engine 'ray'"
    assert way(Target(start_method="spawn")) == "start method 'spawn'"
    assert way(Target(start_method="forkserver")) == "start method 'forkserver'"
    assert way(Target(start_method="fork")) is None
    assert way(Target(engine="thread", start_method="spawn")) is None


@pytest.mark.parametrize(
    ("chosen", "platform", "version", "expected"),
    [
        ("forkserver", "linux", (3, 12), "forkserver"),
        (None, "linux", (3, 13), "fork"),
        (None, "linux", (3, 14), "forkserver"),
        (None, "darwin", (3, 12), "spawn"),
        (None, "win32", (3, 14), "spawn"),
        ("fork", "darwin", (3, 14), "fork"),
    ],
)
def test_the_platforms_own_way(
    chosen: str | None,
    platform: str,
    version: tuple[int, int],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def start_method(allow_none: bool = False) -> str | None:
        asked.append(allow_none)
        return chosen

    monkeypatch.setattr(multiprocessing, "get_start_method", start_method)
    monkeypatch.setattr(_travel.sys, "platform", platform)
    monkeypatch.setattr(_travel.sys, "version_info", version)
    assert default_start_method() == expected
    assert asked == [True], "to ask without it would choose one"
    monkeypatch.delitem(sys.modules, "multiprocessing")
    default_start_method()
    assert asked == [True], "it isn't loaded for that"


# ---------------------------------------------------------------- how far it is looked into


def deep(levels: int) -> Any:
    value: Any = LOCK
    for _ in range(levels):
        value = [value]
    return value


def test_no_deeper_than_so_far() -> None:
    assert leaf("f", deep(_travel._DEEPEST)) == ("f" + "[0]" * _travel._DEEPEST, LOCK)
    assert leaf("f", deep(_travel._DEEPEST + 1)) == ("f" + "[0]" * _travel._DEEPEST, [LOCK])
    assert leaf("f", 1) == ("f", 1)


def test_no_more_often_than_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    real = _travel.packed
    monkeypatch.setattr(_travel, "packed", lambda value: (tried.append(value), real(value))[1])
    monkeypatch.setattr(_travel, "_MOST_TRIES", 10)
    assert leaf("f", [1, 2, 3, [4, 5, LOCK]]) == ("f[3][2]", LOCK)
    assert len(tried) == 7
    search = [_travel._Search(tries=3)]
    monkeypatch.setattr(_travel, "_Search", search.pop)
    assert leaf("f", [1, 2, 3, LOCK]) == ("f", [1, 2, 3, LOCK])
    assert len(tried) == 10


def test_the_heaviest_is_more_than_half() -> None:
    value = [bytes(1000), bytes(1000)]
    assert heaviest("f", value, 2 * packed(value[0]).size) == ("f", value, 2 * packed(value[0]).size)
    path, _, size = heaviest("f", value, 2 * packed(value[0]).size - 1)
    assert (path, size) == ("f[0]", packed(value[0]).size)


def test_the_heaviest_no_deeper_than_so_far_and_no_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    value: Any = bytes(100_000)
    for _ in range(_travel._DEEPEST + 2):
        value = [value]
    path, _, size = heaviest("f", value, packed(value).size)
    assert path == "f" + "[0]" * _travel._DEEPEST
    assert size > 100_000
    monkeypatch.setattr(_travel, "_MOST_TRIES", 3)
    assert heaviest("f", [1, bytes(100_000), 2], 100_000)[0] == "f[1]"
    assert heaviest("f", [1, 2, bytes(100_000)], 100_000)[0] == "f"


class Properties:
    __slots__ = ("real",)

    def __init__(self) -> None:
        self.real = LOCK


class Odd(Properties):
    __slots__ = ("other",)
    real = property(lambda self: 1 / 0)  # type: ignore[assignment]


def test_what_hides_a_slot_is_not_called() -> None:
    odd: Any = object.__new__(Odd)
    odd.other = 3
    assert list(parts(odd)) == [(".other", 3)]


def test_subclasses_of_containers() -> None:
    class Named(dict[str, Any]): ...

    class Rows(list[Any]): ...

    assert list(parts(Named(a=1))) == [("['a']", 1)]
    assert list(parts(Rows([1]))) == [("[0]", 1)]
    assert list(parts((1, 2))) == [("[0]", 1), ("[1]", 2)]
    assert list(parts({3})) == [("[0]", 3)]
