"""Signals: one that Python only notes, for its main thread is just about to wait, or another thread was given
it; and handlers that call the very system they have interrupted.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow import engines, waiting
from pipeflow.engines import process
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, pipe_system
from pipeflow.transports._base import BLOCK_NOTICE
from tests.functors import collector

pytestmark = pytest.mark.usefixtures("no_process_left")

LATE = 20.0
"""Seconds after which somebody wakes the main thread, so that a test that fails ends."""


def one_and_no_more() -> Iterator[int | None]:
    yield 1
    while True:
        time.sleep(0.01)
        yield None


async def hang(number: int) -> int:
    await asyncio.sleep(1000)
    return number


WAITS = (threading.__file__, selectors.__file__, waiting.__file__)


@contextlib.contextmanager
def only_noted() -> Iterator[None]:
    """Once the main thread waits, another one gets a signal for it, which wakes nobody."""
    main, late, over = threading.get_ident(), threading.Event(), threading.Event()
    begun = False

    def send() -> None:
        while not begun:  # to start a thread is to wait for it
            time.sleep(0.001)
        while sys._current_frames()[main].f_code.co_filename not in WAITS:
            if over.wait(0.001):
                return
        if over.wait(2 * BLOCK_NOTICE):  # until then it looks up to say that it waits
            return
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        if not over.wait(LATE):
            late.set()
            signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    thread = threading.Thread(target=send)
    thread.start()
    begun = True
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    assert not late.is_set(), "nobody looked whether there was a signal"


METHODS = ["fork", *(pytest.param(name, marks=pytest.mark.faults) for name in ("forkserver", "spawn"))]


@pytest.mark.parametrize("method", METHODS)
def test_it_ends_the_wait_for_the_end_of_a_run(method: str) -> None:
    system = PipeSystem(pf.Source(one_and_no_more) >> collector()).compile(
        settings=Settings(start_method=method)
    )
    system.run()
    with only_noted():
        system.close()


@pytest.mark.parametrize("engine", ["process", "thread"])
def test_it_ends_the_wait_for_the_next_item(engine: str) -> None:
    with pf.Source(one_and_no_more).stream(engine=engine) as items:
        assert next(items) == 1
        with only_noted():
            next(items)


def test_it_ends_the_wait_for_threads() -> None:
    system = PipeSystem(pf.Source(one_and_no_more) >> collector()).compile(engine="thread")
    system.run()
    with only_noted():
        system.close()


def test_it_ends_the_wait_for_coroutines_of_the_caller() -> None:
    with only_noted():
        list((pf.Source(range(3)) >> pf.Transform(hang).with_(concurrency=2)).stream(engine="inline"))


@contextlib.contextmanager
def handled_by(handler: Callable[[], object], number: int = signal.SIGUSR1) -> Iterator[None]:
    before = signal.signal(number, lambda *_: handler())
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("engine", ["process", "thread", "inline"])
def test_a_handler_may_close_the_iteration_that_it_has_interrupted(engine: str) -> None:
    for delay in (0.02, 0.03, 0.05, 0.08, 0.13):  # at once, in the middle of something
        items = pf.Source(itertools.count).stream(engine=engine)
        with handled_by(items.close, signal.SIGVTALRM):
            assert next(items) == 0
            signal.setitimer(signal.ITIMER_VIRTUAL, delay)  # of the time that we ourselves work
            got = sum(1 for _ in items)
        assert items.report is not None
        assert items.report.stopped
        assert items.report["count"].sent >= got


def test_a_handler_may_stop_the_system_that_is_waited_for() -> None:
    system = PipeSystem(pf.Source(one_and_no_more) >> collector()).compile()
    system.run()
    with handled_by(system.stop):
        timer = threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1))
        timer.start()
        system.close()
        timer.join()
    assert system.report is not None
    assert system.report.stopped


@pytest.mark.parametrize("engine", ["process", "thread", "inline"])
@pytest.mark.parametrize("iterates", [False, True], ids=["close", "loop"])
def test_a_handler_may_stop_a_run_that_is_just_being_started(
    engine: str, iterates: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = engines.load(engine).open_run

    def open_run(*given: Any) -> Any:
        opened = run(*given)
        start = opened.start

        def start_and_be_interrupted() -> None:
            start()
            signal.raise_signal(signal.SIGUSR1)

        opened.start = start_and_be_interrupted
        return opened

    monkeypatch.setattr(engines.load(engine), "open_run", open_run)
    if iterates:
        items = pf.Source(itertools.count).stream(engine=engine)
        with handled_by(items.close):
            assert len(list(items)) < 10_000
        report = items.report
    else:
        system = PipeSystem(pf.Source(itertools.count) >> pf.Sink(id)).compile(engine=engine)
        with handled_by(system.stop):
            system.run()
        system.close()
        report = system.report
    assert report is not None
    assert report.stopped


def test_a_handler_may_stop_a_system_that_is_just_being_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    report_of = pipe_system.report_of

    def be_interrupted(*given: Any) -> Any:
        signal.raise_signal(signal.SIGUSR1)
        return report_of(*given)

    monkeypatch.setattr(pipe_system, "report_of", be_interrupted)
    system = PipeSystem(pf.Source(range(3)) >> collector()).compile(engine="thread")
    with handled_by(system.stop):
        system.run()
        system.close()
    assert system.report is not None
    assert system.report["Source"].sent == 3


@pytest.mark.parametrize("call", ["run", "reset"])
def test_what_can_not_be_done_in_the_middle_of_a_call_is_refused(call: str) -> None:
    system = PipeSystem(pf.Source(one_and_no_more) >> collector()).compile(engine="thread")
    system.run()
    refused: list[str] = []

    def handler() -> None:
        try:
            getattr(system, call)()
        except pf.PipelineStateError as error:
            refused.append(str(error))
        system.stop()

    with handled_by(handler):
        timer = threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1))
        timer.start()
        system.close()
        timer.join()
    assert refused == [f"{call}() was called from within another call of the same system"]


@pytest.mark.parametrize("engine", ["thread", "inline"])
@pytest.mark.parametrize("call", ["stop", "close"])
def test_a_functor_of_this_process_may_end_its_own_run(engine: str, call: str) -> None:
    def ends(_: int) -> None:
        if system.running:  # before that, it would be stopped as it is started
            getattr(system, call)()
            system.stop()

    system = PipeSystem(pf.Source(itertools.count) >> pf.Sink(ends)).compile(engine=engine)
    system.run()
    system.close()
    assert system.report is not None
    assert system.report.stopped
    assert not system.report.notes  # nobody was given up


def test_so_may_a_generator_of_the_caller() -> None:
    def numbers() -> Iterator[int]:
        for number in itertools.count():
            if system.running:
                system.stop()
            yield number

    system = PipeSystem(pf.Source(numbers()) >> collector()).compile()
    system.run()
    system.close()
    assert system.report is not None
    assert system.report.stopped
    assert not system.report.notes


@contextlib.contextmanager
def interrupted_at(function: str, module: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ctrl-C in the middle: as this function returns for the first time."""
    original = getattr(module, function)
    once = iter([signal.SIGINT])

    def be_interrupted(*given: Any, **named: Any) -> Any:
        result = original(*given, **named)
        for number in once:
            signal.raise_signal(number)
        return result

    with handled_by_default(), monkeypatch.context() as patch:
        patch.setattr(module, function, be_interrupted)
        yield


