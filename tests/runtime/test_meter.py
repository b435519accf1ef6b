from __future__ import annotations

from array import array

import pytest

from pipeflow.runtime import meter
from pipeflow.runtime.meter import FIELDS, Meter, Stopwatch


def test_workers_do_not_touch_each_others_numbers() -> None:
    slots = array("q", bytes(8 * FIELDS * 3))
    first, second = Meter(slots, 0), Meter(slots, 2)
    first.hold(7)
    second.count(3, 2)
    second.spend(1_500_000_000, 250_000_000, 0)
    second.enter(meter.BLOCKED, 5_000_000_000)
    assert first.read() == (7, 0, 0, 0.0, 0.0, 0.0, "starting", 0.0)
    assert second.read() == (0, 3, 2, 1.5, 0.25, 0.0, "blocked", 5.0)
    assert Meter(slots, 1).read().item == 0


def test_time_spent_adds_up() -> None:
    one = Meter([0] * FIELDS, 0)
    for _ in range(3):
        one.spend(10**9, 0, 10**8)
    reading = one.read()
    assert (reading.busy, round(reading.blocked, 9)) == (3.0, 0.3)


def test_a_wait_that_has_not_ended_counts_when_it_is_asked_for() -> None:
    one = Meter([0] * FIELDS, 0)
    one.enter(meter.BLOCKED, 5 * 10**9)
    assert one.read().blocked == 0
    assert one.read(7 * 10**9).blocked == 2
    one.enter(meter.WAITING, 5 * 10**9)
    assert one.read(8 * 10**9).waiting == 3
    one.enter(meter.WORKING, 5 * 10**9)
    assert one.read(8 * 10**9)[3:6] == (0, 0, 0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [0]
    monkeypatch.setattr(meter, "monotonic_ns", lambda: now[0])
    return now


def test_waits_are_told_apart(clock: list[int]) -> None:
    one = Meter([0] * FIELDS, 0)
    watch = Stopwatch(one)
    for state, begin, end in (("waiting", 1, 4), ("blocked", 10, 12), ("waiting", 20, 21)):
        clock[0] = begin * 10**9
        watch.wait(state)  # type: ignore[arg-type]
        assert one.read().state == state
        clock[0] = end * 10**9
        watch.wait("busy")
        assert one.read().state == "busy"
    assert one.read()[3:6] == (0, 4, 2)


def test_of_four_places_one_is_in_use(clock: list[int]) -> None:
    one = Meter([0] * FIELDS, 0)
    watch = Stopwatch(one)
    watch.fly(1, 4)
    watch.wait("waiting")
    assert one.read().state != "waiting"
    clock[0] = 8 * 10**9
    watch.wait("busy")
    watch.fly(0, 4)
    assert one.read()[3:6] == (2, 6, 0)
    clock[0] = 9 * 10**9
    watch.fly(1, 4)
    assert one.read().busy == 2
