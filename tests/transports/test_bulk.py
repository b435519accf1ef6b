"""Entries many at a time: when they leave."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from pipeflow.transports import backstop, bulk
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
    clock = r["a"]._pump.clock = r["b"]._pump.clock = r["b"]._clock = Clock()  # a fast reader, too
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


LARGE = b"x" * 10_000


def large(endpoint: SocketEndpoint, name: str) -> tuple[Any, int]:
    packed: tuple[Any, int] = endpoint.bulk.pack((name, LARGE))
    assert packed[1] > bulk.HEAVY
    return packed


def test_large_results_are_accepted_between_small_ones_without_a_look_around(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], capacity=6))
    endpoint = r["a"]
    endpoint._pump.clock = Clock()
    endpoint.flush()  # has looked around just now
    staged, _ = endpoint.bulk.begin(0)
    served = count_calls(endpoint._pump, "serve")
    staged.append(1)
    assert endpoint.bulk.carry(None, 2, 0, large(endpoint, "first")) is not None
    staged.append(2)
    assert endpoint.bulk.carry(None, 2, 0, large(endpoint, "second")) is not None
    assert not served
    endpoint.bulk.deal(None, 1, 0, large(endpoint, "third"))
    endpoint.flush()
    found = [run(r["b"].receive).result(DEADLINE)[1] for _ in range(5)]
    assert [one if isinstance(one, int) else one[0] for one in found] == [1, "first", 2, "second", "third"]


def count_calls(thing: Any, name: str) -> list[Any]:
    calls: list[Any] = []
    before = getattr(thing, name)
    setattr(thing, name, lambda *args: calls.append(args) or before(*args))
    return calls


@pytest.mark.parametrize("why", ["no room", "attention", "time to look around", "a slow entry"])
def test_a_large_result_is_not_carried_when(why: str, rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], capacity=2))
    endpoint = r["a"]
    clock = endpoint._pump.clock = Clock()
    endpoint.flush()
    endpoint.bulk.begin(0)
    carry = partial(endpoint.bulk.carry, None, 1, 0)
    assert carry(large(endpoint, "first")) is not None
    if why == "no room":
        while carry(large(endpoint, "more")):
            pass
    elif why == "attention":
        endpoint.bulk.attention.call()
    elif why == "time to look around":
        endpoint._pump.look_at = clock.now
    else:
        clock.now += bulk.SLOW * 1.5
    written = endpoint.counts.outputs[0].written
    assert carry(large(endpoint, "last")) is None
    assert endpoint.counts.outputs[0].written == written
    endpoint.bulk.deal(None, 0, 0)
