"""How soon a worker's death is known: from kill -9 to the error in the caller; median and worst of 20.

python -m benchmarks.death
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem

ROUNDS = 20


def endless() -> Iterator[int]:
    n = 0
    while True:
        yield n
        n += 1


def once(method: str) -> float:
    """Seconds from the kill of a busy replica to `WorkerDied`."""
    flow = pf.Source(endless) >> pf.Transform(abs, "work") * 2 >> pf.Sink(id, "sink")
    system = PipeSystem(flow).compile(settings=Settings(start_method=method))
    system.run()
    run: Any = system._run
    sink = run.workers[-1]
    while run.readings()[sink].taken < 100:
        time.sleep(0.001)
    killed = time.perf_counter()
    os.kill(run._processes[run.workers[1]].pid, signal.SIGKILL)
    try:
        system.close()
    except pf.WorkerDied:
        return time.perf_counter() - killed
    raise AssertionError("the death went unnoticed")


def main() -> None:
    for method in ("fork", "forkserver", "spawn"):
        seconds = [once(method) for _ in range(ROUNDS)]
        load = os.getloadavg()[0]
        print(
            f"{method:11} median {statistics.median(seconds):.3f} s, worst {max(seconds):.3f} s of {ROUNDS} "
            f"(load {load:.1f} on {os.cpu_count()} cores)",
            flush=True,
        )


if __name__ == "__main__":
    main()
