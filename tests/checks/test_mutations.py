"""PF402 on functors as people write them: what is lost is found, what is the functor's own is not."""

from __future__ import annotations

import bisect
import collections
import functools
import heapq
import itertools
import logging
import multiprocessing
import random
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeflow import Transform
from tests.checks.asking import codes
from tests.checks.pieces import sink, source


class Progress:
    """As a progress bar, or a meter of one's own."""

    done = 0

    def __init__(self) -> None:
        self.total = 0
        self.rows: list[Any] = []

    def update(self, n: int = 1) -> None:
        self.total += n


class Guarded:
    @property
    def n(self) -> int:
        return 0

    @n.setter
    def n(self, value: int) -> None:
        pass


results: list[Any] = []
heap: list[Any] = []
free = [1, 2, 3]
pool: Any = collections.deque([1])
table: dict[Any, Any] = {}
cache: dict[Any, Any] = {}
groups: Any = collections.defaultdict(list)
nested: Any = collections.defaultdict(collections.Counter)
lists = {"a": [0], "b": [0]}
buffer = np.zeros(4)
progress, guarded, local = Progress(), Guarded(), threading.local()
number = multiprocessing.Value("i", 0)
numbers: Any = {"n": number}
lock = threading.Lock()
log = logging.getLogger("tests")
rng = np.random.default_rng(0)
last: Any = None


def in_groups(item: Any) -> Any:
    groups[item % 2].append(item)
    return item


def in_lists(item: Any) -> Any:
    lists["a"].append(item)
    return item


def counted_within(item: Any) -> Any:
    nested[item]["n"] += 1
    return item


def set_default(item: Any) -> Any:
    table.setdefault(item, []).append(item)
    return item


def an_attribute_of_an_object(item: Any) -> Any:
    progress.total += item
    return item


def an_attribute_of_its_class(item: Any) -> Any:
    progress.done += 1
    return item


def rows_of_an_object(item: Any) -> Any:
    progress.rows.append(item)
    return item


def on_a_heap(item: Any) -> Any:
    heapq.heappush(heap, item)
    return item


def sorted_in(item: Any) -> Any:
    bisect.insort(heap, item)
    return item


def added_out(item: Any) -> Any:
    np.add(item, 1, out=buffer)
    return item


def in_place(item: Any) -> Any:
    buffer[:] += item
    return item


def filled(item: Any) -> Any:
    buffer.fill(item)
    return item


def by_another_name(item: Any) -> Any:
    mine = results
    mine.append(item)
    return item


def mapped(item: Any) -> Any:
    list(map(results.append, [item]))
    return item


def locked(item: Any) -> Any:
    with lock:
        results.append(item)
    return item


def walrus(item: Any) -> Any:
    if (more := item + 1) > 3:
        results.extend([more])
    return item


def walrus_into_a_global(item: Any) -> Any:
    global last
    return (last := item) and item


def deleted(item: Any) -> Any:
    del table[item]
    return item


def taken_apart(item: Any) -> Any:
    first, table[item] = item
    return first


def in_a_comprehension(item: Any) -> Any:
    [results.append(each) for each in item]
    return item


def appends(kept: list[Any], item: Any) -> Any:
    kept.append(item)
    return item


def keeps(item: Any, kept: list[Any]) -> Any:
    kept.append(item)
    return item


def deeper() -> Callable[[Any], Any]:
    kept: list[Any] = []

    def outer(item: Any) -> Any:
        def inner() -> None:
            kept.append(item)

        inner()
        return item

    return outer


LOST = [
    in_groups, in_lists, counted_within, set_default, an_attribute_of_an_object, an_attribute_of_its_class,
    rows_of_an_object, on_a_heap, sorted_in, added_out, in_place, filled, by_another_name, mapped, locked,
    walrus, walrus_into_a_global, deleted, taken_apart, in_a_comprehension,
    functools.partial(appends, results),
    functools.partial(keeps, kept=results), deeper(), lambda item: results.append(item) or item,
]  # fmt: skip


def remembered(item: Any) -> Any:
    return cache.setdefault(item, item * 2)


