"""Ten thousand items through replicas that are killed and that fail at random: what was lost, what came
twice.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
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
    """One replica of `work` at a time, each when they have taken another part of the items."""
    run: Any = system._run
    chance = random.Random(seed)

    [work] = [n for n, stage in enumerate(run.plan.stages) if stage.name == "work"]

    def delivered() -> int:
        return sum(reading.taken for worker, reading in run.readings().items() if worker.stage == work)

    def kill() -> None:
        for n in range(1, KILLS + 1):
            while delivered() < n * ITEMS // (KILLS + 2):
                if ended.wait(0.002):
                    return
            victims = [p for w, p in dict(run._processes).items() if w.stage == work and p.is_alive()]
            with contextlib.suppress(ProcessLookupError):  # the one before, which was not yet seen to be dead
                os.kill(chance.choice(victims).pid, signal.SIGKILL)

    return kill


def run_with_kills(flow: Any, seed: int) -> Any:
    """The system after its run, with what it met."""
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
    return system


def unlucky_work(capacity: int | None) -> pf.Transform[Any, Any]:
    return pf.Transform(unsure, "work").with_(
        n_processes=4, on_crash="restart", ignore_exceptions=[Unlucky], buffer_size=capacity
    )


LUCKY = [x for x in range(ITEMS) if x % 97 != 13]


def judged(system: Any, promised: dict[str, list[Any]], figure: Callable[[str], None]) -> None:
    """By sink: everything once, and somebody did die."""
    restarts = len(system._run.supervisor.recovery.restarts)
    lost = twice = 0
    for sink, items in promised.items():
        received = Counter(collected(system.report, sink))
        lost += sum((Counter(items) - received).values())
        twice += sum((received - Counter(items)).values())
    figure(f"{restarts} deaths, {lost} lost, {twice} delivered twice")
    assert (lost, twice) == (0, 0)
    assert restarts


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("readers", [1, 3])
@pytest.mark.parametrize("capacity", [None, 4])
def test_nothing_is_lost_and_nothing_comes_twice(
    capacity: int | None, readers: int, seed: int, figure: Callable[[str], None]
) -> None:
    sink = collector().with_(n_processes=readers, buffer_size=capacity)
    system = run_with_kills(pf.Source(range(ITEMS), "src") >> unlucky_work(capacity) >> sink, seed)
    judged(system, {"k": LUCKY}, figure)


def slowly(x: Any) -> Any:
    """Now and then it lets its stream fill up."""
    if hash(x) % 500 == 0:
        time.sleep(0.05)
    return x


def parity(x: int) -> str:
    return "odd" if x % 2 else "even"


def halved(x: int) -> tuple[int | None, int]:
    unsure(x)
    return x if x % 3 else None, -x


def copied(work: Any, readers: int) -> tuple[Any, dict[str, list[Any]]]:
    other = pf.Transform(slowly).with_(buffer_size=2) >> collector("b")
    return work >> (collector("a").with_(n_processes=readers) | other), {"a": LUCKY, "b": LUCKY}


def parted(_: Any, readers: int) -> tuple[Any, dict[str, list[Any]]]:
    work = pf.Transform(halved, "work").with_(n_processes=4, on_crash="restart", ignore_exceptions=[Unlucky])
    other = pf.Transform(slowly).with_(buffer_size=2) >> collector("b").with_(n_processes=readers)
    return work >> (collector("a"), other), {"a": [x for x in LUCKY if x % 3], "b": [-x for x in LUCKY]}


def switched(_: Any, readers: int) -> tuple[Any, dict[str, list[Any]]]:
    choose = pf.Switch(parity, "work").with_(n_processes=4, on_crash="restart")
    slow = pf.Transform(slowly).with_(buffer_size=2) >> collector("b")
    flow = choose >> {"odd": collector("a").with_(n_processes=readers), "even": slow}
    return flow, {"a": list(range(1, ITEMS, 2)), "b": list(range(0, ITEMS, 2))}


def item_of(failed: Any) -> Any:
    return failed.item


def buried(_: Any, readers: int) -> tuple[Any, dict[str, list[Any]]]:
    work = pf.Transform(unsure, "work").with_(n_processes=4, on_crash="restart")
    flow = (work >> collector("a").with_(n_processes=readers)) | (
        work.errors >> pf.Transform(item_of) >> collector("b")
    )
    return flow, {"a": LUCKY, "b": [x for x in range(ITEMS) if x % 97 == 13]}


def doubled(_: Any, readers: int) -> tuple[Any, dict[str, list[Any]]]:
    work = pf.flat_map(twice_or_not, name="work").with_(n_processes=4, on_crash="restart")
    items = [x for x in range(ITEMS) for _ in range(x % 3)]
    return work >> (collector("a").with_(n_processes=readers) | collector("b")), {"a": items, "b": items}


def twice_or_not(x: int) -> list[int]:
    return [x] * (x % 3)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("readers", [1, 3])
@pytest.mark.parametrize("shape", [copied, parted, switched, buried, doubled])
def test_on_several_streams_everything_comes_once_on_each(
    shape: Any, readers: int, seed: int, figure: Callable[[str], None]
) -> None:
    flow, promised = shape(unlucky_work(None), readers)
    judged(run_with_kills(pf.Source(range(ITEMS), "src") >> flow, seed), promised, figure)
