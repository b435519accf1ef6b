"""A worker's live numbers, in memory the parent can read at any time, also after the worker was killed."""

from __future__ import annotations

from collections.abc import MutableSequence
from time import monotonic_ns
from typing import NamedTuple

from pipeflow.transports import State

FIELDS = 8
_ITEM, _TAKEN, _SENT, _BUSY, _WAITING, _BLOCKED, _STATE, _SINCE = range(FIELDS)

IDLE_STATE, WAITING, WORKING, BLOCKED, OVER = range(5)
STATE_NAMES = ("starting", "waiting", "busy", "blocked", "over")
_WAITS = {WAITING: _WAITING, BLOCKED: _BLOCKED}
"""Which time a state adds to."""


class Reading(NamedTuple):
    """One look at a worker's meter.

    Attributes:
        item: number of the item in hand, 0 when none is.
        taken, sent: inputs taken, results sent.
        busy, waiting, blocked: seconds spent in the functor and in packing its results, waiting for input,
            waiting for room. Where a worker has up to n items in flight, it counts as n: busy is the part of
            them that is in use.
        state: "starting", "waiting", "busy", "blocked" or "over".
        since: `time.monotonic` seconds when it entered that state.
    """

    item: int
    taken: int
    sent: int
    busy: float
    waiting: float
    blocked: float
    state: str
    since: float


class Meter:
    """Eight numbers of one worker in a shared sequence of 64-bit integers (times in nanoseconds)."""

    def __init__(self, slots: MutableSequence[int] | memoryview, worker: int) -> None:
        self._slots = slots
        self._base = worker * FIELDS

    @property
    def place(self) -> tuple[MutableSequence[int] | memoryview, int]:
        """Where `hold` writes to, for loops that can't afford a call."""
        return self._slots, self._base

    def hold(self, item: int) -> None:
        """Item number `item` is in hand (0: none)."""
        self._slots[self._base] = item

    def count(self, taken: int, sent: int) -> None:
        """What has been taken and sent so far."""
        self._slots[self._base + _TAKEN] = taken
        self._slots[self._base + _SENT] = sent

    def enter(self, state: int, now: int) -> None:
        """The worker is in `state` since `now` (nanoseconds of the monotonic clock)."""
        self._slots[self._base + _STATE] = state
        self._slots[self._base + _SINCE] = now

    def spend(self, busy: int, waiting: int, blocked: int) -> None:
        """Add nanoseconds to what the worker has spent."""
        slots, base = self._slots, self._base
        slots[base + _BUSY] += busy
        slots[base + _WAITING] += waiting
        slots[base + _BLOCKED] += blocked

    def read(self, now: int | None = None) -> Reading:
        """What the meter shows now.

        Args:
            now: nanoseconds of the monotonic clock, to count a wait that has not ended; left out, it isn't.
        """
        values = [int(value) for value in self._slots[self._base : self._base + FIELDS]]
        if now is not None and values[_STATE] in _WAITS:
            values[_WAITS[values[_STATE]]] += max(0, now - values[_SINCE])
        return Reading(
            item=values[_ITEM],
            taken=values[_TAKEN],
            sent=values[_SENT],
            busy=values[_BUSY] / 1e9,
            waiting=values[_WAITING] / 1e9,
            blocked=values[_BLOCKED] / 1e9,
            state=STATE_NAMES[values[_STATE]],
            since=values[_SINCE] / 1e9,
        )


class Stopwatch:
    """Meters how long a worker waits, told by its endpoint, and how many items it has in flight.

    Args:
        meter: where it goes.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._state = WORKING
        self._since = self._flown = 0
        self._part = 0.0
        self.waited = 0
        """Nanoseconds of all waits that have ended."""

    def wait(self, state: State) -> None:
        """The worker begins to wait, or ("busy") it goes on."""
        now = monotonic_ns()
        if state == "busy":
            self._meter.enter(WORKING, now)
            self.waited += now - self._since
            waited = round((now - self._since) * (1.0 - self._part))
            waiting = self._state == WAITING
            self._meter.spend(0, waited if waiting else 0, 0 if waiting else waited)
            return
        self._state = WAITING if state == "waiting" else BLOCKED
        self._since = now
        if not self._part:
            self._meter.enter(self._state, now)

    def fly(self, count: int, limit: int) -> None:
        """From now on `count` items are in flight, of `limit` that may be."""
        now = monotonic_ns()
        if self._part:
            self._meter.spend(round((now - self._flown) * self._part), 0, 0)
        self._flown, self._part = now, min(1.0, count / limit)
