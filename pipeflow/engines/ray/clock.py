"""When an order's time is up."""

from __future__ import annotations

import threading
import time
from typing import Final

from pipeflow.engines.ray.orders import SLICE
from pipeflow.transports.attention import Attention

_QUIET: Final = 40
"""So many looks without an order, and the clock sleeps."""


class Clock:
    """A thread that calls for attention when an order's time is up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at: float | None = None
        self._attention: Attention | None = None
        self._thread: threading.Thread | None = None
        self._asleep = False

    def alarm(self, at: float | None, attention: Attention) -> None:
        """Set the alarm, or (None) put it off."""
        with self._changed:
            self._at, self._attention = at, attention
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pipeflow clock", daemon=True)
                self._thread.start()
            elif self._asleep:
                self._changed.notify()

    def _run(self) -> None:
        # Looking every so often costs less than being woken for each order.
        quiet = 0
        with self._changed:
            while True:
                if self._at is not None and self._attention is not None:
                    quiet = 0
                    if time.monotonic() >= self._at:
                        self._attention.call()
                quiet += 1
                self._asleep = quiet > _QUIET
                self._changed.wait(None if self._asleep else SLICE / 2)
