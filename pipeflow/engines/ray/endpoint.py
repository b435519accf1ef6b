"""A replica's `Endpoint`: the entries of one order go in, the batches of its answer come out.

It never waits: the replica's loop ticks while there is something to do and room for what comes of it. The one
of a source does (see `drawn`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pipeflow.engines.ray import batches
from pipeflow.engines.ray.bulk import BatchBulk, Packed
from pipeflow.engines.ray.held import Held
from pipeflow.engines.ray.orders import BATCH_BYTES, Order, Part
from pipeflow.transports import ENDED, WOKEN, Counts
from pipeflow.transports._base import WAKE_PORT, Read, State, Unreadable, Written

_UNWANTED = 64
"""Results that may be made before it is noticed that nobody wants them."""


@dataclass
class _Inbox:
    """What an order brings for one port: entries up to `stop`, the next one at `at`."""

    index: int
    part: Part
    entries: Sequence[Any]
    at: int

    @property
    def left(self) -> int:
        return self.part.stop - self.at


class BatchEndpoint:
    """See the module, and `transports.Endpoint`.

    Args:
        inputs, outputs: how many.
        by_value: what the script defines travels by value.
        readonly: arrays are views of the store's memory, and can't be written to.
    """

    def __init__(self, inputs: int, outputs: int, *, by_value: bool = False, readonly: bool = False) -> None:
        self.commands: Callable[[object], None] = _ignore
        self.on_block: Callable[[State, int], None] | None = None
        self.on_wait: Callable[[State], None] = _ignore
        self.state: State = "busy"
        self.counts = Counts(
            {port: Read() for port in range(inputs)}, {output: Written() for output in range(outputs)}
        )
        self.reports: list[object] = []
        self.outbox: list[list[Any]] = [[] for _ in range(outputs)]
        self.sizes = [0] * outputs
        self.views = False
        """Buffers in the outbox are still the user's own."""
        self.received: list[int] = []
        self.closed: set[int] = set()
        self.held = [Held() for _ in range(inputs)]
        """By port: who made the entries that are not done with."""
        self.bulk = BatchBulk(self)
        self.by_value = by_value
        self._readonly = readonly
        self._inboxes: list[list[_Inbox]] = [[] for _ in range(inputs)]
        self._last = [-1] * inputs
        self._room = dict.fromkeys(range(outputs), 0)
        self._refused: frozenset[int] = frozenset()
        self._ended: set[int] = set()
        self._announced: set[int] = set()
        self._woken = False
        self._stretch: _Inbox | None = None
        self.lock = threading.RLock()

    # -- one order

    def load(self, order: Order, opened: Sequence[Sequence[Any]]) -> None:
        """Take up an order; `opened`: its batches' entries."""
        self.received = [0] * len(order.parts)
        self._inboxes = [[] for _ in self._inboxes]
        self._stretch = None
        for index, part in enumerate(order.parts):
            if part.port not in self.closed:
                self._inboxes[part.port].append(_Inbox(index, part, opened[index], part.start))
        self._ended.update(order.ended)
        self.grant(order)

    def grant(self, order: Order) -> None:
        """So much may be sent."""
        self._refused = order.refused
        self._room = {output: order.room.get(output, 0) for output in range(len(self.outbox))}

    @property
    def full(self) -> bool:
        """Whether one of the batches is to be closed."""
        return self.views or any(
            output not in self._refused
            and (len(self.outbox[output]) >= room or self.sizes[output] >= BATCH_BYTES)
            for output, room in self._room.items()
        )

    def empty(self) -> tuple[list[list[Any]], list[int]]:
        """The batches and their sizes; there are new ones from here on."""
        outbox, sizes = self.outbox, self.sizes
        self.outbox, self.sizes = [[] for _ in outbox], [0] * len(sizes)
        self.views = False
        return outbox, sizes

    def copy_views(self) -> None:
        """The user's code goes on: what it has sent must not change."""
        if self.views:
            self.views = False
            self.outbox = [[batches.copied(entry) for entry in entries] for entries in self.outbox]

    # -- entries

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        """See `Endpoint.receive`."""
        if self._woken:
            self._woken = False
            return WAKE_PORT, WOKEN
        port = self._ready(ports)
        if port is None:
            raise RuntimeError("receive() without poll(): this endpoint does not wait")
        inbox = self._next(port)
        if inbox is None:
            self._announced.add(port)
            return port, ENDED
        entry = inbox.entries[inbox.at]
        self._stretch = inbox
        self._take(inbox, 1)
        try:
            return port, batches.opened(entry, readonly=self._readonly)
        except Exception as error:
            raise Unreadable(port, error) from error

    def _take(self, inbox: _Inbox, count: int) -> None:
        inbox.at += count
        port, writer = inbox.part.port, inbox.part.writer
        self.received[inbox.index] += count
        self.counts.inputs[port].read += count
        self.held[port].add(writer, count)
        self._last[port] = writer

    def _next(self, port: int) -> _Inbox | None:
        return next((inbox for inbox in self._inboxes[port] if inbox.left), None)

    def _ready(self, ports: Collection[int] | None) -> int | None:
        """A port with an entry, the one that has been given least of its parts; else one that has ended."""
        ended: int | None = None
        for port in range(len(self._inboxes)) if ports is None else sorted(ports):
            if port in self.closed or port in self._announced:
                continue
            if self._next(port) is not None:
                return port
            if port in self._ended and ended is None:
                ended = port
        return ended

    def poll(self, ports: Collection[int] | None = None) -> bool:
        """See `Endpoint.poll`."""
        return self._woken or self._ready(ports) is not None

    def ticket(self, port: int) -> int:
        """See `Endpoint.ticket`."""
        return self._last[port]

    def done(self, port: int, ticket: int | None = None) -> None:
        """See `Endpoint.done`."""
        held = self.held[port]
        if held:
            held.drop(1) if ticket is None else held.drop_one_of(ticket)
        elif port not in self.closed:
            raise RuntimeError(f"done({port}) without an entry in hand")

    def pack(self, entry: Any) -> Packed:
        """What stands for the entry in a batch, and its size."""
        return batches.pack(entry, by_value=self.by_value)

    def send(self, output: int, entry: Any) -> bool:
        """See `Endpoint.send`; what there is no room for is taken all the same."""
        return self.put(output, *self.pack(entry))

    def put(self, output: int, packed: Any, size: int) -> bool:
        """As `send`, of what is packed."""
        written = self.counts.outputs[output]
        written.written += 1
        if output in self._refused:
            written.not_needed += 1
            return False
        self.outbox[output].append(packed)
        self.sizes[output] += size
        self.views = self.views or size >= batches.HEAVY
        return True

    # -- the rest of the protocol

    def close_input(self, port: int) -> None:
        """See `Endpoint.close_input`."""
        self.closed.add(port)
        self._inboxes[port] = []
        self.held[port].clear()

    def grow(self, port: int, capacity: int) -> None:
        """Streams are kept elsewhere."""

    def wanted(self) -> bool:
        """See `Endpoint.wanted`."""
        return not self.outbox or len(self._refused) < len(self.outbox)

    def arrived(self, port: int) -> int:
        """See `Endpoint.arrived`."""
        return sum(inbox.left for inbox in self._inboxes[port])

    def underway(self, output: int) -> int:
        """See `Endpoint.underway`; as far as it is known here."""
        return len(self.outbox[output])

    def flush(self) -> None:
        """Batches leave with the answer."""

    def finish(self) -> None:
        """The answer says that the worker is over."""

    def wake(self) -> None:
        """See `Endpoint.wake`."""
        self._woken = True

    def report(self, message: object) -> None:
        """See `Endpoint.report`."""
        self.reports.append(message)

    def close(self) -> None:
        """There is nothing to give back."""

    # -- for entries many at a time

    def waiting(self) -> Any:
        """Holds the lock; a source's waits for room first."""
        return self.lock

    def rest(self, port: int) -> list[Any]:
        """What follows in the batch; up to an entry that can't be rebuilt, which `receive` raises for."""
        inbox = self._stretch
        entries: list[Any] = []
        if inbox is not None and inbox.left:
            left = list(inbox.entries[inbox.at : inbox.part.stop])
            entries = batches.all_opened(left, readonly=self._readonly)
            self._take(inbox, len(entries))
        return entries

    def untake(self, port: int, count: int) -> None:
        """The last entries of what `receive` and `rest` gave were not read after all."""
        inbox = self._stretch
        if inbox is not None:
            inbox.at -= count
            self.received[inbox.index] -= count
            self.counts.inputs[port].read -= count
            self.held[port].take_back(count)

    def left(self, output: int) -> tuple[int, int]:
        """How many entries and bytes the batch of an output may still take."""
        if output in self._refused:
            return _UNWANTED, BATCH_BYTES
        return self._room[output] - len(self.outbox[output]), BATCH_BYTES - self.sizes[output]

    def put_many(self, output: int, entries: list[Any], size: int) -> None:
        """As `put`, of many small ones."""
        written = self.counts.outputs[output]
        written.written += len(entries)
        if output in self._refused:
            written.not_needed += len(entries)
            return
        self.outbox[output].extend(entries)
        self.sizes[output] += size


def _ignore(_: object) -> None:
    """The default for callbacks."""
