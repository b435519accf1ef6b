"""What travels in each stream."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from pipeflow import Feedback, Join, Regulator, Source, Switch, Transform, hints
from pipeflow.checks._items import Carried, ItemTypes
from pipeflow.graph import build_graph, name_of, pipe_nodes
from pipeflow.pipes.failures import FailedItem
from tests.checks.pieces import increase, lines, numbers, shout, sink, source, work

T = TypeVar("T")
U = TypeVar("U")


def twice(item: T) -> list[T]:
    return [item, item]


def made_up(item: Any) -> list[T]:  # type: ignore[type-var]
    return []


def both(left: T, right: U) -> tuple[U, T]:
    return right, left


def gathered() -> Generator[list[T], T, None]:
    item = yield []  # type: ignore[misc]
    yield [item]


def typed(flow: Any) -> tuple[ItemTypes, dict[str, Any]]:
    graph = build_graph(flow)
    items = ItemTypes(graph)
    return items, {name_of(graph, pipe): pipe for pipe in pipe_nodes(graph)}


def sent(flow: Any, name: str) -> list[object]:
    items, pipes = typed(flow)
    return [item.annotation for item in items.sent[pipes[name]]]


def arguments(flow: Any, name: str) -> list[list[object]]:
    items, pipes = typed(flow)
    return [[item.annotation for item in each] for each in items.arguments(pipes[name])]


NUMBERS, LINES = Source(numbers), Source(lines)


def test_what_functors_send() -> None:
    assert sent(NUMBERS >> increase >> sink(), "numbers") == [int]
    assert sent(NUMBERS >> increase >> sink(), "increase") == [int]
    assert sent(NUMBERS >> work("w") >> sink(), "w") == [hints.UNKNOWN]


def test_type_variables() -> None:
    assert sent(NUMBERS >> twice >> sink(), "twice") == [list[int]]
    assert sent((NUMBERS, LINES) >> Transform(both) >> sink(), "both") == [tuple[str, int]]
    assert sent(NUMBERS >> Transform(made_up) >> sink(), "made_up") == [list[hints.UNKNOWN]]  # type: ignore[misc]
    assert sent(NUMBERS >> Regulator(gathered) >> sink(), "gathered") == [list[int]]
    assert sent((NUMBERS, LINES) >> Regulator(gathered) >> sink(), "gathered") == [list[tuple[int, str]]]


def test_joins_and_what_is_behind_them() -> None:
    joined = (NUMBERS, LINES) >> Join() >> Transform(both) >> sink()
    assert sent(joined, "join") == [tuple[int, str]]
    assert arguments(joined, "both") == [[int], [str]]


def test_merged_joins_of_equal_and_of_different_width() -> None:
    two = (NUMBERS, LINES) >> Join()
    other = (Source(lines, "l2"), Source(numbers, "n2")) >> Join(name="j2")
    assert arguments((two | other) >> Transform(both) >> sink(), "both") == [[int, str], [str, int]]
    three = (Source(lines, "l2"), Source(numbers, "n2"), Source(numbers, "n3")) >> Join(name="j2")
    assert arguments((two | three) >> Transform(both) >> sink(), "both") == []


def test_what_passes_through() -> None:
    switch = Switch(lambda *item: True, "sw")
    assert sent((NUMBERS, LINES) >> switch >> {True: sink(), False: sink("k2")}, "sw") == [tuple[int, str]]
    assert sent((NUMBERS | LINES) >> switch >> {True: sink(), False: sink("k2")}, "sw") == [int, str]


def test_failed_items() -> None:
    parse = Transform(increase, "parse")
    items, pipes = typed(NUMBERS >> parse >> sink() | parse.errors >> sink("bad"))
    assert items.arguments(pipes["bad"]) == [(Carried(FailedItem, pipes["parse"]),)]


def test_loops_take_a_second_pass() -> None:
    loop = Feedback(init=["a", None, "b", 1.5], name="loop")
    flow = loop >> Transform(twice, "t") >> Switch(bool, "sw") >> {True: sink(), False: loop}
    assert sent(flow, "loop")[:2] == [str, float]
    assert len(sent(flow, "loop")) == 3


def test_as_many_as_are_worth_comparing() -> None:
    def merged(count: int) -> Any:
        flow: Any = Source(numbers, "n0")
        for number in range(1, count):
            flow = flow | Source(numbers, f"n{number}")
        return flow >> Transform(shout, "t") >> sink()

    assert len(arguments(merged(64), "t")[0]) == 64
    assert arguments(merged(65), "t") == [[hints.UNKNOWN]]


def test_nothing_is_known_of_what_nobody_says() -> None:
    assert sent(source("s") >> work("w") >> sink(), "s") == [hints.UNKNOWN]
