"""Waiting so that no signal is lost.

Python runs handlers of signals, that of Ctrl-C among them, in the main thread, between two steps of its code.
What comes after its last look at them and before the thread sleeps in the kernel is only noted, and so is
what the kernel gives to another thread: a wait without end would never hear of it. So the main thread looks
up now and then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

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
