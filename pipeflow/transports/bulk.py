"""Entries many at a time, for a worker that does one simple thing with each: what `receive`, `send` and
`done` do, with one look around for a whole stretch of entries.

    more  ->  begin  ->  the worker's loop puts packed results into `staged`  ->  deal  ->  begin  ...

Between `begin` and `deal` the worker is away in its loop. After 3 ms of that the backstop thread sends what
is staged and sets `attention`: the loop ends after the entry in hand and the worker looks up. So a stretch
that turns slow holds back neither results nor acknowledgements nor a stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pipeflow.transports._base import Stopped
from pipeflow.transports.channel import EASY_BYTES, Outgoing
from pipeflow.transports.codec import Chunk, pack
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.pump import Pump

SLOW: Final = 0.0005
"""A worker that takes this long for an entry sends it at once, where the reader has nothing else to do."""
HEAVY: Final = EASY_BYTES
"""An entry above this size is not staged: it ends the stretch and waits for room of its own."""
ENDLESS: Final = 1 << 30
UNWANTED: Final = 64
"""Results that may be made before it is noticed that nobody wants them."""
Packed = tuple[Any, int]


class Bulk:
    """The bulk side of one endpoint; used by its worker's thread alone."""

    def __init__(self, pump: Pump) -> None:
        self.attention = pump.attention
        self.pack: Callable[[Any], Packed] = pack
        self._pump = pump
        self._lock = pump.lock
        self._inputs, self._outputs = pump.inputs, pump.outputs
        self._began = 0.0
        self._slow = False

    def more(self, port: int) -> list[Any]:
        """What follows, in its chunk, the entry that `receive` has just given out; it counts as read."""
        with self._lock:
            incoming = self._inputs[port]
            chunk = incoming.rest_of_chunk
            if not isinstance(chunk, Chunk):
                return []
            entries = chunk.take_all()
            incoming.take_more(len(entries))
            return entries

    def give_back(self, port: int, count: int) -> None:
        """The last `count` entries from `more` will not be dealt with: they were not read after all."""
        with self._lock:
            self._inputs[port].untake(count)

    def begin(self, output: int | None, wait: bool = True) -> tuple[list[Any], int]:
        """A list to put packed results into (and numbers as they are), and how many it may hold: at least
        one, so this may block.

        Raises:
            Stopped: the supervisor said stop.
        """
        pump = self._pump
        with self._lock:
            if pump.stopped:
                raise Stopped
            limit = ENDLESS
            if output is not None:
                outgoing = self._outputs[output]
                limit = outgoing.stage_room
                if limit < 1:
                    limit = self._wait_for_room(outgoing, output)
                if self._slow:
                    limit = 1
                pump.staging = outgoing
            self._began = pump.clock()
            pump.staged = []
            self.attention.begin()
            if not pump.backstop.armed:
                pump.backstop.arm()
            elif pump.backstop.watching:
                pump.ring()
            return pump.staged, limit

    def _wait_for_room(self, outgoing: Outgoing, output: int) -> int:
        pump = self._pump
        pump.enter()
        pump.blocked_on = outgoing
        try:
            return pump.until(lambda: _room(outgoing), "blocked", output)
        finally:
            pump.blocked_on = None
            pump.leave()

    def deal(self, port: int | None, finished: int, output: int | None, heavy: Packed | None = None) -> bool:
        """The loop has ended: `finished` entries are dealt with, the last of them made `heavy`. False when
        nobody wants more results.

        Raises:
            Stopped: while waiting for room.
        """
        pump = self._pump
        self.attention.end()
        with self._lock:
            now = pump.enter()
            if finished:
                self._slow = now - self._began > SLOW * finished
            try:
                pump.unstage(now)
                incoming = None if port is None else self._inputs[port]
                if incoming is not None:
                    self._done(incoming, finished - (heavy is not None), now)
                outgoing = None if output is None else self._outputs[output]
                if outgoing is None:
                    return True
                if heavy is not None and output is not None:
                    self._send(outgoing, output, heavy)
                    if incoming is not None:
                        self._done(incoming, 1, pump.clock())
                at_once = self._slow and outgoing.in_flight == outgoing.backlog.count
                if at_once or outgoing.due(now):
                    pump.dispatch(outgoing, now, force=at_once)
                return not outgoing.refused or not outgoing.lanes
            finally:
                pump.leave()

    def carry(self, port: int | None, finished: int, output: int, heavy: Packed) -> int | None:
        """`deal` and `begin` in one, where that takes no look around: `heavy` is accepted, and the loop may
        put so many results into the same list. None: nothing was done.
        """
        pump, outgoing = self._pump, self._outputs[output]
        packed, size = heavy
        self.attention.end()
        with self._lock:
            now = pump.clock()
            if now >= pump.look_at or now - self._began > SLOW * finished or self.attention.needed:
                return None
            if outgoing.refused or not outgoing.room(size):
                return None
            if pump.staged:
                pump.take_staged(pump.staged, now)
            outgoing.accept(pump.leases.settle(packed), size, now)
            if port is not None:
                self._done(self._inputs[port], finished, now)
            if outgoing.due(now):
                pump.dispatch(outgoing, now, force=False)
            pump.calls += 1
            self._began = now
            return outgoing.stage_room

    def _done(self, incoming: Incoming, count: int, now: float) -> None:
        if count and incoming.done_many(count, self._pump.busy(now)):
            self._pump.acknowledge(incoming, now, force=False)

    def _send(self, outgoing: Outgoing, output: int, packed: Packed) -> None:
        pump = self._pump
        if not outgoing.room(packed[1]):
            pump.blocked_on = outgoing
            try:
                pump.until(lambda: outgoing.refused or outgoing.room(packed[1]) or None, "blocked", output)
            finally:
                pump.blocked_on = None
        if outgoing.refused:
            outgoing.refuse()
        else:
            entry, size = packed
            outgoing.accept(pump.leases.settle(entry), size, pump.clock())


def _room(outgoing: Outgoing) -> int | None:
    return UNWANTED if outgoing.refused else outgoing.stage_room or None
