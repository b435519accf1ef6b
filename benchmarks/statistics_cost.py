"""What counting and timing cost on the smallest items: ``python -m benchmarks.statistics_cost``.

On: as it always is. Off: meters that neither count nor time; the number of the item in hand is written all
the same, for it names what a dead worker held. Runs alternate; the ratio is the median of the rounds'.
"""

from __future__ import annotations

import statistics
import time
from unittest import mock

from benchmarks.__main__ import machine
from benchmarks.peers.pipeflow import run
from benchmarks.workloads.w1_ints import chain
from pipeflow.runtime.meter import Meter, Stopwatch

ITEMS = 300_000
ROUNDS = 7


def _seconds() -> float:
    began = time.perf_counter()
    run(chain(ITEMS))
    return time.perf_counter() - began


def _nothing(*_: object) -> None:
    """In the place of a method: a mock would cost more than what it stands for."""


def main() -> None:
    """Measure and print. Workers are forked, so that they inherit what is patched here."""
    silent = dict.fromkeys(("count", "enter", "spend"), _nothing)
    ratios: list[float] = []
    for _ in range(ROUNDS):
        on = _seconds()
        with mock.patch.multiple(Meter, **silent), mock.patch.object(Stopwatch, "wait", _nothing):
            ratios.append(on / _seconds())
    print(machine())
    print(f"statistics on / off, {ITEMS} ints: {statistics.median(ratios):.3f} (of {ROUNDS} rounds)")


if __name__ == "__main__":
    main()
