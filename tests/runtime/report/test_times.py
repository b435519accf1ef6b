"""Where each pipe's time went is right on every engine and on every way an item can take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import Flow, Sink, Source, Switch, Transform, flat_map, verbs
from pipeflow.runtime.report import RunReport

ITEMS, SLOW = 40, 0.01
pytestmark = pytest.mark.usefixtures("no_process_left")


def fast(x: Any) -> Any:
    return x


def slow(x: Any) -> Any:
    time.sleep(SLOW)
    return x


async def waits(x: Any) -> Any:
    await asyncio.sleep(SLOW)
    return x


def b(x: Any) -> Any:
    yield slow(x)


def kind(x: int) -> str:
    return "a"


def numbers() -> Source:
    return Source(range(ITEMS), name="src")


def step(name: str, functor: Callable[[Any], Any], **options: Any) -> Transform:
    return Transform(functor, name=name).with_(buffer_size=1, **options)


def end(functor: Callable[[Any], Any]) -> Sink:
    return Sink(functor, name="end").with_(buffer_size=1)


WAYS: dict[str, Flow] = {
    "stretches": numbers() >> step("a", fast) >> step("b", slow) >> end(fast),
    "with retries": numbers() >> step("a", fast, retries=1) >> step("b", slow, retries=1) >> end(fast),
    "through a switch": numbers() >> step("a", fast) >> Switch(kind) >> {"a": step("b", slow)} >> end(fast),
    "from a generator": numbers() >> step("a", fast) >> flat_map(b).with_(buffer_size=1) >> end(fast),
    "awaited": numbers() >> step("a", fast) >> step("b", waits, concurrency=1) >> end(fast),
}  # fmt: skip


def parts(report: RunReport, name: str) -> tuple[float, float, float]:
    pipe = report[name]
    return pipe.busy / report.active, pipe.waiting / report.active, pipe.blocked / report.active


@pytest.mark.parametrize("engine", ["thread", "process"])
@pytest.mark.parametrize("way", WAYS)
def test_before_the_slow_pipe_blocked_behind_it_waiting(way: str, engine: str) -> None:
    report = verbs.run(WAYS[way], engine)
    before, at, behind = (parts(report, name) for name in ("a", "b", "end"))
    assert before[2] > 0.5 > before[0] + before[1], str(report)
    assert at[0] > 0.6 > at[1] + at[2], str(report)
    assert behind[1] > 0.5 > behind[0] + behind[2], str(report)
    assert max(map(sum, (before, at, behind))) < 1.2


def test_of_several_in_flight_the_part_in_use_is_busy() -> None:
    flow = numbers() >> Transform(waits, name="b").with_(concurrency=8) >> Sink(slow, name="end")
    report = verbs.run(flow, "thread")
    assert parts(report, "b")[0] < 0.6, str(report)
    assert report.bottleneck == "end"


def long(x: int) -> int:
    time.sleep(20 * SLOW)
    return x


def test_the_first_call_is_work_though_a_thread_is_in_it_before_anybody_looks() -> None:
    flow = Source([1], name="src") >> Transform(long, name="b") * 3 >> Sink(fast, name="end")
    report = verbs.run(flow, "thread")
    assert report.active > 15 * SLOW, str(report)
    assert report["b"].load == pytest.approx(1 / 3, abs=0.1), str(report)
    assert report.bottleneck is None


def test_inline_nobody_waits() -> None:
    report = verbs.run(WAYS["stretches"], "inline")
    assert report["b"].busy > 0.6 * report.active
    assert all(pipe.waiting + pipe.blocked == 0 for pipe in report.pipes)
