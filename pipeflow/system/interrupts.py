"""Ctrl-C at a bad moment: while workers are being started, or let go of."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType


@contextlib.contextmanager
def deferred() -> Generator[None, None, None]:
    """A Ctrl-C waits for the end of the block, of which it would leave half; a second one does not.

    In the main thread, where handlers run. A mask of signals would not do: the kernel then gives them to any
    other thread of the program, and Python its handler to the main thread all the same.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    noted: list[FrameType | None] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(frame)
        if len(noted) > 1:
            handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if len(noted) == 1:
            handler(signal.SIGINT, noted[0])
