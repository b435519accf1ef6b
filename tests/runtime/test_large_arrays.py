"""Large arrays in whole runs: how much memory they take, and that what is received is one's own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, run_flow, stream_flow
from pipeflow.transports import leases

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.skipif(not leases.available(), reason="no shared memory of this kind here"),
]
LARGE = 2 << 20  # 16 MiB of doubles


def arrays(count: int, length: int) -> Iterator[Any]:
    for number in range(count):
        yield np.full(length, float(number))


def shared() -> int:
    """Bytes of all the slots this process knows of."""
    total = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            if "pipeflow slots" in os.readlink(f"/proc/self/fd/{name}"):
                total += 512 * os.fstat(int(name)).st_blocks
        except OSError:
            continue
    return total


class SlowSink:
    """Says at the end how much shared memory there was at most, and that the arrays were right."""

    def __init__(self) -> None:
        self.peak, self.taken = 0, 0

    def run(self, array: Any) -> None:
        assert array[0] == array[-1] == self.taken
        self.taken += 1
        time.sleep(0.02)
        self.peak = max(self.peak, shared())

    def local_term(self) -> tuple[int, int]:
        return self.peak, self.taken


def test_a_slow_sink_holds_up_a_fast_source_of_large_arrays() -> None:
    """Three wait, one is in the sink's hand."""
    report = run_flow(pf.Source(lambda: arrays(20, LARGE), "source") >> pf.Sink(SlowSink(), "sink"))
    [(peak, taken)] = report.results["sink"]
    assert taken == 20
    assert 2 * 8 * LARGE <= peak <= 4 * 8 * LARGE + (1 << 20)


def add(array: Any) -> Any:
    array += 0.5
    return array


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_kept_arrays_are_the_callers_own(method: str) -> None:
    """More of them than a stream holds; they outlive the run."""
    flow = pf.Source(lambda: arrays(20, 20_000), "source") >> pf.Transform(add) * 2
    with stream_flow(flow, start_method=method) as items:
        kept = list(items)
    kept.sort(key=lambda array: array[0])
    for number, array in enumerate(kept):
        assert (array == number + 0.5).all()
        array[:] = -1.0
    assert all((array == -1.0).all() for array in kept)


def test_nothing_is_left_open_after_runs() -> None:
    flow = pf.Source(lambda: arrays(10, 20_000), "source") >> pf.Transform(add) >> pf.Sink(np.sum, "sink")

    def once() -> None:
        system = PipeSystem(flow).compile(settings=Settings())
        system.run()
        system.close()

    once()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        once()
    assert len(os.listdir("/proc/self/fd")) <= before
    assert shared() == 0
