"""PF402."""

from __future__ import annotations

import collections
import functools
import linecache
import multiprocessing.managers
import queue
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeflow import Regulator, Sink, Source, Transform
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import sink, source

S, K = source("s"), sink()
results: list[Any] = []
counter = 0
table: dict[Any, Any] = {}
counts: Any = collections.Counter()
groups: Any = collections.defaultdict(list)
seen: set[Any] = set()
cache: dict[Any, Any] = {}
model: Any = None
out = np.zeros(3)
stats = types.SimpleNamespace(n=0, rows=[])
arrived: Any = queue.Queue()
local = threading.local()
shared: Any = types.SimpleNamespace(get_lock=None)


class Totals:
    count = 0


def collect(item: Any) -> None:
    results.append(item)


def count(item: Any) -> None:
    global counter
    counter += 1


def put(item: Any) -> None:
    table[item] = 1


def tally(item: Any) -> None:
    table[item] = table.get(item, 0) + 1


def tally_more(item: Any) -> None:
    counts[item] += 1


def group(item: Any) -> None:
    groups[item].append(item)


def update(item: Any) -> None:
    table.update(item)


def write(item: Any) -> None:
    out[item] = 1


def note(item: Any) -> None:
    stats.n += 1


def note_rows(item: Any) -> None:
    stats.rows.append(item)


def on_class(item: Any) -> None:
    Totals.count += 1


def by_default(item: Any, kept: list[Any] = []) -> None:  # noqa: B006
    kept.append(item)


def enqueue(item: Any) -> None:
    arrived.put(item)


def nested(item: Any) -> None:
    def inner() -> None:
        results.append(item)

    inner()


def closed() -> Callable[[Any], None]:
    kept: list[Any] = []

    def keep(item: Any) -> None:
        kept.append(item)

    return keep


def closed_count() -> Callable[[Any], None]:
    number = 0

    def step(item: Any) -> None:
        nonlocal number
        number += 1

    return step


class RunsGlobally:
    def run(self, item: Any) -> None:
        results.append(item)


LOSING = [
    collect, count, put, tally, tally_more, update, write, note, note_rows, on_class, by_default, enqueue,
    nested, closed(), closed_count(), RunsGlobally(), lambda item: results.append(item), results.append,
    seen.add, functools.partial(by_default),
]  # fmt: skip


@pytest.mark.parametrize("functor", LOSING, ids=lambda functor: getattr(functor, "__name__", "object"))
def test_changes_that_are_lost(functor: Any) -> None:
    found = only(S >> Sink(functor, "k"))
    assert (found.code, found.severity, found.pipes) == ("PF402", "warning", ("k",))


def test_the_whole_text() -> None:
    assert text(S >> Sink(collect)) == (
        "PF402 state the caller never sees: 'collect' appends to 'results', "
        "a list of the enclosing module.\n"
        "    HERE  results.append(item)\n"
        "    It happens in the worker process; 'results' here stays as it is.\n"
        "    Fix: leave this sink out and iterate the graph:  results = list(graph_without_this_sink)\n"
        '         or collect it in a class functor whose  local_term  returns it:  report.results["collect"]'
    )


def test_the_line_is_that_of_the_change() -> None:
    line = collect.__code__.co_firstlineno + 1
    assert f"test_captured_state.py:{line}  results.append(item)" in only(S >> Sink(collect)).message


@pytest.mark.parametrize(
    ("functor", "said"),
    [
        (count, "changes 'counter', a variable of the enclosing module"),
        (put, "writes into 'table', a dict of the enclosing module"),
        (closed(), "appends to 'kept', a list of the enclosing function"),
        (by_default, "appends to 'kept', a list that is a parameter's default"),
        (on_class, "changes 'Totals.count', a variable of the enclosing module"),
        (note_rows, "appends to 'stats.rows', a list of the enclosing module"),
        (results.append, "appends to a list of this process"),
    ],
)
def test_what_is_said(functor: Any, said: str) -> None:
    assert said in only(S >> Sink(functor, "k")).title


