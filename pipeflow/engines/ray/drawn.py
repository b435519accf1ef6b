"""The endpoint of a source, which works in a thread of its own and is drawn from."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection, Generator
from typing import Any, Final

from pipeflow.engines.ray.endpoint import BatchEndpoint
from pipeflow.engines.ray.orders import Order
from pipeflow.transports import Stopped

_LOOK: Final = 0.01
"""Seconds between two looks at what the loop has made."""


class DrawnEndpoint(BatchEndpoint):
    """Of a source. Its loop runs in a thread and may be in the middle of an item for ever; `draw`, called by
    another thread, returns what is there meanwhile.
    """

    def __init__(self, outputs: int, *, by_value: bool = False) -> None:
        super().__init__(0, outputs, by_value=by_value)
        self.over = False
        self._changed = threading.Condition(self.lock)
        self._drawing = self._stopped = False
        self._mail: list[object] = []

    def draw(self, order: Order, seconds: float | None, longest: float) -> None:
        """Let the loop go on until a batch is full, or `seconds` have passed and there is something, or
        `longest`. Without `seconds`: until it has ended.
        """
        with self._changed:
            self.grant(order)
            self._mail.extend(order.commands)
            self._drawing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.over or (self.full and seconds is not None), seconds)
            until = time.monotonic() + longest
            while not (self.over or self._anything) and time.monotonic() < until:
                self._changed.wait(_LOOK)
            self._drawing = False
            self.bulk.attention.call()
            if len(self.outbox) == 1:
                self.bulk.unstage(0)

    @property
    def _anything(self) -> bool:
        return bool(self.bulk.staged) or any(self.outbox)

    def stop(self) -> None:
        """From another thread: the loop leaves at its next call."""
        with self._changed:
            self._stopped = True
            self.bulk.attention.call()
            self._changed.notify_all()

    def ended(self) -> None:
        """The loop has ended."""
        with self._changed:
            self.over = True
            self._changed.notify_all()

    def waiting(self) -> Any:
        """See `BatchEndpoint.waiting`."""
        return self._with_room()

    @contextlib.contextmanager
    def _with_room(self) -> Generator[None, None, None]:
        with self._changed:
            self._wait()
            yield

    def wanted(self) -> bool:
        """See `Endpoint.wanted`."""
        if self._stopped:
            raise Stopped
        return super().wanted()

    def _wait(self) -> None:
        while True:
            while self._mail:
                self.commands(self._mail.pop(0))
            if self._stopped:
                raise Stopped
            if self._drawing and (not self.full or not self.wanted()):
                return
            self._changed.wait()

    def put(self, output: int, packed: Any, size: int) -> bool:
        """See `BatchEndpoint.put`; waits for room, and until a heavy entry has been fetched."""
        with self._changed:
            self._wait()
            taken = super().put(output, packed, size)
            self._changed.notify_all()
            while self.views and not self._stopped:
                self._changed.wait()
            return taken

    def put_many(self, output: int, entries: list[Any], size: int) -> None:
        """See `BatchEndpoint.put_many`."""
        super().put_many(output, entries, size)
        self._changed.notify_all()

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        """A source has no inputs."""
        raise RuntimeError("a source receives nothing")
