"""A fresh process for every measurement: wall time, and CPU seconds and peak memory of its whole tree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

LIMIT = 300.0
"""Seconds one measurement may take."""


@dataclass(frozen=True)
class Measured:
    """One run of one contender.

    Attributes:
        seconds: wall time per item, imports not included.
        cpu: CPU seconds per item, of the whole tree, imports included.
        peak: MiB, proportional set size of the whole tree; 0 when it was not measured.
        failure: why there are no numbers.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    failure: str = ""


KEPT = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(128 << 20)}
"""What pipeflow's workers tell glibc (see `pipeflow.runtime.allocator`)."""


def measure(workload: str, contender: str, *, memory: bool = False, tuned: bool = False) -> Measured:
    """Run it once."""
    environment = {**os.environ, **(KEPT if tuned else {})}
    command = [sys.executable, "-m", "benchmarks.one", workload, contender]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment,
    ) as process:
        watch = _PeakWatch(process.pid) if memory else None
        timer = threading.Timer(LIMIT, _kill_group, (process.pid,))
        timer.start()
        before = os.times()
        out, err = process.communicate()
        after = os.times()
        timer.cancel()
        peak = watch.stop() if watch is not None else 0.0
    if process.returncode:
        return Measured(failure=(err.strip().splitlines() or [f"exit {process.returncode}"])[-1])
    said = json.loads(out.strip().splitlines()[-1])
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Measured(said["seconds"] / said["items"], used / said["items"], peak)


def _kill_group(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)


class _PeakWatch:
    """Looks at the tree's proportional set size every 20 ms."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak = pid, 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The peak, in MiB."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self._peak = max(self._peak, sum(map(_pss, _tree(self._pid))) / 1024)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            listed = children.read_text().split()
        except OSError:
            continue
        for child in listed:
            found += _tree(int(child))
    return found


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