def test_in_the_middle_of_a_chain() -> None:
    def passing(item: Any) -> Any:
        results.append(item)
        return item

    assert "send it on as part of the result" in only(S >> passing >> K).message


def test_sources_and_regulators_too() -> None:
    def rows() -> Any:
        results.append(0)
        yield 1

    def regulate() -> Any:
        item = yield
        results.append(item)
        yield item

    assert codes(Source(rows) >> Regulator(regulate) >> K) == ["PF402"]
    assert len(report(Source(rows) >> Regulator(regulate) >> K).findings) == 2


@pytest.mark.parametrize("engine", ["inline", "thread"])
def test_where_it_works(engine: str) -> None:
    assert codes(S >> Sink(collect), engine=engine) == []


# ---------------------------------------------------------------- what is a worker's own business


def dedupe(item: Any) -> Any:
    if item in seen:
        return None
    seen.add(item)
    return item


def lazy(item: Any) -> Any:
    global model
    if model is None:
        model = object()
    return model, item


def memo(item: Any) -> Any:
    if item not in cache:
        cache[item] = item
    return cache[item]


def per_thread(item: Any) -> Any:
    local.value = item
    return item


def own_list(item: Any) -> Any:
    results = []
    results.append(item)
    return results


def parameter(results: Any) -> Any:
    results.append(1)
    return results


def comprehension(rows: Any) -> Any:
    return [results.append(1) for results in rows]


def inner_name(item: Any) -> Any:
    def inner() -> Any:
        results = []
        results.append(item)
        return results

    return inner()


def reads_only(item: Any) -> Any:
    return table.get(item), results[0], counter


def given(item: Any, kept: Any = None) -> Any:
    kept = kept or []
    kept.append(item)
    return kept


class Collector:
    def __init__(self) -> None:
        self.rows: list[Any] = []

    def run(self, item: Any) -> None:
        self.rows.append(item)

    def local_term(self) -> list[Any]:
        return self.rows


class Printer:
    def write(self, item: Any) -> None:
        self.last = item


def to_proxy(item: Any) -> None:
    proxy.append(item)


proxy: Any = object.__new__(multiprocessing.managers.ListProxy)


@pytest.mark.parametrize(
    "functor",
    [
        dedupe, lazy, memo, per_thread, own_list, parameter, comprehension, inner_name, reads_only, given,
        Collector(), Printer().write, to_proxy, print, len, lambda item: item + 1,
    ],
    ids=lambda functor: getattr(functor, "__name__", "object"),
)  # fmt: skip
def test_no_alarm(functor: Any) -> None:
    assert codes(S >> Sink(functor, "k")) == []


def test_functions_without_source_are_left_alone() -> None:
    space: dict[str, Any] = {"results": results}
    exec("def made(item):\n    results.append(item)", space)
    assert codes(S >> Sink(space["made"])) == []


def test_two_lambdas_on_one_line() -> None:
    one, other = (lambda item: results.append(item)), (lambda item: item)  # fmt: skip
    assert codes(S >> Transform(other, "o") >> K) == []
    assert codes(S >> Sink(one, "k")) in (["PF402"], [])  # columns are known since 3.11


def cell(name: str) -> Any:
    """A function as it was written in a cell of a notebook."""
    source = ["def kept(item):\n", "    results.append(item)\n"]
    linecache.cache[name] = (1, None, source, name)
    space: dict[str, Any] = {"results": results}
    exec(compile("".join(source), name, "exec"), space)
    return space["kept"]


@pytest.mark.parametrize("file", ["<ipython-input-3-abc>", "/tmp/ipykernel_123/456.py"])
def test_in_a_notebook(file: str) -> None:
    assert "a list of the enclosing notebook." in only(S >> Sink(cell(file))).title
    assert "a list of the enclosing module." in only(S >> Sink(cell("another.py"))).title
