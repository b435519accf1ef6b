"""How soon a worker's death is known: from kill -9 to the error in the caller; median and worst of 20.
And how soon all workers are gone after a kill -9 of the caller.

python -m benchmarks.death
"""

from __future__ import annotations

import os
import select
import signal
import statistics
import subprocess
import sys
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


CALLER = """
import sys
from benchmarks.death import endless
import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem

flow = pf.Source(endless) >> pf.Transform(abs, "work") * 2 >> pf.Sink(id, "sink")
system = PipeSystem(flow).compile(settings=Settings(start_method=sys.argv[1]))
system.run()
run = system._run
while run.readings()[run.workers[-1]].taken < 100:
    pass
print(*[process.pid for process in run._processes.values()], flush=True)
system.close()
"""


def orphaned(method: str) -> float:
    """Seconds from the kill of a caller to the end of its last worker."""
    caller = subprocess.Popen([sys.executable, "-c", CALLER, method], stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    handles = [os.pidfd_open(int(pid)) for pid in caller.stdout.readline().split()]
    assert len(handles) == 4
    killed = time.perf_counter()
    caller.kill()
    left = list(handles)
    while left:
        ended, _, _ = select.select(left, [], [], 30)
        assert ended, "a worker outlives its caller"
        left = [handle for handle in left if handle not in ended]
    seconds = time.perf_counter() - killed
    caller.communicate()
    for handle in handles:
        os.close(handle)
    return seconds


def main() -> None:
    machine = f"on {os.cpu_count()} cores"
    for method in ("fork", "forkserver", "spawn"):
        for what, measure in (("death known in", once), ("orphans gone in", orphaned)):
            seconds = [measure(method) for _ in range(ROUNDS)]
            print(
                f"figure {method:11} {what:15} median {statistics.median(seconds):.3f} s, "
                f"worst {max(seconds):.3f} s of {ROUNDS} (load {os.getloadavg()[0]:.1f} {machine})",
                flush=True,
            )


if __name__ == "__main__":
    main()
