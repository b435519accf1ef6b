"""What the workers' meters showed while they worked.

A thread of the parent looks at them a few times a second. That costs the workers nothing: the numbers are in
memory they share with the parent anyway. When there are too many samples every other one goes, and the pause
doubles, so that a run of any length keeps the same number.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.waiting import Latch

PAUSE = 0.05
"""Seconds between samples at the beginning of a run."""
MOST = 800
"""Samples that are kept."""


class Sample(NamedTuple):
    """One look at all meters, `seconds` after the run began."""

    seconds: float
    readings: Mapping[Worker, Reading]


class Sampler:
    """Looks at the meters of a run until it is stopped.

    Args:
        readings: gives what every meter shows now.
        pause: seconds between two looks, at first.
        most: how many samples are kept.
        clock: tells seconds.
    """

    def __init__(
        self,
        readings: Callable[[], Mapping[Worker, Reading]],
        *,
        pause: float = PAUSE,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._readings, self._pause, self._most, self._clock = readings, pause, most, clock
        self._began = clock()
        self._samples: list[Sample] = []
        self._over = Latch()
        self._thread = threading.Thread(target=self._work, name="pipeflow sampler", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._began = self._clock()
        self.look()
        self._thread.start()

    def look(self) -> None:
        """Take one sample."""
        self._samples.append(Sample(self._clock() - self._began, self._readings()))
        if len(self._samples) >= self._most:
            del self._samples[1::2]
            self._pause *= 2

    def stop(self) -> tuple[Sample, ...]:
        """Take a last sample; what has been seen. Harmless when called again."""
        if not self._over.is_set():
            self._over.set()
            if self._thread.is_alive():
                self._thread.join()
            self.look()
        return tuple(self._samples)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What has been seen so far."""
        return tuple(self._samples)

    @property
    def pause(self) -> float:
        """Seconds between two looks by now."""
        return self._pause

    def _work(self) -> None:
        while not self._over.wait(self._pause):
            self.look()


def active(samples: Sequence[Sample]) -> float | None:
    """Seconds from the first sign of work to the last one; None when none was seen.

    Before them workers start, after them they end: time in which nobody could have been busy. Threads may be
    at work before the first look. (Processes start one after the other: the first may have filled its streams
    before the others are there.)
    """
    changes = [number for number, (old, new) in enumerate(pairwise(samples)) if _work(old) != _work(new)]
    if not changes:
        return None
    at_work = any(each.item and each.state == "busy" for each in samples[0].readings.values())
    first = 0 if at_work else changes[0]
    return samples[changes[-1] + 1].seconds - samples[first].seconds


def _work(sample: Sample) -> list[tuple[float, ...]]:
    return [(each.item, each.taken, each.sent, each.busy) for each in sample.readings.values()]


class Span(NamedTuple):
    """A piece of one worker's time: seconds since the run began, and the parts of it spent in each way.

    The rest is starting up, sending, and blocked where the transport does not tell.
    """

    begin: float
    end: float
    busy: float
    waiting: float
    blocked: float
    taken: int

    @property
    def rest(self) -> float:
        """The part that no meter knows."""
        return max(0.0, 1.0 - self.busy - self.waiting - self.blocked)


def spans(samples: tuple[Sample, ...], worker: Worker) -> list[Span]:
    """What one worker did between the samples, up to where it ended."""
    pieces: list[_Piece] = []
    for before, now in pairwise(samples):
        old, new = before.readings.get(worker), now.readings.get(worker)
        if old is None or new is None or now.seconds <= before.seconds:
            continue
        if old.state == "over":
            break
        spent = [new.busy - old.busy, new.waiting - old.waiting, new.blocked - old.blocked]
        taken = max(0, _taken(new) - _taken(old))
        pieces.append(_Piece(before.seconds, now.seconds, [max(0.0, part) for part in spent], taken))
    _spread(pieces)
    return [piece.span() for piece in pieces]


@dataclass
class _Piece:
    """A span in the making: seconds instead of parts."""

    begin: float
    end: float
    spent: list[float]
    taken: int

    def span(self) -> Span:
        length = self.end - self.begin
        busy, waiting, blocked = (seconds / length for seconds in self.spent)
        return Span(self.begin, self.end, busy, waiting, blocked, self.taken)


def _spread(pieces: list[_Piece]) -> None:
    """A call is counted when it ends: what doesn't fit between two samples belongs to the time before."""
    carried = [0.0, 0.0, 0.0]
    for piece in reversed(pieces):
        room = piece.end - piece.begin
        for way, seconds in enumerate(piece.spent):
            wanted = seconds + carried[way]
            piece.spent[way] = min(wanted, room)
            carried[way] = wanted - piece.spent[way]
            room -= piece.spent[way]


def _taken(reading: Reading) -> int:
    # A source counts at its end; until then the number of the item in hand says how far it is.
    return max(reading.taken, reading.item - 1)