@contextlib.contextmanager
def handled_by_default() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


MOMENTS = {
    "a socket is made": ("socketpair", process.socket),
    "memory is made": ("shared_memory", process),
    "pipes are made": ("pipe", os),
    "channels are connected": ("connect", process),
    "a thread is started": ("start", threading.Thread),
    "it is watched": ("watch_for", pipe_system),
}


@pytest.mark.parametrize("what", MOMENTS)
def test_an_interrupt_while_workers_are_started_leaves_nothing_behind(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = "thread" if what == "a thread is started" else "process"
    system = PipeSystem(pf.Source(itertools.count) >> pf.Sink(id)).compile(engine=engine)
    with interrupted_at(*MOMENTS[what], monkeypatch), pytest.raises(KeyboardInterrupt):
        system.run()
    assert not system.running


def test_where_no_more_threads_are_to_be_had_those_that_were_started_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, left = threading.Thread.start, iter([1])

    def start_one(self: threading.Thread) -> None:
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        start(self)

    system = PipeSystem(pf.Source(itertools.count) >> pf.Sink(id)).compile(engine="thread")
    monkeypatch.setattr(threading.Thread, "start", start_one)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        system.run()
    monkeypatch.undo()
    assert not system.running


@pytest.mark.parametrize("engine", ["process", "thread"])
def test_an_interrupt_while_a_run_is_let_go_of_waits_for_its_end(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = PipeSystem(pf.Source(range(3)) >> pf.Sink(id)).compile(engine=engine)
    system.run()
    with interrupted_at("let_go", pipe_system, monkeypatch), pytest.raises(KeyboardInterrupt):
        system.close()
    assert system.report is not None
    assert system.report["Source"].sent == 3
    system.close()
