"""What changes what: every method that is listed, every function, and what they are called."""

from __future__ import annotations

import array
import bisect
import collections
import heapq
import queue
import random
import threading
from typing import Any

import numpy as np
import pytest

from pipeflow.checks import _mutators
from pipeflow.checks._mutators import (
    FUNCTION_NAMES,
    NAMES,
    RETURNING,
    changed_by,
    counts_up,
    element,
    is_own_array,
    kind_of,
    mutators,
    verb_of,
)

CALLS: dict[str, tuple[Any, dict[str, tuple[Any, ...]]]] = {
    "list": (lambda: [2, 1], {
        "append": (3,), "extend": ([3],), "insert": (0, 3), "remove": (1,), "pop": (), "clear": (),
        "sort": (), "reverse": (), "__setitem__": (0, 5), "__delitem__": (0,),
    }),
    "dict": (lambda: {1: 2}, {
        "update": ({3: 4},), "setdefault": (3, 4), "pop": (1,), "popitem": (), "clear": (),
        "__setitem__": (3, 4), "__delitem__": (1,),
    }),
    "defaultdict": (lambda: collections.defaultdict(list, {1: [2]}), {"update": ({3: []},), "clear": ()}),
    "OrderedDict": (lambda: collections.OrderedDict({1: 2}), {"popitem": (), "setdefault": (2, 3)}),
    "set": (lambda: {1, 2}, {
        "add": (3,), "update": ([3],), "discard": (1,), "remove": (1,), "pop": (), "clear": (),
        "difference_update": ([1],),
    }),
    "deque": (lambda: collections.deque([1, 2]), {
        "append": (3,), "appendleft": (3,), "extend": ([3],), "extendleft": ([3],), "pop": (), "popleft": (),
        "clear": (),
    }),
    "Counter": (lambda: collections.Counter("ab"), {
        "update": ("a",), "subtract": ("a",), "clear": (), "__setitem__": ("a", 5), "__delitem__": ("a",),
    }),
    "bytearray": (lambda: bytearray(b"a"), {
        "append": (1,), "extend": (b"a",), "insert": (0, 1), "clear": (),
    }),
    "array": (lambda: array.array("i", [1]), {"append": (1,), "extend": ([1],), "insert": (0, 1)}),
    "ndarray": (lambda: np.array([3.0, 1.0, 2.0]), {
        "fill": (9,), "sort": (), "put": (0, 7), "partition": (1,), "resize": ((2,),), "__setitem__": (0, 7),
    }),
}  # fmt: skip


@pytest.mark.parametrize("kind", CALLS)
def test_what_is_listed_changes_it(kind: str) -> None:
    make, calls = CALLS[kind]
    for name, arguments in calls.items():
        value, before = make(), make()
        assert name in mutators(value), name
        assert name in NAMES, name
        getattr(value, name)(*arguments)
        assert repr(value) != repr(before), name


def test_nothing_else_is_listed() -> None:
    tested = {kind: set(calls) for kind, (_, calls) in CALLS.items()}
    for kind in ("list", "dict", "set", "deque", "Counter", "bytearray", "array", "ndarray"):
        assert mutators(CALLS[kind][0]()) == tested[kind], kind


@pytest.mark.parametrize("waiting", [queue.Queue(), queue.SimpleQueue()])
def test_queues(waiting: Any) -> None:
    assert mutators(waiting) == {"put", "put_nowait"}
    waiting.put_nowait(1)
    waiting.put(2)
    assert waiting.qsize() == 2


@pytest.mark.parametrize("value", [(), "", 1, None, object(), np.zeros(3)[:2], type])
def test_of_anything_else_nothing_is_known(value: Any) -> None:
    assert mutators(value) == frozenset()


def test_what_gives_back_is_asked_for() -> None:
    assert RETURNING == {"pop", "popitem", "popleft", "setdefault", "heappop", "heapreplace", "heappushpop"}


@pytest.mark.parametrize("name", ["heappush", "heappop", "heapify", "heapreplace", "heappushpop"])
def test_functions_of_heaps(name: str) -> None:
    assert changed_by(getattr(heapq, name))
    assert name in FUNCTION_NAMES


def test_functions_of_others() -> None:
    for function in (bisect.insort, bisect.insort_left, bisect.insort_right, random.shuffle):
        assert changed_by(function)
    assert FUNCTION_NAMES >= {"insort", "insort_left", "insort_right", "shuffle"}
    assert not changed_by(sorted)
    assert not changed_by(bisect.bisect)


@pytest.mark.parametrize(
    ("held", "like"),
    [
        ([[1], [2]], [1]),
        (([1], [2]), [1]),
        ({"a": {1}, "b": {2}}, {1}),
        (collections.defaultdict(list), []),
        (collections.defaultdict(int), None),
        (collections.defaultdict(lambda: [0], {1: [2]}), [2]),
        ([[1], {2}], None),
        ([], None),
        ("ab", None),
        ({1, 2}, None),
    ],
)
def test_what_a_container_holds(held: Any, like: Any) -> None:
    assert element(held) == like


def test_only_so_many_are_looked_at() -> None:
    assert element([[1]] * 50 + [{2}]) == [1]
    assert element([[1]] * 49 + [{2}]) is None


class Plain:
    shared = 0

    def __init__(self) -> None:
        self.count = 0


class Watched:
    def __init__(self) -> None:
        object.__setattr__(self, "count", 0)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)


class Described:
    @property
    def count(self) -> int:
        return 0

    @count.setter
    def count(self, value: int) -> None: ...


class Slotted:
    __slots__ = ("count",)


def test_what_counts_up() -> None:
    assert counts_up(Plain(), "count")
    assert counts_up(Plain(), "shared")
    assert not counts_up(Plain(), "unknown")
    assert not counts_up(Watched(), "count")
    assert not counts_up(Described(), "count")
    assert not counts_up(Slotted(), "count")


def test_words() -> None:
    assert [verb_of(name) for name in ("append", "appendleft", "extend")] == ["appends to"] * 3
    assert [verb_of(name) for name in ("put", "put_nowait")] == ["puts into"] * 2
    assert [verb_of(name) for name in ("__setitem__", "__delitem__")] == ["writes into"] * 2
    assert (verb_of("add"), verb_of("sort")) == ("adds to", "changes")
    assert (kind_of([]), kind_of(array.array("i")), kind_of(Plain())) == ("a list", "an array", "a Plain")
    assert kind_of(OSError()) == "an OSError"


def test_arrays_of_their_own() -> None:
    assert is_own_array(np.zeros(2))
    assert not is_own_array(np.zeros(2)[:1])
    assert not is_own_array(np.float64(1))
    assert not is_own_array([])
    assert _mutators.FUNCTIONS


def test_counters_that_threads_share_are_their_own() -> None:
    assert not counts_up(threading.Semaphore(), "_value")
    local = threading.local()
    local.n = 1
    assert not counts_up(local, "n")
