"""1, 2, 4 and 8 workers of a pipe that sleeps: ``python -m benchmarks.scaling``."""

from __future__ import annotations

import time
from functools import partial

import pipeflow as pf
from benchmarks.__main__ import machine
from pipeflow.system import run_flow

ITEMS = 400
NAP = 0.01


def nap(x: int) -> int:
    """10 ms."""
    time.sleep(NAP)
    return x


def nothing(_: int) -> None:
    """The end."""


def main() -> None:
    """Measure and print."""
    print(machine())
    first = 0.0
    for workers in (1, 2, 4, 8):
        flow = pf.Source(partial(range, ITEMS), "source") >> pf.Transform(nap) * workers >> pf.Sink(nothing)
        began = time.perf_counter()
        run_flow(flow)
        took = time.perf_counter() - began
        first = first or took
        ideal = ITEMS * NAP / workers
        over = 100 * (took / ideal - 1)
        print(f"{workers} workers: {took:.2f} s, {first / took:.2f} x one worker, ideal + {over:.0f} %")


if __name__ == "__main__":
    main()
