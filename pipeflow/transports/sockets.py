"""The process transport: an `Endpoint` around one private socket per pair of writer and reader replica.

    worker's thread: send, receive, ...  ->  Outgoing / Incoming (pure)  <->  Link per channel  <->  socket
    backstop thread: the same pump, while the worker is away in a slow item

An end of file on a channel means that one peer is gone. Unless the channel had been ended or closed before,
that is reported as ("eof", end id) and what arrived is kept, but nothing ends because of it: the supervisor
decides.

The file is long because it is one class: every method of `Endpoint`, each a few lines that lock, ask the
state machines and let the pump do the rest.
"""

from __future__ import annotations

import functools
import os
import socket
import time
import weakref
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, Final

from pipeflow.transports import codec
from pipeflow.transports._base import (
    ENDED,
    WAKE_PORT,
    WOKEN,
    Counts,
    Read,
    State,
    Stopped,
    Unreadable,
    Written,
)
from pipeflow.transports.bulk import Bulk
from pipeflow.transports.channel import EASY_BYTES, Outgoing
from pipeflow.transports.control import Control
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.marks import Result
from pipeflow.transports.messages import End
from pipeflow.transports.pump import Pump, ignore
from pipeflow.transports.repairs import Through
from pipeflow.transports.wiring import Layout, Wiring

_CLOSING: Final = 1.0
"""Seconds `close` waits for the supervisor to read the last reports."""


