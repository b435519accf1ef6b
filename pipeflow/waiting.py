"""Waiting so that no signal is lost.

Python runs handlers of signals, that of Ctrl-C among them, in the main thread, between two steps of its code.
What comes after its last look at them and before the thread sleeps in the kernel is only noted, and so is
what the kernel gives to another thread: a wait without end would never hear of it. So the main thread looks
up now and then.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LOOK_UP = 0.2
"""Seconds that the main thread waits at a stretch."""


def at_once(seconds: float | None) -> float | None:
    """What the calling thread may wait of `seconds` (None: for ever) before it looks up."""
    if threading.current_thread() is not threading.main_thread():
        return seconds
    return LOOK_UP if seconds is None else min(seconds, LOOK_UP)


def until(wait: Callable[[float | None], bool], seconds: float | None) -> bool:
    """Call `wait` until it is true; False when `seconds` (None: never) have passed first."""
    end = None if seconds is None else time.monotonic() + seconds
    while not wait(at_once(seconds)):
        if end is not None:
            seconds = end - time.monotonic()
            if seconds <= 0:
                return False
    return True


def let_go(lock: Any, call: Callable[..., T], *arguments: Any) -> T:
    """Call while a lock that the calling thread holds (a `threading.RLock`, once) is free for others.

    The thread holds it again after, also where a handler of signals raises: after the release, or while it is
    waited for, which would leave its block with a lock that is somebody else's.
    """
    raised: BaseException | None = None
    try:
        lock.release()
        return call(*arguments)
    finally:
        held = False
        while not held:
            try:
                held = lock._is_owned() or lock.acquire(timeout=LOOK_UP)
            except BaseException as error:  # noqa: BLE001 - raised again when it is held
                raised = error
        if raised is not None:
            raise raised


class _Sleepers:
    """Threads that wait, each with a lock to itself."""

    def __init__(self) -> None:
        self._locks: list[threading.Lock] = []

    def wake(self) -> None:
        """Every thread that sleeps now. From any thread, and from a handler of signals."""
        for lock in tuple(self._locks):
            with contextlib.suppress(RuntimeError):  # another thread has
                lock.release()

    def sleep(self, unless: Callable[[], object], seconds: float | None) -> None:
        """Until somebody wakes, or `seconds` (None: never) have passed; not at all where `unless` says so."""
        lock = threading.Lock()
        lock.acquire()
        self._locks.append(lock)
        try:
            if not unless():  # asked now, when whoever changes the answer sees the sleeper
                lock.acquire(timeout=-1 if seconds is None else max(0.0, seconds))
        finally:
            self._locks.remove(lock)


class Latch:
    """Set once, and waited for by any thread: `threading.Event`, for waits that a Ctrl-C may end anywhere.

    An event is Python code around a lock that all who use it share. An exception of a handler that comes
    between two steps of that code leaves the lock taken, and whoever waits or sets next waits for ever. Here
    everybody who waits has a lock to himself.
    """

    def __init__(self) -> None:
        self._set = False
        self._sleepers = _Sleepers()

    def is_set(self) -> bool:
        """Whether `set` has been called."""
        return self._set

    def set(self) -> None:
        """Wake everybody. It may be called again, and by several threads."""
        self._set = True
        self._sleepers.wake()

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is set; False when `timeout` seconds (None: never) have passed first."""
        self._sleepers.sleep(self.is_set, timeout)
        return self._set


class Mailbox(Generic[T]):
    """Messages for one thread, from any: `queue.SimpleQueue`, for waits that end when they should.

    Before Python 3.13 a `get` of that one forgets its timeout when a signal comes as it runs out, and waits
    for ever. (And `queue.Queue` has what is wrong with an event, see `Latch`.)
    """

    def __init__(self) -> None:
        self._messages: deque[T] = deque()
        self._sleepers = _Sleepers()

    def put(self, message: T) -> None:
        """Never waits."""
        self._messages.append(message)
        self._sleepers.wake()

    def wait(self, timeout: float | None = None) -> bool:
        """Until there is a message; False when `timeout` seconds (None: never) have passed first."""
        if not self._messages:
            self._sleepers.sleep(self._messages.__len__, timeout)
        return bool(self._messages)

    def take(self) -> T:
        """The oldest message; there must be one (`wait`, or `len`)."""
        return self._messages.popleft()

    def __len__(self) -> int:
        return len(self._messages)
