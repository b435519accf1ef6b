"""A signal that Python only notes: its main thread is just about to wait, or another thread was given it."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem
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


@contextlib.contextmanager
def only_noted() -> Iterator[None]:
    """Once the main thread waits, another one gets a signal for it, which wakes nobody."""
    main, late, over = threading.get_ident(), threading.Event(), threading.Event()
    begun = False

    def send() -> None:
        while not begun:  # to start a thread is to wait for it
            time.sleep(0.001)
        while sys._current_frames()[main].f_code.co_filename not in (threading.__file__, selectors.__file__):
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
