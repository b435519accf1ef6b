"""How long one item takes through three idle pipes: ``python -m benchmarks.latency``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import pipeflow as pf
from benchmarks.__main__ import machine
from pipeflow.system import stream_flow

ITEMS = 200
PAUSE = 0.01


def stamped() -> Iterator[float]:
    """The time of leaving, every 10 ms."""
    for _ in range(ITEMS):
        time.sleep(PAUSE)
        yield time.perf_counter()


def same(item: float) -> float:
    """On it goes."""
    return item


def main() -> None:
    """Measure and print."""
    flow = (
        pf.Source(stamped)
        >> pf.Transform(same, "one")
        >> pf.Transform(same, "two")
        >> pf.Transform(same, "three")
    )
    with stream_flow(flow) as items:
        took = sorted((time.perf_counter() - left) * 1e3 for left in items)
    print(machine())
    print(
        f"latency through 3 idle pipes, {ITEMS} items: median {statistics.median(took):.2f} ms, "
        f"90 % under {took[int(0.9 * ITEMS)]:.2f} ms, worst {took[-1]:.2f} ms"
    )


if __name__ == "__main__":
    main()
