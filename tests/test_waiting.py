"""Waiting: who looks up, and how often. That signals are heard is in tests/faults/test_signals.py."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pipeflow.waiting import LOOK_UP, Latch, Mailbox, at_once, let_go, until
from tests.interrupts import interrupted


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


# ---------------------------------------------------------------- a mailbox


def test_messages_come_in_the_order_they_were_sent_and_wake_who_waits() -> None:
    box = Mailbox[int]()
    assert not box.wait(0.0)
    with ThreadPoolExecutor(1) as thread:
        heard = thread.submit(lambda: [box.take() for _ in range(3) if box.wait(10)])
        for message in range(3):
            box.put(message)
        assert heard.result(10) == [0, 1, 2]
    assert len(box) == 0
    with pytest.raises(IndexError):
        box.take()


def test_an_interrupt_at_any_step_of_a_wait_for_messages_loses_none() -> None:
    step = 0
    while True:
        step += 1
        box = Mailbox[int]()
        if not interrupted(step, lambda box=box: box.wait(0.0)):  # type: ignore[misc]
            break
        with ThreadPoolExecutor(2) as threads:
            heard = threads.submit(box.wait, 10)
            threads.submit(box.put, step).result(10)
            assert heard.result(10)
        assert box.take() == step
    assert step > 8, "the trace saw the wait"


@pytest.fixture
def signals() -> Iterator[None]:
    """Signals without end, to a handler that does nothing."""
    main, over = threading.get_ident(), threading.Event()

    def send() -> None:
        while not over.wait(0.0005):
            signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    sender = threading.Thread(target=send)
    sender.start()
    yield
    over.set()
    sender.join(10)
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.timeout(20)
@pytest.mark.usefixtures("signals")
def test_a_wait_ends_in_time_whatever_signals_come_as_it_runs_out() -> None:
    box, latch = Mailbox[int](), Latch()
    for _ in range(200):
        assert not box.wait(0.003)
        assert not latch.wait(0.003)


# ---------------------------------------------------------------- a lock that is let go


def owned(lock: Any) -> bool:
    return bool(lock._is_owned())


class Interrupted:
    """A lock at whose n-th step a handler of signals raises: when it has been done, or before an acquire."""

    def __init__(self, step: int, before: bool) -> None:
        self.real = threading.RLock()
        self.left = step
        self.before = before

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def release(self) -> None:
        self.real.release()
        self.step()

    def acquire(self, timeout: float) -> bool:
        if self.before:
            self.step()
        self.real.acquire()
        if not self.before:
            self.step()
        return True

    def _is_owned(self) -> bool:
        answer = owned(self.real)
        self.step()
        return answer


@pytest.mark.parametrize("before", [False, True])
def test_an_interrupt_at_any_step_leaves_the_lock_to_who_held_it(before: bool) -> None:
    steps = 0
    while True:
        steps += 1
        lock = Interrupted(steps, before)
        with lock.real:
            try:
                assert let_go(lock, "free".upper) == "FREE"
            except KeyboardInterrupt:
                assert lock.left <= 0
            assert owned(lock.real)
        assert not owned(lock.real)
        if lock.left > 0:
            break
    assert steps > 3


def test_others_have_the_lock_meanwhile_and_what_is_raised_comes_out() -> None:
    lock = threading.RLock()

    def use() -> None:
        with lock:
            pass

    def fail() -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(use).result(10)
        raise LookupError("after that")

    with lock:
        with pytest.raises(LookupError, match="after that"):
            let_go(lock, fail)
        assert owned(lock)