class SocketEndpoint:
    """See `_base.Endpoint`. Build it in the process that uses it; it owns the descriptors and the control
    line. `by_value`: what its script defines is unknown to the readers (see `codec.pack`).
    `readonly`: large arrays arrive so that they can't be written to.
    `hand`: where the entry in hand is written down, readable after a death, as `in_hand` reads it.
    """

    def __init__(
        self,
        wiring: Wiring,
        descriptors: Mapping[int, int],
        control: Control,
        *,
        clock: Callable[[], float] = time.perf_counter,
        by_value: bool = False,
        hand: memoryview | None = None,
        readonly: bool = False,
    ) -> None:
        self.commands: Callable[[object], None] = ignore
        self.on_block: Callable[[State, int], None] | None = None
        self.on_wait: Callable[[State], None] = ignore
        self._pump = Pump(wiring, descriptors, control, clock)
        self._pump.readonly = readonly
        self._pump.on_command = self._command
        self._pump.on_block = self._told
        self._pump.on_wait = self._waits
        self._lock = self._pump.lock
        self.bulk = Bulk(self._pump)
        """For workers that do one simple thing with each entry."""
        self._inputs = self._pump.inputs
        self._outputs = self._pump.outputs
        self._clock = clock
        self._current: Incoming | None = None
        """The input whose chunk is being taken."""
        self._turns = list(self._inputs)
        """Ports, the one served last at the end."""
        self._counts = Counts({p: Read() for p in self._inputs}, {o: Written() for o in self._outputs})
        self._by_value = by_value
        self._hand = hand
        _open.add(self)
        self._live = self._pump.leases.live
        self.bulk.pack = functools.partial(codec.pack, by_value=by_value, live=self._live)

    # -- entries

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        """See `Endpoint.receive`."""
        current = self._current
        if (
            current is not None
            and current.partly
            and self._clock() < self._pump.look_at
            and (ports is None or current.port in ports)
        ):
            port, found = current.port, current.take(0.0)
        else:
            port, found = self._receive(ports)
        if self._hand is not None and self._current is not None:
            self._hand[0] = (
                (self._current.last << 40) | self._current.in_hand[1] if self._current.in_hand else 0
            )
        if type(found) is not codec.Chunk:
            return port, found
        try:
            return port, found.take()
        except KeyboardInterrupt:  # may be the caller's own Ctrl-C
            raise
        except BaseException as error:
            raise Unreadable(port, error) from error

    def _receive(self, ports: Collection[int] | None) -> tuple[int, Any]:
        with self._lock:
            self._pump.enter()
            try:
                port, found = self._pump.until(lambda: self._next(ports), "waiting", -1)
            finally:
                self._pump.leave()
        self._current = self._inputs.get(port)
        return port, found

    def _next(self, ports: Collection[int] | None) -> tuple[int, Any] | None:
        pump = self._pump
        if pump.woken:
            pump.woken = False
            return WAKE_PORT, WOKEN
        port = self._ready(ports)
        if port is None:
            return None
        if len(self._turns) > 1:
            self._turns.remove(port)
            self._turns.append(port)
        incoming = self._inputs[port]
        if incoming.available:
            return port, incoming.take(pump.busy(pump.clock()))
        incoming.announced = True
        return port, ENDED

    def _ready(self, ports: Collection[int] | None) -> int | None:
        for port in self._turns:
            if ports is None or port in ports:
                incoming = self._inputs[port]
                if incoming.available or (not incoming.announced and incoming.exhausted):
                    return port
        return None

    def poll(self, ports: Collection[int] | None = None) -> bool:
        """See `Endpoint.poll`."""
        with self._lock:
            self._pump.enter()
            try:
                self._pump.serve(0)
                return self._pump.stopped or self._pump.woken or self._ready(ports) is not None
            finally:
                self._pump.leave()

    def ticket(self, port: int) -> int:
        """See `Endpoint.ticket`."""
        with self._lock:
            return self._inputs[port].ticket()

    def done(self, port: int, ticket: int | None = None) -> None:
        """See `Endpoint.done`."""
        with self._lock:
            if self._hand is not None:
                self._hand[0] = 0
            if self._pump.marks is not None and (last := self._pump.marks.closing()) is not None:
                self._accept_result(last)
            now = self._clock()
            if not self._inputs[port].done(self._pump.busy(now), ticket) and self._pump.quick(now):
                return
            self._pump.enter()
            self._pump.acknowledge(self._inputs[port], now, force=False)
            self._pump.leave()

    def send(self, output: int, entry: Any) -> bool:
        """See `Endpoint.send`."""
        packed, size = codec.pack(entry, self._by_value, self._live)
        outgoing, pump = self._outputs[output], self._pump
        with self._lock:
            if pump.marks is not None:
                packed = pump.leases.settle(packed) if size > EASY_BYTES else packed
                result = pump.marks.put(output, packed, size)
                return result is None or self._accept_result(result)
            now = self._clock()
            if outgoing.easy > 0 and size <= EASY_BYTES and pump.quick(now):
                outgoing.accept(packed, size, now)
                return True
            pump.enter()
            try:
                if pump.stopped or not outgoing.room(size):
                    self._wait_for_room(outgoing, output, size)
                if outgoing.refused:
                    outgoing.refuse()
                    return False
                if size > EASY_BYTES:
                    packed = pump.leases.settle(packed)
                outgoing.accept(packed, size, now)
                if outgoing.due(now):
                    pump.dispatch(outgoing, now, force=False)
                return True
            finally:
                pump.leave()

    def _accept_result(self, result: Result) -> bool:
        """As `send`, of a worker that may be restarted."""
        outgoing, pump, size = self._outputs[result.output], self._pump, result[1]
        now = self._clock()
        if outgoing.easy > 0 and size <= EASY_BYTES and pump.quick(now):
            outgoing.accept_result(result, now)
            return True
        pump.enter()
        try:
            if pump.stopped or not outgoing.room(size):
                self._wait_for_room(outgoing, result.output, size)
            outgoing.accept_result(result, now)
            if outgoing.due(now):
                pump.dispatch(outgoing, now, force=False)
            return not outgoing.refused
        finally:
            pump.leave()

    def _wait_for_room(self, outgoing: Outgoing, output: int, size: int) -> None:
        self._pump.blocked_on = outgoing
        try:
            self._pump.until(
                lambda: True if outgoing.refused or outgoing.room(size) else None, "blocked", output
            )
        finally:
            self._pump.blocked_on = None

    # -- ends

    def close_input(self, port: int) -> None:
        """See `Endpoint.close_input`."""
        with self._lock:
            for end, close in self._inputs[port].close():
                self._pump.post(end, close)
                self._pump.tell_got(self._inputs[port], end)
            self._pump.leave()

    def grow(self, port: int, capacity: int) -> None:
        """See `Endpoint.grow`."""
        with self._lock:
            self._pump.grow(port, capacity)

    def wanted(self) -> bool:
        """See `Endpoint.wanted`."""
        with self._lock:
            self._pump.enter()
            self._pump.serve(0)
            self._pump.leave()
            if self._pump.stopped:
                raise Stopped
            read = [outgoing for outgoing in self._outputs.values() if outgoing.lanes]
            return not read or not all(outgoing.refused for outgoing in read)

    def arrived(self, port: int) -> int:
        """See `Endpoint.arrived`."""
        with self._lock:
            return self._inputs[port].untaken

    def underway(self, output: int) -> int:
        """See `Endpoint.underway`."""
        with self._lock:
            return self._outputs[output].in_flight

    def flush(self) -> None:
        """See `Endpoint.flush`."""
        with self._lock:
            self._pump.enter()
            self._pump.settle(force=True)
            self._pump.leave()

    def finish(self) -> None:
        """See `Endpoint.finish`."""
        pump = self._pump
        with self._lock:
            pump.enter()
            try:
                left = dict(self._outputs)
                while left:
                    for output in self._drained(left):
                        self._end(left.pop(output))
                pump.settle(force=True)
                pump.until(lambda: None if pump.unwritten else True, "blocked", -1)
            finally:
                pump.leave()

    def _drained(self, left: Collection[int]) -> list[int]:
        """Wait until at least one of the outputs can be ended."""
        return self._pump.until(
            lambda: [output for output in left if self._outputs[output].settled] or None,
            "blocked",
            min(left),
        )

    def _end(self, outgoing: Outgoing) -> None:
        if not outgoing.ended:
            outgoing.ended = True
            for end, lane in outgoing.lanes.items():
                if outgoing.keeps:
                    self._pump.report(Through(end, lane.through))
                if lane.live:
                    self._pump.post(end, End())

    def wake(self) -> None:
        """See `Endpoint.wake`."""
        self._pump.wake()

    def report(self, message: object) -> None:
        """See `Endpoint.report`."""
        with self._lock:
            self._pump.report(message)

    def close(self) -> None:
        """See `Endpoint.close`."""
        _open.discard(self)
        self._pump.close(_CLOSING)

    def abandon(self) -> None:
        """In a child forked by a functor: let go of descriptors that are the parent's, and of the lock, which
        a thread may hold that is not here.
        """
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]
        self._pump.abandon()

    # -- callbacks and plain attributes

    def _waits(self, state: State) -> None:
        self.on_wait(state)

    def _command(self, message: object) -> None:
        self.commands(message)

    def _told(self, state: State, output: int) -> None:
        if self.on_block is not None:
            self.on_block(state, output)

    @property
    def state(self) -> State:
        """See `Endpoint.state`."""
        return self._pump.state

    @property
    def counts(self) -> Counts:
        """See `Endpoint.counts`."""
        for port, incoming in self._inputs.items():
            counts = self._counts.inputs[port]
            counts.read, counts.unread = incoming.read, incoming.unread
        for output, outgoing in self._outputs.items():
            counted = self._counts.outputs[output]
            counted.written, counted.not_needed = outgoing.written, outgoing.not_needed
        return self._counts


def in_hand(hand: int) -> tuple[int, int]:
    """(reader's end, number of the entry there) from what an endpoint wrote down; number 0: none."""
    return hand >> 40, hand & ((1 << 40) - 1)


_open: weakref.WeakSet[SocketEndpoint] = weakref.WeakSet()


def _abandon_all() -> None:
    """A child that a functor forks must not hold our sockets: its parent's death would go unseen."""
    for endpoint in list(_open):
        endpoint.abandon()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)


def connect(layout: Layout) -> dict[Hashable, list[int]]:
    """Make every channel. Per worker: its descriptors in the order of `wiring.ends()`, for
    `control.send_channels`.
    """
    pairs = [socket.socketpair() for _ in layout.channels]
    ends = {2 * number + side: pair[side].detach() for number, pair in enumerate(pairs) for side in (0, 1)}
    return {worker: [ends[end] for end in wiring.ends()] for worker, wiring in layout.wirings.items()}
