"""What is said of each change: verb, target, whose it is, and what it is."""

from __future__ import annotations

import bisect
import collections
import functools
import heapq
import math
import random
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeflow.checks._mutations import bound_mutation, mutations

rows: list[Any] = []
others: list[Any] = []
table: dict[Any, Any] = {}
groups: Any = collections.defaultdict(list)
view: Any = np.zeros(4)[:2]
buffer: Any = np.zeros(4)
stats = types.SimpleNamespace(n=0, rows=[], parts=[[0], [1]])
last: Any = None


class Meter:
    total = 0


meter = Meter()


def two_at_once(item: Any) -> None:
    table[item], rows[0] = item, item


def the_rest(item: Any) -> None:
    table[item], *rows[0:] = item


def annotated(item: Any) -> None:
    table[item]: int = item  # type: ignore[misc]


def declared_only(item: Any) -> None:
    kept: list[Any]
    kept = [item]
    kept.append(item)


def deleted(item: Any) -> None:
    del table[item], rows[0]


def a_name(item: Any) -> None:
    global last
    last = item


def a_walrus(item: Any) -> None:
    global last
    print(last := item)


def renamed(item: Any) -> None:
    kept = rows
    kept.append(item)


def renamed_twice(item: Any) -> None:
    kept = rows
    kept = others
    kept.append(item)


def two_names_at_once(item: Any) -> None:
    kept = more = rows
    kept.append(more)


def renamed_and_read(item: Any) -> int:
    kept = rows
    kept.append(item)
    return len(kept)


def renamed_and_read_by_its_own_name(item: Any) -> int:
    kept = rows
    kept.append(item)
    return len(rows)


def renamed_what_is_no_container(item: Any) -> float:
    of = math.floor
    return of(item)


def passed_on(item: Any) -> None:
    list(map(rows.append, item))


def passed_by_name(item: Any) -> None:
    print(item, key=rows.append)  # type: ignore[call-overload]


def asked_for_by_somebody(item: Any) -> Any:
    return map(rows.pop, item)


def taken_but_not_called(item: Any) -> Any:
    kept = rows.append
    return kept, item


def popped(item: Any) -> None:
    rows.pop()


def popped_and_used(item: Any) -> Any:
    return rows.pop()


def pushed(item: Any) -> None:
    heapq.heappush(rows, item)


def popped_from_a_heap_and_used(item: Any) -> Any:
    return heapq.heappop(rows)


def sorted_into_its_own(item: Any) -> Any:
    kept: list[Any] = []
    bisect.insort(kept, item)
    return kept


def shuffled_stars(item: Any) -> None:
    random.shuffle(*[rows])


def shuffled_text(item: Any) -> None:
    random.shuffle("text")  # type: ignore[arg-type]


def out_of_its_own(item: Any) -> Any:
    own = np.zeros(4)
    return np.add(item, 1, out=own)


def out_of_a_view(item: Any) -> None:
    np.add(item, 1, out=view)


def out(item: Any) -> None:
    np.add(item, 1, out=buffer)


def where(item: Any) -> None:
    np.add(item, 1, where=buffer)


def in_a_list_of_a_table(item: Any) -> None:
    stats.parts[0].append(item)


def set_by_default(item: Any) -> None:
    table.setdefault(item, []).append(item)


def set_by_default_of_three(item: Any) -> None:
    table.setdefault(item, [], 3).append(item)  # type: ignore[call-arg]


def got_by_default(item: Any) -> None:
    table.get(item, []).append(item)


def set_by_default_of_a_list(item: Any) -> None:
    rows.setdefault(item, []).append(item)  # type: ignore[attr-defined]


def set_by_a_number(item: Any) -> None:
    table.setdefault(item, 3).append(item)


def counted(item: Any) -> None:
    meter.total += 1


def set_on_an_object(item: Any) -> None:
    meter.total = item


def set_on_a_namespace(item: Any) -> None:
    stats.n = item


def of_an_attribute_that_there_is_not(item: Any) -> None:
    stats.nowhere.append(item)


def of_a_name_that_there_is_not(item: Any) -> None:
    nowhere.append(item)  # type: ignore[name-defined]  # noqa: F821


def in_a_loop(item: Any) -> None:
    for rows in item:
        rows.append(1)


def with_a_default(item: Any, kept: Any = rows, *, more: Any = others) -> None:
    kept.append(item)
    more.append(item)


def that_stores_its_parameter(item: Any, kept: Any = rows) -> None:
    kept = list(item)
    kept.append(item)


def by_its_method(item: Any) -> None:
    table.__setitem__(item, 1)
    rows.__delitem__(item)


def set_by_name(item: Any) -> None:
    setattr(stats, "n", item)  # noqa: B010


def set_by_any_name(item: Any) -> None:
    setattr(stats, item, 1)


def set_by_name_and_read(item: Any) -> Any:
    setattr(stats, "n", item)  # noqa: B010
    return stats.n


def set_by_name_on_an_object(item: Any) -> None:
    setattr(meter, "total", item)  # noqa: B010


def set_by_name_on_its_own(item: Any) -> None:
    setattr(item, "total", 1)  # noqa: B010


