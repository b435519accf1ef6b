"""Entries many at a time: when they leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipeflow.transports import backstop
from pipeflow.transports.sockets import SocketEndpoint
from tests.transports.rigs import DEADLINE, RigMaker, SocketRig, eventually, rigs_of, run, stream


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[RigMaker]:
    """Nothing is sent because time has passed."""
    monkeypatch.setattr(backstop, "GRACE", 3600.0)
    with rigs_of(SocketRig) as make:
        yield make


class Clock:
    """Stands still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def stretch(endpoint: SocketEndpoint, clock: Clock, entries: list[int], seconds: float) -> int:
    """The entries, each of which takes so long; how many might have come."""
    staged, limit = endpoint.bulk.begin(0)
    for entry in entries:
        clock.now += seconds
        staged.append((entry, 8))
    endpoint.bulk.deal(None, len(entries), 0)
    return limit


def settle(r: Any, entry: int) -> None:
    """The reader takes it, and its writer knows."""
    assert run(r["b"].receive).result(DEADLINE) == (0, entry)
    r["b"].done(0)
    r["b"].flush()
    eventually(lambda: r["a"].poll([]) or not r["a"].underway(0))


def test_what_a_slow_source_makes_leaves_at_once_while_the_reader_idles(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    clock = r["a"]._pump.clock = Clock()
    stretch(r["a"], clock, [0], 0.01)
    r["a"].flush()
    settle(r, 0)
    for entry in range(1, 6):
        assert stretch(r["a"], clock, [entry], 0.01) == 1
        settle(r, entry)


def test_a_fast_source_waits_for_company(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    clock = r["a"]._pump.clock = Clock()
    stretch(r["a"], clock, [0], 1e-6)
    r["a"].flush()
    settle(r, 0)
    assert stretch(r["a"], clock, [1], 1e-6) > 1


def test_a_readers_speed_is_that_of_its_work_and_not_of_its_waiting(rig: RigMaker) -> None:
    """A reader that seems faster than it is, for it waited before, would be handed the whole queue."""
    r = rig(stream(["a"], ["b"]))
    clock = r["b"]._pump.clock = r["b"]._clock = Clock()
    for entry in range(3):
        received = run(r["b"].receive)
        eventually(lambda: r["b"].state == "waiting")
        clock.now += 1.0
        r["a"].send(0, entry)
        r["a"].flush()
        assert received.result(DEADLINE) == (0, entry)
        clock.now += 0.005
        r["b"].done(0)
        r["b"].flush()
        eventually(lambda: r["a"].poll([]) or not r["a"].underway(0))
    [lane] = r["a"]._outputs[0].lanes.values()
    assert lane.seconds == pytest.approx(0.005)
