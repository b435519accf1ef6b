"""A thread that takes over a worker's pump while the worker is away in a slow item.

It makes sure that what a fast phase left behind (results waiting for company, acknowledgements, half-written
large entries, lent credit) does not wait for a slow item to end. It sleeps on a queue while there is nothing
of the kind, looks every 3 ms while there is, and while the worker stays away waits in `select` for the peers.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any, Final, Protocol

from pipeflow.waiting import Latch

GRACE: Final = 0.003


class Pumped(Protocol):
    """What the thread needs of the pump (all of it under `lock`, except `wait`)."""

    lock: Any
    torn: bool
    present: bool
    calls: int

    def serve(self, timeout: float) -> None:
        """Do what the sockets bring."""
        ...

    def settle(self, force: bool) -> None:
        """Send what is due; with `force` all that may go."""
        ...

    def loose(self) -> bool:
        """Would somebody wait for something if the worker stayed away?"""
        ...

    def wait(self) -> None:
        """Until a socket has something; returns when the pump is closed."""
        ...


class Backstop:
    """Armed by the worker when it leaves something loose behind; disarms itself when nothing is left."""

    def __init__(self, pump: Pumped) -> None:
        self.armed = False
        self.watching = False
        """The thread waits for the peers, and not for time to pass: a worker that goes away once more rings.
        """
        self._pump = pump
        self._calls: SimpleQueue[None] = SimpleQueue()
        """What the thread sleeps on; whoever armed it may have been interrupted at any step."""
        self._closing = Latch()
        self._thread: threading.Thread | None = None

    def arm(self) -> None:
        """Under the pump's lock. The thread starts when it is first needed."""
        self.armed = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pipeflow-backstop", daemon=True)
            self._thread.start()
        self._calls.put(None)

    def close(self) -> None:
        """Not under the lock; the pump's `wait` must return by now."""
        self._closing.set()
        self._calls.put(None)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread() and thread.ident is not None:
            thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._calls.get()
            away = False
            while self.armed and not self._closing.is_set():
                calls = self._pump.calls
                if away:
                    self.watching = True
                    self._pump.wait()
                    self.watching = False
                else:
                    self._closing.wait(GRACE)
                away = self._look(calls)

    def _look(self, calls: int) -> bool:
        """Do what is left to do; True when the worker was away all the time."""
        pump = self._pump
        with pump.lock:
            if self._closing.is_set() or pump.torn:
                self.armed = False
                return False
            away = not pump.present and pump.calls == calls
            if away:
                pump.serve(0)
            if not pump.present:
                pump.settle(force=away)
            self.armed = pump.loose()
            return away
