"""Ten thousand items through replicas that are killed and that fail at random: what was lost, what came
twice.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem
from tests.functors import collected, collector

pytestmark = [pytest.mark.usefixtures("no_process_left"), pytest.mark.faults, pytest.mark.timeout(600)]

ITEMS = 10_000
KILLS = 10


class Unlucky(Exception):
    pass


def unsure(x: int) -> int:
    if x % 97 == 13:
        raise Unlucky(x)
    return x


def kill_at_random(system: PipeSystem, ended: threading.Event, seed: int) -> Callable[[], None]:
    """One replica of `work` at a time, each when the sink has taken another part of the items."""
    run: Any = system._run
    chance = random.Random(seed)

    def delivered() -> int:
        return sum(reading.taken for worker, reading in run.readings().items() if worker.stage == 2)

    def kill() -> None:
        for n in range(1, KILLS + 1):
            while delivered() < n * ITEMS // (KILLS + 2):
                if ended.wait(0.002):
                    return
            victims = [p for w, p in dict(run._processes).items() if w.stage == 1 and p.is_alive()]
            os.kill(chance.choice(victims).pid, signal.SIGKILL)

    return kill


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("readers", [1, 3])
@pytest.mark.parametrize("capacity", [None, 4])
def test_nothing_is_lost_and_nothing_comes_twice(
    capacity: int | None, readers: int, seed: int, figure: Callable[[str], None]
) -> None:
    work = pf.Transform(unsure, "work").with_(
        n_processes=4, on_crash="restart", ignore_exceptions=[Unlucky], buffer_size=capacity
    )
    sink = collector().with_(n_processes=readers, buffer_size=capacity)
    flow = pf.Source(range(ITEMS), "src") >> work >> sink
    system = PipeSystem(flow).compile(settings=Settings(start_method="forkserver"))
    system.run()
    assert system._run is not None
    system._run.supervisor.recovery.limit = 2 * KILLS
    ended = threading.Event()
    killer = threading.Thread(target=kill_at_random(system, ended, seed), daemon=True)
    killer.start()
    try:
        system.close()
    finally:
        ended.set()
        killer.join()
    received = Counter(collected(system.report))
    promised = {x for x in range(ITEMS) if x % 97 != 13}
    twice = [x for x, count in received.items() if count > 1]
    restarts = len(system._run.supervisor.recovery.restarts)
    figure(f"{restarts} deaths, {len(promised - set(received))} lost, {len(twice)} delivered twice")
    assert set(received) == promised
    assert not twice
    assert restarts
