"""Where the caller of an iteration finds its entries: the monitor's thread puts orders there, the caller's
thread fetches their batches and answers.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Final

from pipeflow.engines.ray import batches
from pipeflow.engines.ray.library import ray
from pipeflow.engines.ray.orders import Order, Sealed, Status
from pipeflow.transports import ENDED, Counts
from pipeflow.transports._base import Read
from pipeflow.waiting import Mailbox, until

END: Final = object()
_PORT: Final = 0


class Desk:
    """What of an `Endpoint` an iteration needs.

    Args:
        answer: takes the number and the status of an order whose entries have all been received, and the
            references of what was made (nothing).
    """

    def __init__(self, answer: Callable[[int, Status, list[Any]], None]) -> None:
        self.counts = Counts({_PORT: Read()}, {})
        self._answer = answer
        self._orders: Mailbox[Any] = Mailbox()
        self._order: Order | None = None
        self._number = -1
        self._entries: deque[tuple[int, Any]] = deque()
        """(writer, entry) of the order in hand."""
        self._held: deque[int] = deque()
        self._last = -1
        self._ended = False

    def put(self, number: int, order: Order, refs: list[Any]) -> None:
        """An order for the caller, its number, and its batches."""
        self._orders.put((number, order, refs))

    def end(self) -> None:
        """Nothing more will come."""
        self._orders.put(END)

    def receive(self) -> tuple[int, Any] | None:
        """The next (port, entry or ENDED); None when the run is being ended."""
        while not self._entries:
            if self._ended:
                return None
            self._done_with_order()
            given = self._given()
            if given is END:
                self._ended = True
                return None
            order: Order = given[1]
            self._number, self._order = given[0], order
            self._open(order, given[2])
            if order.ended:
                self._ended = True
                return _PORT, ENDED
        self._last, entry = self._entries.popleft()
        self._held.append(self._last)
        self.counts.inputs[_PORT].read += 1
        return _PORT, batches.opened(entry)

    def _given(self) -> Any:
        until(self._orders.wait, None)
        return self._orders.take()

    def _open(self, order: Order, refs: list[Any]) -> None:
        made: list[Sealed] = ray.get(refs) if refs else []
        for part, batch in zip(order.parts, made, strict=True):
            entries = batches.unsealed(batch)
            self._entries.extend((part.writer, entry) for entry in entries[part.start : part.stop])

    def _done_with_order(self) -> None:
        if self._order is None:
            return
        order, self._order = self._order, None
        held = tuple((_PORT, writer, count) for writer, count in Counter(self._held).items())
        done = tuple(part.stop - part.start for part in order.parts)
        self._answer(self._number, Status(done, accepts=(_PORT,), held=held), [])

    def ticket(self, port: int) -> int:
        """See `Endpoint.ticket`."""
        return self._last

    def done(self, port: int, ticket: int | None = None) -> None:
        """See `Endpoint.done`."""
        if ticket is None:
            self._held.popleft()
        else:
            self._held.remove(ticket)
