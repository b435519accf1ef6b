"""A worker's live numbers, in memory the parent can read at any time, also after the worker was killed."""

from __future__ import annotations

from collections.abc import MutableSequence
from typing import NamedTuple

FIELDS = 8
_ITEM, _TAKEN, _SENT, _BUSY, _WAITING, _BLOCKED, _STATE, _SINCE = range(FIELDS)

IDLE_STATE, WAITING, WORKING, BLOCKED, OVER = range(5)
STATE_NAMES = ("starting", "waiting", "busy", "blocked", "over")


class Reading(NamedTuple):
    """One look at a worker's meter.

    Attributes:
        item: number of the item in hand, 0 when none is.
        taken, sent: inputs taken, results sent.
        busy, waiting, blocked: seconds spent in the functor, waiting for input, waiting for room.
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

    def read(self) -> Reading:
        """What the meter shows now."""
        values = [int(value) for value in self._slots[self._base : self._base + FIELDS]]
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
