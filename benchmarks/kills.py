"""Kill a worker at a random instant of W1, W2 and W8: ``python -m benchmarks.kills [times]``.

Every run must end within seconds with an error that names a dead worker (or normally, where the kill came too
late), and leave no process and no descriptor behind.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from benchmarks.__main__ import machine
from benchmarks.one import workload
from benchmarks.peers import pipeflow as peer
from pipeflow.errors import PipeError

CASES = {"w1_ints": (300_000, "run"), "w2_arrays": (1500, "run"), "w8_batches": (300, "iterate")}
LIMIT = 30.0


def children() -> list[int]:
    """Of this process."""
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def descriptors() -> int:
    """Open ones of this process."""
    return len(os.listdir("/proc/self/fd"))


def once(name: str, count: int, call: str, wait: float) -> float | None:
    """One run with one kill: seconds from the kill to the error; None where the kill came too late."""
    chain = workload(name).chain(count)
    killed: list[float] = []

    def kill() -> None:
        workers = children()
        if workers:
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(random.choice(workers), signal.SIGKILL)
            killed.append(time.perf_counter())

    killer = threading.Timer(wait, kill)
    killer.daemon = True
    killer.start()
    try:
        getattr(peer, call)(chain)
    except PipeError:
        return time.perf_counter() - killed[0]
    finally:
        killer.cancel()
        killer.join()
    return None


def main() -> None:
    """Run them all; any hang ends the program with the stacks of all threads."""
    import faulthandler

    times = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(machine())
    for name, (count, call) in CASES.items():
        once(name, max(1, count // 10), call, LIMIT)
        began = time.perf_counter()
        once(name, count, call, LIMIT)
        undisturbed = time.perf_counter() - began
        before, notices = descriptors(), list[float]()
        for _ in range(times):
            faulthandler.dump_traceback_later(LIMIT, exit=True)
            notice = once(name, count, call, random.uniform(0.0, undisturbed))
            notices += [] if notice is None else [notice]
            faulthandler.cancel_dump_traceback_later()
            assert not children(), "a worker was left behind"
        assert descriptors() <= before, "descriptors were left open"
        said = f"{len(notices)} ended in an error, {max(notices, default=0.0):.2f} s after the kill at worst"
        print(f"{name}: {times} kills, {said}; no hang, nothing left behind", flush=True)


if __name__ == "__main__":
    main()
