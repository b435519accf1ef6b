from __future__ import annotations

from array import array

from pipeflow.runtime import meter
from pipeflow.runtime.meter import FIELDS, Meter


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
