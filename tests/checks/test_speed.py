"""Large graphs: composing and checking take time in proportion, and no deep recursion."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest

from pipeflow import Sink, Source, Switch, Transform
from tests.checks.asking import report


def numbers() -> Iterator[int]:
    yield 1


def step(item: int) -> int:
    return item


def chain(length: int) -> Any:
    flow: Any = Source(numbers)
    for number in range(length):
        flow = flow >> (Transform(step) if number % 2 else Transform(lambda item: item))
    return flow >> Sink(print)


def diamonds(length: int) -> Any:
    flow: Any = Source(numbers)
    for _ in range(length // 4):
        hub = flow >> Transform(step)
        arms = (hub >> Transform(step), hub >> Transform(lambda item: item))
        flow = arms >> Transform(lambda left, right: left)
    return flow >> Sink(print)


def arms(length: int) -> Any:
    lanes: Any = Transform(step)
    for _ in range(length - 3):
        lanes = lanes | Transform(step)
    return Source(numbers) >> lanes >> Sink(print)


def merged(length: int) -> Any:
    sources: Any = Source(numbers)
    for _ in range(length - 2):
        sources = sources | Source(numbers)
    return sources >> Sink(print)


def switches(length: int) -> Any:
    flow: Any = Sink(print)
    for _ in range(length // 2):
        flow = Switch(step) >> {1: flow, 2: Sink(print)}
    return Source(numbers) >> flow


def nested(length: int) -> Any:
    """Joins within joins."""
    hubs: list[Any] = [Source(numbers)]
    for _ in range(length // 3):
        hubs.append(hubs[-1] >> Transform(step))
    flow = hubs[-1] >> Transform(step)
    for hub in reversed(hubs[1:]):
        flow = (flow, hub >> Transform(step)) >> Transform(lambda left, right: left)
    return flow >> Sink(print)


SHAPES = [chain, diamonds, arms, merged, switches, nested]


def seconds(make: Any, length: int) -> float:
    began = process_time()
    found = report(make(length), intent="run")
    assert not found.findings
    return process_time() - began


@pytest.mark.parametrize("make", SHAPES)
def test_in_proportion(make: Any) -> None:
    seconds(make, 50)  # what is imported at the first check
    small, large = (min(seconds(make, length) for _ in range(2)) for length in (60, 480))
    assert large < 30 * small


@pytest.mark.parametrize("make", [chain, diamonds])
def test_a_thousand_pipes(make: Any) -> None:
    # Under 1 s on an idle machine (benchmarks measure it); other programs' turns don't count here.
    seconds(make, 50)
    assert min(seconds(make, 1_000) for _ in range(2)) < 2.5


@pytest.mark.slow
@pytest.mark.parametrize("make", SHAPES)
def test_ten_thousand_pipes(make: Any) -> None:
    assert seconds(make, 10_000) < 30
