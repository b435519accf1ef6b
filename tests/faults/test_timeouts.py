"""A functor that hangs is an error of its pipe, after the pipe's ``timeout``."""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections.abc import Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._overdue import Watch
from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.messages import Worker
from pipeflow.system import run_flow
from tests.functors import collected, collector

pytestmark = pytest.mark.usefixtures("no_process_left")


def hang_in_python(x: int) -> int:
    if x == 3:
        time.sleep(100)
    return x


def hang_in_c(x: int) -> int:
    if x == 3:
        ctypes.PyDLL(None).sleep(100)  # and the GIL is held
    return x


@pytest.mark.parametrize(
    "method", ["fork", *(pytest.param(name, marks=pytest.mark.faults) for name in ("forkserver", "spawn"))]
)
@pytest.mark.parametrize("hang", [hang_in_python, hang_in_c])
def test_a_functor_that_hangs_is_named_with_its_item(hang: Any, method: str) -> None:
    flow = pf.Source(range(10)) >> pf.Transform(hang, "slow").with_(timeout=1.0) >> collector()
    with pytest.raises(pf.PipeError, match=r"pipe 'slow'.*item 4.*timeout of 1 s") as caught:
        run_flow(flow, start_method=method)
    assert not isinstance(caught.value, pf.WorkerDied)


def test_waiting_for_room_is_no_work() -> None:
    def slow(x: int) -> int:
        if x == 0:
            time.sleep(2.5)
        return x

    quick = pf.Transform(abs, "quick").with_(timeout=1.5, buffer_size=1)
    sink = pf.Sink(slow, "sink").with_(buffer_size=1)
    report = run_flow(pf.Source(range(5)) >> quick >> sink)
    assert report["sink"].taken == 5


def test_the_clock_starts_anew_with_each_item_and_stands_while_blocked() -> None:
    pipe = pf.Transform(abs).with_(timeout=10.0)
    items, blocked = {"now": 1}, {"now": False}
    watch = Watch(Plan((StagePlan("p", pipe),), ()), lambda _: items["now"], lambda _: blocked["now"])
    assert watch.pause is not None
    assert watch.look(0.0) == watch.look(9.0) == []
    items["now"] = 2
    assert watch.look(11.0) == watch.look(20.0) == []
    blocked["now"] = True
    assert watch.look(30.0) == []
    blocked["now"] = False
    assert watch.look(39.0) == []
    [late] = watch.look(41.0)
    assert (late.worker, late.item) == (Worker(0, 0), 2)
    assert watch.look(60.0) == []


async def hang_on_three(x: int) -> int:
    if x == 3:
        await asyncio.sleep(100)
    return x


def now_and_then(count: int, pause: float) -> Iterator[int]:
    for x in range(count):
        yield x
        time.sleep(pause)


def test_a_coroutine_that_hangs_is_named_while_others_come_and_go() -> None:
    source = pf.Source(now_and_then, init_kwargs={"count": 2000, "pause": 0.02})
    slow = pf.Transform(hang_on_three, "slow").with_(timeout=1.0, concurrency=3)
    with pytest.raises(pf.PipeError, match=r"pipe 'slow'.*item 4.*timeout of 1 s"):
        run_flow(source >> slow >> collector())


def test_without_timeouts_nobody_looks() -> None:
    assert Watch(Plan((StagePlan("p", pf.Transform(abs)),), ()), lambda _: 1, lambda _: False).pause is None


def test_items_in_time_pass() -> None:
    flow = pf.Source(range(50)) >> pf.Transform(abs).with_(timeout=5.0) >> collector()
    assert collected(run_flow(flow)) == list(range(50))
