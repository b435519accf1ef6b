"""After a crash: the dead worker is replaced, nothing is lost, nothing comes twice (G7, G8, G9)."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem
from tests.functors import Collect, collected, collector, double, inc, odd_only

pytestmark = pytest.mark.usefixtures("no_process_left")

METHODS = ["fork", "forkserver", "spawn"]


class Once:
    """True for the first who asks in any process: `Once(path)()`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> bool:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True


class DieOn:
    """Ends its process with SIGKILL on certain items, once each."""

    def __init__(self, folder: Path, *items: int) -> None:
        self.folder, self.items = folder, items

    def run(self, x: int) -> int:
        if x in self.items and Once(self.folder / str(x))():
            os.kill(os.getpid(), signal.SIGKILL)
        return x + 1


def restarting(functor: Any, replicas: int = 1, **options: Any) -> pf.Transform[Any, Any]:
    return pf.Transform(functor, "work").with_(n_processes=replicas, on_crash="restart", **options)


def run(flow: Any, **options: Any) -> Any:
    system = PipeSystem(flow).compile(settings=Settings(**options))
    system.run()
    system.close()
    return system.report


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("replicas", [1, 3])
def test_a_dead_worker_is_replaced_and_its_items_run_again(tmp_path: Path, replicas: int, method: str) -> None:
    work = restarting(DieOn(tmp_path, 20, 150), replicas)
    report = run(pf.Source(range(300)) >> work >> collector(), start_method=method)
    assert sorted(collected(report)) == list(range(1, 301))
    assert sum("was restarted" in note for note in report.notes) == 2


@pytest.mark.parametrize("capacity", [1, 3, None])
@pytest.mark.parametrize("item", [0, 1, 299])
def test_at_the_ends_and_with_small_buffers(tmp_path: Path, item: int, capacity: int | None) -> None:
    work = restarting(DieOn(tmp_path, item), 2, buffer_size=capacity)
    report = run(pf.Source(range(300)) >> work >> collector().with_(buffer_size=capacity))
    assert sorted(collected(report)) == list(range(1, 301))