def set_by_a_function_of_that_name(item: Any, setattr: Any = print) -> None:
    setattr(stats, "n", item)


def several_lines(item: Any) -> None:
    rows.append(
        [
            item,
        ]
    )


FOUND: dict[Callable[..., Any], list[tuple[str, str, str, str]]] = {
    two_at_once: [
        ("writes into", "table", "global", "a dict"),
        ("writes into", "rows", "global", "a list"),
    ],
    the_rest: [("writes into", "table", "global", "a dict"), ("writes into", "rows", "global", "a list")],
    annotated: [("writes into", "table", "global", "a dict")],
    deleted: [("writes into", "table", "global", "a dict"), ("writes into", "rows", "global", "a list")],
    a_name: [("changes", "last", "global", "")],
    a_walrus: [("changes", "last", "global", "")],
    renamed: [("appends to", "kept", "global", "a list")],
    passed_on: [("appends to", "rows", "global", "a list")],
    passed_by_name: [("appends to", "rows", "global", "a list")],
    popped: [("changes", "rows", "global", "a list")],
    pushed: [("changes", "rows", "global", "a list")],
    out: [("writes into", "buffer", "global", "a ndarray")],
    in_a_list_of_a_table: [("appends to", "stats.parts[0]", "global", "a list")],
    set_by_default: [("appends to", "table.setdefault(item, [])", "global", "a list")],
    counted: [("changes", "meter.total", "global", "")],
    set_on_a_namespace: [("changes", "stats.n", "global", "")],
    with_a_default: [
        ("appends to", "kept", "default", "a list"),
        ("appends to", "more", "default", "a list"),
    ],
    by_its_method: [
        ("writes into", "table", "global", "a dict"),
        ("writes into", "rows", "global", "a list"),
    ],
    set_by_name: [("changes", "stats.n", "global", "")],
    set_by_any_name: [("changes", "stats", "global", "")],
    several_lines: [("appends to", "rows", "global", "a list")],
}
NOT_FOUND = [
    declared_only, renamed_twice, two_names_at_once, renamed_and_read, renamed_and_read_by_its_own_name,
    renamed_what_is_no_container, asked_for_by_somebody, taken_but_not_called, popped_and_used,
    popped_from_a_heap_and_used, sorted_into_its_own, shuffled_stars, shuffled_text, out_of_its_own,
    out_of_a_view, where, set_by_default_of_three, got_by_default, set_by_default_of_a_list,
    set_by_a_number, set_on_an_object, of_an_attribute_that_there_is_not, of_a_name_that_there_is_not,
    in_a_loop, that_stores_its_parameter, set_by_name_and_read, set_by_name_on_an_object,
    set_by_name_on_its_own, set_by_a_function_of_that_name,
]  # fmt: skip


@pytest.mark.parametrize("function", NOT_FOUND, ids=lambda function: function.__name__)
def test_what_is_no_change_that_is_lost(function: Any) -> None:
    assert mutations(function) == []


@pytest.mark.parametrize("function", FOUND, ids=lambda function: function.__name__)
def test_what_is_found(function: Any) -> None:
    found = [(each.verb, each.target, each.owner, each.what) for each in mutations(function)]
    assert found == FOUND[function]


def test_where_it_is_written() -> None:
    (found,) = mutations(several_lines)  # type: ignore[arg-type]
    assert found.line == several_lines.__code__.co_firstlineno + 1
    assert found.text == "rows.append([item])"


def both(first: Any, second: Any = rows, third: Any = others) -> None:
    first.append(1)
    second.append(1)
    third.append(1)


@pytest.mark.parametrize(
    ("arguments", "functor", "owners"),
    [
        (1, None, ["default", "default"]),
        (2, None, ["default"]),
        (3, None, []),
        (1, functools.partial(both, third=rows), ["default", "partial"]),
        (1, functools.partial(both, rows), ["partial", "default"]),
        (2, functools.partial(both, rows), ["partial"]),
        (1, functools.partial(len, rows), ["default", "default"]),
    ],
)
def test_which_parameters_get_a_value(arguments: int, functor: Any, owners: list[str]) -> None:
    assert [each.owner for each in mutations(both, arguments, functor)] == owners  # type: ignore[arg-type]


def test_closures() -> None:
    kept: list[Any] = []

    def keep(item: Any) -> None:
        kept.append(item)

    (found,) = mutations(keep)  # type: ignore[arg-type]
    assert (found.target, found.owner, found.what) == ("kept", "closure", "a list")

    def count(item: Any) -> None:
        nonlocal number
        number += item

    (said,) = mutations(count)  # type: ignore[arg-type]
    assert (said.verb, said.target, said.owner, said.what) == ("changes", "number", "closure", "")
    number = 0

    def use_later(item: Any) -> None:
        later.append(item)

    assert mutations(use_later) == []  # type: ignore[arg-type]
    later: list[Any] = []


def test_bound_methods() -> None:
    assert bound_mutation(rows.append) == ("appends to", "a list")
    assert bound_mutation(table.update) == ("changes", "a dict")
    assert bound_mutation(rows.index) is None
    assert bound_mutation(print) is None
    assert bound_mutation(both) is None
