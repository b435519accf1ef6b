"""Stretches of items between real sockets; everything else about a run loop is tested item by item."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.runtime.messages import EndInput, Failed, Finished, Worker
from pipeflow.runtime.meter import FIELDS, Meter
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import ENDED
from tests.functors import collector, fail_on_three, inc, odd_only
from tests.runtime.fakes import planned, source, stage_number
from tests.transports.rigs import SocketRig, consume, eventually, produce, rigs_of, run, stream


@pytest.fixture
def rig():
    with rigs_of(SocketRig) as make:
        yield make


class Garbled:
    def __reduce__(self) -> Any:
        return (int, ("not a number",))


def between(rig: Any, pipe: Any, capacity: int | None = None, flow: Any = None) -> tuple[Any, RunLoop]:
    """The endpoints around `pipe`, and its run loop."""
    ends = rig(stream(["before"], ["pipe"], capacity), stream(["pipe"], ["after"], capacity))
    plan = planned(flow or source() >> pipe >> collector())
    worker = Worker(stage_number(plan, pipe.name), 0)
    return ends, RunLoop(plan, worker, ends["pipe"], Meter([0] * FIELDS, 0), pid=1)


def through(rig: Any, pipe: Any, items: Any, capacity: int | None = None) -> tuple[list[Any], Any]:
    """(what came out, the pipe's last report)."""
    ends, loop = between(rig, pipe, capacity)
    run(produce, ends["before"], items)
    out = run(consume, ends["after"])
    working = run(loop.run)
    working.result(20)
    report = eventually(lambda: ends.reports("pipe"))[-1]
    if isinstance(report, Failed):
        ends["after"].close()
        return [], report
    return out.result(20), report


@pytest.mark.parametrize("capacity", [0, 1, 3, 16, None])
def test_everything_comes_through_in_order(rig, capacity: int | None) -> None:
    items = [
        0,
        "text",
        1.5,
        None,
        b"",
        (1, 2),
        1 << 80,
        -(1 << 62) - 1,
        "x" * 20_000,
        np.arange(5),
        True,
    ] * 20
    out, report = through(rig, pf.Transform(lambda x: [x]), items, capacity)
    assert repr(out) == repr([[item] for item in items])
    assert (report.summary.taken, report.summary.sent, report.summary.read) == (220, 220, {0: 220})


def test_none_is_dropped_and_counted(rig) -> None:
    out, report = through(rig, pf.Transform(odd_only), range(1000))
    assert out == list(range(1, 1000, 2))
    assert (report.summary.sent, report.summary.dropped, report.summary.taken) == (500, 500, 1000)


def test_results_are_packed_before_the_next_call(rig) -> None:
    held: list[int] = []

    def grow(x: int) -> list[int]:
        held.append(x)
        return held

    out, _ = through(rig, pf.Transform(grow, "grow"), range(100))
    assert out == [list(range(n + 1)) for n in range(100)]


def test_large_results_in_between_keep_their_place(rig) -> None:
    out, _ = through(rig, pf.Transform(lambda x: b"x" * 100_000 if x % 7 == 0 else x, "big"), range(500))
    assert [item if isinstance(item, int) else len(item) for item in out] == [
        100_000 if x % 7 == 0 else x for x in range(500)
    ]


def test_an_ignored_exception_skips_that_item_alone(rig) -> None:
    out, report = through(rig, pf.Transform(fail_on_three).with_(on_error="skip"), [1, 2, 3, 4, 3, 3, 5] * 50)
    assert out == [1, 2, 4, 5] * 50
    assert report.summary.ignored == {"Boom": 150}
    assert (report.summary.taken, report.summary.sent) == (350, 200)


def test_a_failure_names_its_item_wherever_it_is_in_its_chunk(rig) -> None:
    _, report = through(rig, pf.Transform(fail_on_three), [5] * 300 + [3] + [5] * 300)
    assert isinstance(report, Failed)
    assert (report.failure.item, report.failure.item_repr, report.failure.kind) == (301, "3", "Boom")
    assert (report.summary.taken, report.summary.sent) == (301, 300)


def test_what_cannot_leave_and_what_cannot_be_read(rig) -> None:
    _, report = through(rig, pf.Transform(lambda x: threading.Lock() if x == 200 else x, "work"), range(300))
    assert (report.failure.during, report.failure.item) == ("send", 201)
    _, report = through(rig, pf.Transform(inc), [*range(100), Garbled(), *range(100)])
    assert (report.failure.during, report.failure.kind) == ("receive", "Unreadable")
    assert report.summary.taken == 100


def test_results_and_credit_of_a_stretch_that_turns_slow_are_not_held_back(rig) -> None:
    gate = threading.Event()

    def work(x: int) -> int:
        assert x != 1500 or gate.wait(20)
        return x

    ends, loop = between(rig, pf.Transform(work, "work"))
    run(produce, ends["before"], range(2000))
    working = run(loop.run)
    got: list[int] = []

    def take() -> None:
        while (entry := ends["after"].receive()[1]) is not ENDED:
            got.append(entry)
            ends["after"].done(0)

    taking = run(take)
    eventually(lambda: len(got) == 1500)
    gate.set()
    working.result(20)
    taking.result(20)
    assert got == list(range(2000))


def test_a_stop_does_not_wait_for_the_end_of_a_stretch(rig) -> None:
    nap, seen = threading.Event(), []

    def work(x: int) -> None:
        seen.append(x)
        if x > 1000:
            nap.wait(0.02)

    ends = rig(stream(["before"], ["pipe"]))
    plan = planned(source() >> pf.Sink(work, "work"))
    loop = RunLoop(plan, Worker(1, 0), ends["pipe"], Meter([0] * FIELDS, 0), pid=1)
    run(produce, ends["before"], range(100_000))
    working = run(loop.run)
    eventually(lambda: len(seen) > 1002)
    ends.stop("pipe")
    working.result(5)
    report = eventually(lambda: ends.reports("pipe"))[-1]
    assert isinstance(report, Finished)
    assert report.stopped
    assert len(seen) < 1300


def test_what_was_received_and_not_fed_counts_as_not_read(rig) -> None:
    ends, loop = between(rig, pf.Transform(inc))
    writing = run(produce, ends["before"], range(3000))
    working = run(loop.run)
    for _ in range(700):
        ends["after"].receive()
        ends["after"].done(0)
    ends["after"].close_input(0)
    working.result(20)
    writing.result(20)
    read = ends["pipe"].counts.inputs[0].read
    before, after = ends["before"].counts.outputs[0], ends["pipe"].counts.outputs[0]
    assert before.written == read + before.not_needed
    assert after.written == ends["after"].counts.inputs[0].read + after.not_needed
    assert loop.summary().taken == read


def test_an_input_ended_from_outside_in_the_middle_of_a_chunk(rig) -> None:
    gate, begun = threading.Event(), threading.Event()

    def work(x: int) -> int:
        if x == 600:
            begun.set()
            assert gate.wait(20)
        return x

    ends, loop = between(rig, pf.Transform(work, "work"))
    writing = run(produce, ends["before"], range(5000))
    out = run(consume, ends["after"])
    working = run(loop.run)
    assert begun.wait(20)
    ends.post("pipe", EndInput(loop_only=False))
    gate.set()
    working.result(20)
    writing.result(20)
    assert out.result(20) == list(range(loop.summary().taken))
    before = ends["before"].counts.outputs[0]
    assert before.written == ends["pipe"].counts.inputs[0].read + before.not_needed


def test_a_source_stays_within_a_strict_buffer(rig) -> None:
    made: list[int] = []

    def numbers() -> Any:
        for number in range(50):
            made.append(number)
            yield number

    ends = rig(stream(["pipe"], ["after"], 4))
    plan = planned(pf.Source(numbers, "numbers") >> collector())
    loop = RunLoop(plan, Worker(0, 0), ends["pipe"], Meter([0] * FIELDS, 0), pid=1)
    working = run(loop.run)
    for number in range(50):
        assert ends["after"].receive() == (0, number)
        assert len(made) <= number + 1 + 4 + 1  # taken, in the buffer, and the one that waits for room
        ends["after"].done(0)
    assert ends["after"].receive() == (0, ENDED)
    working.result(20)