def from_a_stock(item: Any) -> Any:
    return free.pop() + item


def from_a_pool(item: Any) -> Any:
    return pool.popleft(), item


def missed(item: Any) -> Any:
    value = cache.get(item)
    if value is None:
        value = cache[item] = item + 1
    return value


def tried(item: Any) -> Any:
    try:
        return cache[item]
    except KeyError:
        cache[item] = item
    return item


def once(item: Any) -> Any:
    global last
    if last is None:
        last = object()
    return last, item


def memo(item: Any, seen: dict[Any, Any] = {}) -> Any:  # noqa: B006
    if item not in seen:
        seen[item] = item
    return seen[item]


def scratch(item: Any) -> Any:
    np.add(item, 1, out=buffer)
    return buffer.sum()


def scratch_filled(item: Any) -> Any:
    buffer.fill(0)
    buffer[0] = item
    return buffer.copy()


def bar(item: Any) -> Any:
    progress.update(1)
    return item


def only_so_many(item: Any) -> Any:
    progress.total += 1
    return item if progress.total < 3 else None


def set_up(item: Any) -> Any:
    progress.training = False  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    return item


def by_a_property(item: Any) -> Any:
    guarded.n += 1
    return item


def of_the_thread(item: Any) -> Any:
    local.n = item
    return item


def truly_shared(item: Any) -> Any:
    with number.get_lock():
        number.value += 1
        numbers["n"].value += 1
    return item


def logged(item: Any) -> Any:
    log.info("%s", item)
    log.addHandler(logging.NullHandler())
    sys.stdout.write("")
    return item


def rolled(item: Any) -> Any:
    random.seed(0)
    return random.random() + rng.normal() + item


@functools.cache
def cached(item: Any) -> Any:
    return item


def own_list(item: Any) -> Any:
    results: list[Any] = []
    add = results.append
    for each in item:
        add(each)
    return results


def copied(item: Any) -> Any:
    mine = results.copy()
    mine.append(item)
    more = buffer + 1
    more[0] = item
    return mine, more


def of_the_item(item: Any) -> Any:
    item.append(1)
    item["a"] = 1
    del item["b"]
    return item


def read_only(item: Any) -> Any:
    return item in results, results.index(item), [*results], next(itertools.count())


def locked_only(item: Any) -> Any:
    lock.acquire()
    lock.release()
    return item


class Own:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.n = 0

    def run(self, item: Any) -> Any:
        self.seen.append(item)
        self.n += 1
        return item


RIGHT = [
    remembered, from_a_stock, from_a_pool, missed, tried, once, memo, scratch, scratch_filled, bar,
    only_so_many, set_up, by_a_property, of_the_thread, truly_shared, logged, rolled, cached,
    own_list, copied, of_the_item,
    read_only, locked_only, Own(),
]  # fmt: skip


def by_default(item: Any, results: list[Any] = results) -> Any:
    results.append(item)


def by_keyword(item: Any, *, results: list[Any] = results, size: int = len(results)) -> Any:
    results.append((item, size))


def registered(store: Any) -> Callable[[Any], Any]:
    return lambda function: function


@registered(results)
def decorated(item: Any) -> Any:
    results.append(item)


@registered(results)
def read_as_well(item: Any) -> Any:
    results.append(item)
    return len(results)


@registered(results.append)
def given_to_a_decorator(item: Any) -> Any:
    item.append(1)
    return item


LOST += [
    by_default,
    by_keyword,
    decorated,
    functools.partial(by_default, results=[]),
    functools.partial(by_keyword, results=[]),
]
RIGHT += [read_as_well, given_to_a_decorator]


def found(functor: Any, engine: str = "process") -> list[str]:
    flow = source("s") >> Transform(functor, "functor") >> sink()
    return codes(flow, start_method="fork", engine=engine)


@pytest.mark.parametrize("functor", LOST)
def test_what_is_lost(functor: Any) -> None:
    assert found(functor) == ["PF402"]
    assert found(functor, "thread") == []


@pytest.mark.parametrize("functor", RIGHT)
def test_what_is_its_own_business(functor: Any) -> None:
    assert found(functor) == []
