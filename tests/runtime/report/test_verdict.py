"""The verdict: what it says of numbers, and that it names the bottleneck of runs where it is known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pipeflow import Feedback, Regulator, Sink, Source, Switch, Transform, balance, verbs
from pipeflow.runtime.report import verdict as verdicts
from tests.runtime.report.reports import FIXED, report, row


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "usable_cores", lambda: 8)


def test_replicas_as_many_as_it_takes_to_meet_the_next_one() -> None:
    said = report(row("src", 1.0, kind="Source"), row("sum", 9.6), row("save", 3.3, kind="Sink")).verdict
    assert said == (
        "bottleneck: 'sum', 96 % busy. sum * 3 would make the run up to 2.9 times as fast; "
        "then 'save' is the limit."
    )


def test_what_has_replicas_gets_more_of_them() -> None:
    assert (
        "sum * 4 would make the run up to 2.0 times as fast" in report(row("sum", 18.0, replicas=2)).verdict
    )


def test_no_more_than_the_next_one_can_use() -> None:
    said = report(row("a", 9.0), row("b", 6.0)).verdict
    assert "a * 2 would make the run up to 1.5 times as fast; then 'b' is the limit" in said


def test_balanced_pipes_are_left_alone() -> None:
    said = report(row("a", 9.5), row("b", 9.4)).verdict
    assert "'b' is nearly as busy (94 %)" in said
    assert "*" not in said


def test_a_source_is_divided_or_relieved() -> None:
    said = report(
        row("load", 9.9, kind="Source", fixed="a source can't be replicated"), row("b", 1.0)
    ).verdict
    assert "(source1 | source2)" in said
    assert "load *" not in said


def test_what_cannot_have_replicas_says_why() -> None:
    assert FIXED in report(row("rebatch", 9.0, kind="Regulator", fixed=FIXED), row("b", 1.0)).verdict


def test_more_workers_than_cores_help_only_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "usable_cores", lambda: 1)
    assert "if it computes, the 1 core here are the limit" in report(row("a", 9.0), row("b", 1.0)).verdict


def test_one_thread_is_the_bottleneck_of_the_inline_engine() -> None:
    assert "engine='process'" in report(row("a", 9.0), engine="inline").verdict


def test_threads_help_only_who_lets_others_run() -> None:
    assert "engine='process'" in report(row("a", 9.0), row("b", 1.0), engine="thread").verdict


def test_a_short_run_tells_nothing() -> None:
    assert "too short" in report(row("a", 0.01, 0.1), seconds=0.1).verdict


def test_small_items_should_be_batched() -> None:
    said = report(row("a", 1.0, taken=1_000_000), row("b", 1.0, taken=1_000_000)).verdict
    assert "batch" in said
    assert "2 µs" in said


def test_a_slow_loop_of_the_caller() -> None:
    assert "The loop that takes the items held it up" in report(row("a", 1.0), streamed=True).verdict


def test_otherwise_it_names_nobody() -> None:
    assert report(replace(row("a", 4.0), waiting=6.0)).verdict.startswith(
        "no bottleneck: no pipe was busy for half of the run ('a' most"
    )


# ---------------------------------------------------------------- runs with a known bottleneck

SLOW = 0.008


def numbers() -> Iterator[int]:
    yield from range(60)


def slow_numbers() -> Iterator[int]:
    for number in range(60):
        time.sleep(SLOW)
        yield number


def slow(x: Any) -> Any:
    time.sleep(SLOW)
    return x


def slower(x: Any) -> Any:
    time.sleep(3 * SLOW)
    return x


def fast(x: Any) -> Any:
    return x


def meet(x: Any, y: Any) -> Any:
    return x


def slow_meet(x: Any, y: Any) -> Any:
    time.sleep(SLOW)
    return x


def pairs() -> Generator[Any, Any, None]:
    while True:
        x = yield
        time.sleep(SLOW)
        yield x


def third(x: int) -> int:
    return x % 3


def src() -> Any:
    return Source(numbers, name="src")


def two() -> Any:
    return Source([(1, 2)] * 60, name="two")


def step(name: str, functor: Any = fast) -> Any:
    return Transform(functor, name=name)


def end(functor: Any = fast) -> Any:
    return Sink(functor, name="end")


GRAPHS: dict[str, tuple[Any, str]] = {
    "a transform in a chain": (src() >> step("a") >> step("slow", slow) >> end(), "slow"),
    "the source": (Source(slow_numbers, name="src") >> step("a") >> end(), "src"),
    "the sink": (src() >> step("a") >> end(slow), "end"),
    "a regulator": (src() >> Regulator(pairs, name="pairs") >> end(), "pairs"),
    "replicas that are not enough": (src() >> step("slow", slower) * 2 >> step("b") >> end(), "slow"),
    "behind enough replicas": (src() >> step("a", slow) * 3 >> step("b", slower) >> end(), "b"),
    "one arm of a copy": (src() >> (step("a") | step("b", slow)) >> end(), "b"),
    "what joins": (src() >> step("a") >> (step("b") | step("c")) >> end(slow), "end"),
    "one arm of a join": (two() >> (step("a"), step("b", slow)) >> Transform(meet) >> end(), "b"),
    "the pipe behind a join": (two() >> (step("a"), step("b")) >> Transform(slow_meet) >> end(), "slow_meet"),
    "one of a switch": (src() >> Switch(third) >> {0: fast, 1: step("b", slower), 2: fast} >> end(), "b"),
    "in front of two that compete": (src() >> step("a", slow) >> balance(step("b"), step("c")) >> end(), "a"),
}  # fmt: skip


async def awaited(x: Any) -> Any:
    await asyncio.sleep(4 * SLOW)
    return x


def mostly_zero(x: int) -> int:
    return 0 if x % 10 else 1


def large(x: int) -> Any:
    return {number: [str(number)] for number in range(5_000)}


def rounds(x: int) -> Any:
    """Three times round the loop, then out of it."""
    time.sleep(SLOW)
    return (None, x) if x >= 200 else (x + 100, None)


def looping() -> Any:
    back = Feedback(init=[])
    return (src() | back) >> step("a") >> Transform(rounds) >> (back, end())


GRAPHS |= {
    "an async pipe": (src() >> Transform(awaited).with_(concurrency=2) >> end(), "awaited"),
    "behind an async pipe": (src() >> Transform(awaited).with_(concurrency=30) >> end(slow), "end"),
    "the branch that gets most": (
        src() >> Switch(mostly_zero) >> {0: step("b", slow), 1: step("c", slow)} >> end(), "b",
    ),
    "in a loop": (looping(), "rounds"),
    "sinks that are not enough": (src() >> step("a") >> end(slower) * 2, "end"),
}  # fmt: skip
PROCESSES: dict[str, tuple[Any, str]] = {
    "what packs large items": (src() >> Transform(large).with_(retries=1) >> Sink(len, name="end"), "large"),
    "a transform in a chain": GRAPHS["a transform in a chain"],
    "an async pipe": GRAPHS["an async pipe"],
    "in a loop": GRAPHS["in a loop"],
    "one of a switch": GRAPHS["one of a switch"],
}


@pytest.mark.parametrize("case", PROCESSES)
def test_the_bottleneck_is_named_in_processes_too(case: str) -> None:
    flow, bottleneck = PROCESSES[case]
    whole = verbs.run(flow, "process")
    assert whole.bottleneck == bottleneck, str(whole)


@pytest.mark.parametrize("engine", ["thread", "process"])
def test_a_slow_loop_of_the_caller_is_named(engine: str) -> None:
    with verbs.stream(src() >> step("a"), engine) as items:
        for _ in items:
            time.sleep(SLOW)
    assert items.report.verdict.startswith("bottleneck: the loop that takes the items."), str(items.report)


def test_more_in_flight_rather_than_more_processes() -> None:
    said = report(replace(row("fetch", 9.0), concurrency=8), row("b", 1.0)).verdict
    assert "fetch.with_(concurrency=32)" in said


def test_who_hardly_waits_and_is_not_busy_is_moving_items() -> None:
    waiting = replace(row("a", 3.0), waiting=7.0)
    said = report(waiting, replace(row("b", 2.0), waiting=1.0)).verdict
    assert "'b' hardly waited" in said


@pytest.mark.parametrize("case", GRAPHS)
def test_the_bottleneck_of_a_run_is_named(case: str) -> None:
    flow, bottleneck = GRAPHS[case]
    whole = verbs.run(flow, "thread")
    assert whole.bottleneck == bottleneck, str(whole)
    assert whole.verdict.startswith(f"bottleneck: '{bottleneck}'")


def test_following_the_advice_helps() -> None:
    before = verbs.run(src() >> step("slow", slow) >> end(), "thread")
    assert "slow * " in before.verdict
    after = verbs.run(src() >> step("slow", slow) * 3 >> end(), "thread")
    assert after.seconds < 0.7 * before.seconds
