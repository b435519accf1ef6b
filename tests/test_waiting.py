"""Waiting: who looks up, and how often. That signals are heard is in tests/faults/test_signals.py."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeflow.waiting import LOOK_UP, at_once, until


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
