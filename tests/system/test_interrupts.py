"""Ctrl-C that waits for the end of a block."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pipeflow.system.interrupts import deferred


@contextlib.contextmanager
def handled_by(handler: Any) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted(then: Callable[[], object]) -> None:
    """A block in which Ctrl-C comes first."""
    with handled_by(signal.default_int_handler), deferred():
        signal.raise_signal(signal.SIGINT)
        then()


def test_it_is_raised_at_the_end_of_the_block() -> None:
    reached: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: reached.append("end"))
    assert reached == ["end"]


def test_a_second_one_waits_no_longer() -> None:
    reached: list[str] = []

    def again() -> None:
        signal.raise_signal(signal.SIGINT)
        reached.append("end")

    with pytest.raises(KeyboardInterrupt):
        interrupted(again)
    assert reached == []


def test_what_was_interrupted_and_failed_is_an_interrupt_of_it() -> None:
    def fail() -> None:
        raise ValueError("meanwhile")

    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted(fail)
    assert isinstance(caught.value.__context__, ValueError)


def test_who_ignores_interrupts_goes_on_doing_so() -> None:
    with handled_by(signal.SIG_IGN), deferred():
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_handler_of_the_users_is_called_afterwards_and_stays() -> None:
    called: list[str] = []

    def handler(*_: object) -> None:
        called.append("handler")

    with handled_by(handler):
        with deferred():
            signal.raise_signal(signal.SIGINT)
            called.append("end of the block")
        assert signal.getsignal(signal.SIGINT) is handler
    assert called == ["end of the block", "handler"]


def test_in_other_threads_there_is_nothing_to_defer() -> None:
    def handler() -> Any:
        with deferred():
            return signal.getsignal(signal.SIGINT)

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(handler).result() is signal.getsignal(signal.SIGINT)
