"""Coroutines in flight on the event loop of a worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.pipes.functors import Deferred
from pipeflow.pipes.options import Options
from pipeflow.pipes.steps import StepContext

DEADLINE = 20.0


class Gate:
    """Lets coroutines finish in the order a test wants."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.open: dict[Any, threading.Event] = {}

    async def __call__(self, x: Any) -> Any:
        event = self.open.setdefault(x, threading.Event())
        self.entered.release()
        await asyncio.get_running_loop().run_in_executor(None, event.wait, DEADLINE)
        if x == "bad":
            raise ValueError(x)
        return None if x == "none" else (x, x)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def step(gate: Gate) -> Iterator[ConcurrentStep]:
    made = ConcurrentStep(gate, Options(concurrency=3), StepContext("x"))
    yield made
    for event in gate.open.values():
        event.set()
    made.close()


def test_results_come_in_the_order_they_finish(step: ConcurrentStep, gate: Gate) -> None:
    for token, item in enumerate("ab"):
        step.submit(token, (item,))
    assert step.pending == 2
    for _ in range(2):
        assert gate.entered.acquire(timeout=DEADLINE)
    gate.open["b"].set()
    assert step.wait(DEADLINE)
    assert step.ready() == [(1, ("b", "b"), None)]
    assert step.pending == 1
    gate.open["a"].set()
    assert step.wait(DEADLINE)
    assert step.ready() == [(0, ("a", "a"), None)]


def test_errors_and_nothing_are_told_apart(step: ConcurrentStep, gate: Gate) -> None:
    for token, item in enumerate(["bad", "none"]):
        gate.open[item] = threading.Event()
        gate.open[item].set()
        step.submit(token, (item,))
    found: dict[Any, Any] = {}
    while len(found) < 2:
        assert step.wait(DEADLINE)
        found.update({token: (result, error) for token, result, error in step.ready()})
    assert found[1] == (None, None)
    assert isinstance(found[0][1], ValueError)


def test_waking_is_said(gate: Gate) -> None:
    woken = threading.Event()
    step = ConcurrentStep(gate, Options(), StepContext("x", wake=woken.set))
    gate.open["a"] = threading.Event()
    gate.open["a"].set()
    step.submit(0, ("a",))
    assert woken.wait(DEADLINE)
    step.close()
    assert step.limit == 1


def test_closing_cancels_what_is_in_flight() -> None:
    cancelled = threading.Event()
    begun = threading.Event()

    async def forever(x: int) -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    step = ConcurrentStep(forever, Options(), StepContext("x"))
    step.submit(0, (1,))
    assert begun.wait(DEADLINE)
    step.close()
    assert cancelled.is_set()
    assert not step.wait(0)


def test_the_functor_is_initialised_and_terminated() -> None:
    class Client:
        def local_init(self, url: str) -> None:
            self.url = url

        async def run(self, x: int) -> str:
            return self.url

        def local_term(self) -> str:
            return "closed"

    step = ConcurrentStep(Client(), Options(init_kwargs={"url": "u"}), StepContext("x"))
    step.submit(0, (1,))
    assert step.wait(DEADLINE)
    assert step.ready() == [(0, "u", None)]
    assert step.close() == "closed"


def test_a_sinks_results_are_left_out(gate: Gate) -> None:
    gate.open["a"] = threading.Event()
    gate.open["a"].set()
    step = ConcurrentStep(gate, Options(), StepContext("x"), sends=False)
    step.submit(0, ("a",))
    assert step.wait(DEADLINE)
    assert step.ready() == [(0, None, None)]
    step.close()


class Session:
    """Remembers on which loop each of its methods ran."""

    def __init__(self) -> None:
        self.loops: list[Any] = []

    async def local_init(self, url: str) -> None:
        await asyncio.sleep(0.01)
        self.url = url
        self.loops.append(asyncio.get_running_loop())

    async def run(self, x: int) -> str:
        self.loops.append(asyncio.get_running_loop())
        return f"{self.url}{x}"

    async def local_term(self) -> str:
        await asyncio.sleep(0.01)
        self.loops.append(asyncio.get_running_loop())
        return "closed"


def test_coroutines_that_begin_and_end_the_functor_are_awaited_on_its_loop() -> None:
    session = Session()
    step = ConcurrentStep(session, Options(init_kwargs={"url": "u"}), StepContext("x"))
    step.submit(0, (1,))
    assert step.wait(DEADLINE)
    assert step.ready() == [(0, "u1", None)]
    assert step.close() == "closed"
    assert len(session.loops) == 3
    assert len(set(map(id, session.loops))) == 1


def test_a_functor_that_is_built_in_the_worker_is_awaited_too() -> None:
    step = ConcurrentStep(Deferred(Session, (), {}), Options(init_kwargs={"url": "u"}), StepContext("x"))
    step.submit(0, (1,))
    assert step.wait(DEADLINE)
    assert step.ready() == [(0, "u1", None)]
    assert step.close() == "closed"


@pytest.mark.parametrize("raised", [ValueError("no"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_what_a_local_init_raises_ends_its_loop(raised: BaseException) -> None:
    class Refused:
        async def local_init(self) -> None:
            raise raised

        async def run(self, x: int) -> int:
            return x

    before = threading.active_count()
    with pytest.raises(type(raised)):
        ConcurrentStep(Refused(), Options(), StepContext("x"))
    assert threading.active_count() == before


def test_what_a_local_term_raises_ends_its_loop() -> None:
    class Stuck:
        async def run(self, x: int) -> int:
            return x

        async def local_term(self) -> None:
            raise ValueError("no")

    before = threading.active_count()
    step = ConcurrentStep(Stuck(), Options(), StepContext("x"))
    with pytest.raises(ValueError, match="no"):
        step.close()
    assert threading.active_count() == before


def test_a_local_init_that_ends_the_loop_is_not_waited_for() -> None:
    class Suicidal:
        async def local_init(self) -> None:
            asyncio.get_running_loop().stop()
            await asyncio.Event().wait()

        async def run(self, x: int) -> int:
            return x

    with pytest.raises((RuntimeError, asyncio.CancelledError)):
        ConcurrentStep(Suicidal(), Options(), StepContext("x"))


def test_what_a_local_init_has_begun_is_cancelled_at_the_end() -> None:
    cancelled = threading.Event()

    class Alive:
        async def local_init(self) -> None:
            self.beat = asyncio.create_task(self.beating())
            await asyncio.sleep(0)

        async def beating(self) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        async def run(self, x: int) -> int:
            return x

    ConcurrentStep(Alive(), Options(), StepContext("x")).close()
    assert cancelled.is_set()
