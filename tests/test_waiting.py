"""Waiting: who looks up, and how often. That signals are heard is in tests/faults/test_signals.py."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from pipeflow.waiting import LOOK_UP, Latch, at_once, until


def test_the_main_thread_waits_for_a_while_at_a_stretch() -> None:
    assert [at_once(seconds) for seconds in (None, 100.0, LOOK_UP / 2, 0.0)] == [
        LOOK_UP, LOOK_UP, LOOK_UP / 2, 0.0,
    ]  # fmt: skip


def test_another_thread_hears_no_signals_and_waits_as_long_as_it_likes() -> None:
    with ThreadPoolExecutor(1) as thread:
        assert list(thread.map(at_once, [None, 100.0])) == [None, 100.0]


@pytest.mark.parametrize("seconds", [None, 100.0])
def test_it_waits_until_it_is_so(seconds: float | None) -> None:
    answers = iter([False, False, True])
    asked: list[float | None] = []

    def wait(longest: float | None) -> bool:
        asked.append(longest)
        return next(answers)

    assert until(wait, seconds)
    assert asked == [LOOK_UP] * 3


def test_or_until_the_time_has_passed() -> None:
    never = threading.Event()
    assert not until(never.wait, LOOK_UP * 1.5)
    assert not until(never.wait, 0.0)
    never.set()
    assert until(never.wait, 0.0)


# ---------------------------------------------------------------- a latch


def interrupted(step: int, call: Callable[[], object]) -> bool:
    """Whether `call` had so many steps; before that one a handler of signals raises."""
    left = step

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def use_up(latch: Any) -> bool:
    """Whether it can be set, and is heard of, in time."""
    with ThreadPoolExecutor(2) as threads:
        heard = threads.submit(latch.wait, 10)
        threads.submit(latch.set).result(10)
        return bool(heard.result(10))


def test_an_interrupt_at_any_step_of_a_wait_keeps_nobody_from_setting_it() -> None:
    step = 0
    while True:
        step += 1
        latch = Latch()
        if not interrupted(step, lambda latch=latch: latch.wait(0.0)):  # type: ignore[misc]
            break
        assert use_up(latch)
    assert step > 8, "the trace saw the wait"


def test_who_waits_hears_of_it() -> None:
    latch = Latch()
    assert not latch.wait(0.0)
    assert not latch.is_set()
    with ThreadPoolExecutor(4) as threads:
        heard = [threads.submit(latch.wait, 10) for _ in range(3)]
        latch.set()
        latch.set()
        assert [each.result(10) for each in heard] == [True] * 3
    assert latch.is_set()
    assert latch.wait()
