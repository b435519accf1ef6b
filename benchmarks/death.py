"""How soon the caller knows of a worker's death (kill -9) and of an exception, and how soon nobody is left
after Ctrl-C and after a kill -9 of the caller, a worker being stuck in C with the GIL; median, worst of 20.

python -m benchmarks.death         all of it, some minutes
python -m benchmarks.death death   what has this in its name
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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


def stuck(number: int) -> int:
    """Holds the GIL at one of its items."""
    if number == 50:
        ctypes.PyDLL(None).sleep(60)
    return number


def fail(number: int) -> int:
    """Gets stuck in one replica, and fails in the other; its words are when."""
    if number >= 500:  # not one alone, which might wait behind the stuck one
        raise ValueError(time.monotonic())
    return stuck(number)


def failure(method: str) -> float:
    """Seconds from an exception in one replica to `PipeError`, while the other is stuck."""
    flow = pf.Source(endless) >> pf.Transform(fail, "work") * 2 >> pf.Sink(id, "sink")
    system = PipeSystem(flow).compile(settings=Settings(start_method=method))
    system.run()
    try:
        system.close()
    except pf.PipeError as error:
        return time.monotonic() - float(str(error.__cause__))
    raise AssertionError("the failure went unnoticed")


def death(method: str) -> float:
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
import signal, sys
from benchmarks.death import endless, stuck
import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem

signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
flow = pf.Source(endless) >> pf.Transform(stuck, "work") * 2 >> pf.Sink(id, "sink")
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
    return left_after(method, lambda caller: caller.kill())


def interrupted(method: str) -> float:
    """Seconds from Ctrl-C, which the whole group gets, to the end of the last one."""
    return left_after(method, lambda caller: os.killpg(caller.pid, signal.SIGINT))


def left_after(method: str, end: Callable[[subprocess.Popen[str]], None]) -> float:
    """Seconds from what is done to the caller to its end and that of its last worker."""
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, method],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    handles: list[int] = []
    try:
        assert caller.stdout is not None
        workers = [int(pid) for pid in caller.stdout.readline().split()]
        assert len(workers) == 4
        handles += [os.pidfd_open(pid) for pid in (caller.pid, *workers)]
        began = time.perf_counter()
        end(caller)
        left = list(handles)
        while left:
            ended, _, _ = select.select(left, [], [], 30)
            assert ended, "a worker outlives its caller"
            left = [handle for handle in left if handle not in ended]
        return time.perf_counter() - began
    finally:
        caller.kill()
        caller.communicate()
        for handle in handles:
            os.close(handle)


MEASURES: dict[str, Callable[[str], float]] = {
    "death known in": death,
    "exception known in": failure,
    "nobody left after Ctrl-C in": interrupted,
    "orphans gone in": orphaned,
}


def main(wanted: str = "") -> None:
    """Measure what has `wanted` in its name."""
    machine = f"on {os.cpu_count()} cores"
    for method in ("fork", "forkserver", "spawn"):
        for what, measure in MEASURES.items():
            if wanted not in what:
                continue
            seconds = [measure(method) for _ in range(ROUNDS)]
            print(
                f"figure {method:11} {what:27} median {statistics.median(seconds):.3f} s, "
                f"worst {max(seconds):.3f} s of {ROUNDS} (load {os.getloadavg()[0]:.1f} {machine})",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
