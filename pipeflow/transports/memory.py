"""The same `Endpoint` inside one process, for threads (and, without waiting, for the inline engine).

A stream is one bounded deque its readers compete for; nothing is pickled, so an entry is the very object that
was sent. All streams of a system share one lock, and every endpoint waits on a condition of its own: a step
on a stream wakes those at its other end and nobody else.

The file is long because it is a whole transport: the bound, competing readers, ends, growth and stops of a
stream are steps under that one lock.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pipeflow.transports._base import (
    BLOCK_NOTICE,
    ENDED,
    WAKE_PORT,
    WOKEN,
    Counts,
    Read,
    State,
    Stopped,
    Written,
)
from pipeflow.transports.wiring import StreamEnds
from pipeflow.waiting import at_once, let_go

AUTOMATIC: Final = 64
"""Items, where a stream has no capacity of its own: nothing is copied, so bytes don't count."""
T = TypeVar("T")


@dataclass(eq=False)
class _Reader:
    stream: _Stream
    endpoint: MemoryEndpoint
    counted: Read
    in_hand: deque[_Writer] = field(default_factory=deque["_Writer"])
    """Who made the entries taken and not yet done."""
    last: int = -1
    """Who made the entry taken last."""
    closed: bool = False
    announced: bool = False

    @property
    def ready(self) -> bool:
        return not self.announced and bool(self.stream.queue or self.stream.over)


@dataclass(eq=False)
class _Writer:
    stream: _Stream
    endpoint: MemoryEndpoint
    counted: Written
    number: int
    underway: int = 0
    finished: bool = False


class _Stream:
    """Entries in `queue` and in the readers' hands never exceed `limit`."""

    def __init__(self, ends: StreamEnds) -> None:
        self.capacity = max(AUTOMATIC, ends.at_least) if ends.capacity is None else ends.capacity
        self.apart = ends.apart
        self.queue: deque[tuple[_Writer, Any]] = deque()
        self.readers: list[_Reader] = []
        self.writers: list[_Writer] = []
        self.underway = 0
        self.open_readers = 0
        self.beyond: deque[_Writer] = deque()
        """Whose entries stand for items in the hands of writers that could not wait for room."""

    def full(self, writer: _Writer) -> bool:
        """May the writer not send now? Where writers are kept apart, room is set aside for those with nothing
        underway.
        """
        kept = 0
        if self.apart and writer.underway:
            kept = sum(not (other.underway or other.finished) for other in self.writers)
        return self.underway + kept >= self.capacity + self.open_readers

    @property
    def over(self) -> bool:
        return not self.queue and all(writer.finished for writer in self.writers)

    def settle(self, writer: _Writer) -> None:
        """One of the writer's entries is done or not needed: there is room."""
        self.underway -= 1
        writer.underway -= 1
        if self.beyond:
            self.beyond.popleft().endpoint.through()
        self.stir_writers()

    def grow(self, capacity: int) -> None:
        """Hold so many items from now on."""
        for _ in range(min(len(self.beyond), max(0, capacity - self.capacity))):
            self.beyond.popleft().endpoint.through()
        self.capacity = max(self.capacity, capacity)
        self.stir_writers()

    def stir_readers(self) -> None:
        for reader in self.readers:
            reader.endpoint.stir()

    def stir_writers(self) -> None:
        for writer in self.writers:
            writer.endpoint.stir()

    def close(self, reader: _Reader) -> None:
        """This reader leaves. The last one leaves the queue unneeded."""
        reader.closed = reader.announced = True
        self.open_readers -= 1
        while self.beyond and not self.open_readers:
            self.beyond.popleft().endpoint.through()
        while reader.in_hand:
            self.settle(reader.in_hand.popleft())
        while self.queue and not self.open_readers:
            writer, _ = self.queue.popleft()
            writer.counted.not_needed += 1
            self.settle(writer)
        self.stir_writers()


class MemoryEndpoint:
    """See `_base.Endpoint`. `waits=False` is for one thread that runs every worker in turn: `send` takes
    whatever it is given, `receive` may only be called when `poll` says so, and `finish` ends the outputs at
    once.
    """

    def __init__(self, lock: Any, *, waits: bool = True) -> None:
        self.commands: Callable[[object], None] = _ignore
        self.on_block: Callable[[State, int], None] | None = None
        self.on_wait: Callable[[State], None] = _ignore
        self.on_report: Callable[[object], None] = _ignore
        """The supervisor's ear: called in the reporting thread."""
        self.on_stir: Callable[[], None] | None = None
        """Called, under the lock, when a call that would have waited may succeed (for the inline engine)."""
        self.state: State = "busy"
        self.counts = Counts()
        self._lock = lock
        self._sleeper = threading.Lock()
        """Taken while there is nothing to do, and let go of by whoever changes that."""
        self._waits = waits
        self._stopped = self._woken = False
        self._mail: list[object] = []
        self._readers: dict[int, _Reader] = {}
        self._writers: dict[int, _Writer] = {}
        self._turns: list[int] = []
        """Ports, the one served last at the end."""
        self._sending = 0
        """Entries beyond a bound: if it waited, `send` would not have returned, nor `done` been called."""
        self._done_later: list[tuple[int, int | None]] = []

    def reads(self, port: int, stream: _Stream) -> None:
        """While connecting."""
        self.counts.inputs[port] = Read()
        self._readers[port] = _Reader(stream, self, self.counts.inputs[port])
        self._turns.append(port)
        stream.readers.append(self._readers[port])
        stream.open_readers += 1

    def writes(self, output: int, stream: _Stream) -> None:
        """While connecting."""
        self.counts.outputs[output] = Written()
        self._writers[output] = _Writer(stream, self, self.counts.outputs[output], len(stream.writers))
        stream.writers.append(self._writers[output])

    # -- entries

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        """See `Endpoint.receive`."""
        with self._lock:
            return self._until(lambda: self._next(ports), "waiting", -1)

    def _next(self, ports: Collection[int] | None) -> tuple[int, Any] | None:
        if self._woken:
            self._woken = False
            return WAKE_PORT, WOKEN
        port = self._ready(ports)
        if port is None:
            return None
        self._turns.remove(port)
        self._turns.append(port)
        reader = self._readers[port]
        if not reader.stream.queue:
            reader.announced = True
            return port, ENDED
        writer, entry = reader.stream.queue.popleft()
        reader.in_hand.append(writer)
        reader.last = writer.number
        reader.counted.read += 1
        return port, entry

    def _ready(self, ports: Collection[int] | None) -> int | None:
        for port in self._turns:
            if (ports is None or port in ports) and self._readers[port].ready:
                return port
        return None

    def poll(self, ports: Collection[int] | None = None) -> bool:
        """See `Endpoint.poll`."""
        with self._lock:
            return self._stopped or self._woken or self._ready(ports) is not None

    def ticket(self, port: int) -> int:
        """See `Endpoint.ticket`."""
        return self._readers[port].last

    def done(self, port: int, ticket: int | None = None) -> None:
        """See `Endpoint.done`."""
        with self._lock:
            if self._sending:
                self._done_later.append((port, ticket))
            else:
                self._done(port, ticket)

    def _done(self, port: int, ticket: int | None) -> None:
        reader = self._readers[port]
        if reader.in_hand:
            writer = reader.in_hand[0] if ticket is None else reader.stream.writers[ticket]
            reader.in_hand.remove(writer)
            reader.stream.settle(writer)
        elif not reader.closed:
            raise RuntimeError(f"done({port}) without an entry in hand")

    def through(self) -> None:
        """Under the lock: there is room for one of the entries that were beyond a bound."""
        self._sending -= 1
        while self._done_later and not self._sending:
            self._done(*self._done_later.pop(0))

    def send(self, output: int, entry: Any) -> bool:
        """See `Endpoint.send`."""
        writer = self._writers[output]
        stream = writer.stream
        with self._lock:
            if self._waits:
                self._until(
                    lambda: True if not stream.open_readers or not stream.full(writer) else None,
                    "blocked",
                    output,
                )
            elif stream.open_readers and stream.full(writer):
                stream.beyond.append(writer)
                self._sending += 1
            writer.counted.written += 1
            if not stream.open_readers:
                writer.counted.not_needed += 1
                return False
            writer.underway += 1
            stream.underway += 1
            stream.queue.append((writer, entry))
            stream.stir_readers()
            return True

    # -- ends

    def close_input(self, port: int) -> None:
        """See `Endpoint.close_input`."""
        with self._lock:
            reader = self._readers[port]
            if not reader.closed:
                reader.stream.close(reader)

    def grow(self, port: int, capacity: int) -> None:
        """See `Endpoint.grow`."""
        with self._lock:
            self._readers[port].stream.grow(capacity)

    def wanted(self) -> bool:
        """See `Endpoint.wanted`."""
        with self._lock:
            if self._stopped:
                raise Stopped
            read = [writer.stream for writer in self._writers.values() if writer.stream.readers]
            return not read or any(stream.open_readers for stream in read)

    def arrived(self, port: int) -> int:
        """See `Endpoint.arrived`."""
        return len(self._readers[port].stream.queue)

    def underway(self, output: int) -> int:
        """See `Endpoint.underway`; of all writers of the stream together."""
        return self._writers[output].stream.underway

    def flush(self) -> None:
        """Nothing is ever held back here."""

    @property
    def room(self) -> bool:
        """Whether every output would take one more entry within its bound (the inline engine asks)."""
        with self._lock:
            return not any(w.stream.full(w) and w.stream.open_readers for w in self._writers.values())

    @property
    def blocked_output(self) -> int | None:
        """An output that an entry is beyond the bound of: one that waits would not be through with sending
        it.
        """
        with self._lock:
            return next((o for o, w in self._writers.items() if w in w.stream.beyond), None)

    def finish(self) -> None:
        """See `Endpoint.finish`."""
        with self._lock:
            left = dict(self._writers)
            while left:
                for output in self._drained(left):
                    writer = left.pop(output)
                    writer.finished = True
                    writer.stream.stir_readers()

    def _drained(self, left: Collection[int]) -> list[int]:
        """Wait until at least one of the outputs can be ended."""
        if not self._waits:
            return list(left)
        return self._until(
            lambda: [output for output in left if not self._writers[output].underway] or None,
            "blocked",
            min(left),
        )

    def wake(self) -> None:
        """See `Endpoint.wake`."""
        with self._lock:
            self._woken = True
            self.stir()

    def report(self, message: object) -> None:
        """See `Endpoint.report`."""
        self.on_report(message)

    def close(self) -> None:
        """There is nothing to give back."""

    # -- the supervisor's side

    def stop(self) -> None:
        """Every call that may wait raises Stopped from now on."""
        with self._lock:
            self._stopped = True
            self.stir()

    def post(self, message: object) -> None:
        """For `commands`."""
        with self._lock:
            self._mail.append(message)
            self.stir()

    # -- waiting

    def stir(self) -> None:
        """Under the lock: something this endpoint may wait for has changed."""
        if self._sleeper.locked():
            self._sleeper.release()
        if self.on_stir is not None:
            self.on_stir()

    def _until(self, ready: Callable[[], T | None], state: State, output: int) -> T:
        """The first answer of `ready` that is not None. Raises Stopped."""
        since: float | None = None
        told = False
        try:
            while True:
                if self._mail:
                    self._deliver()
                if self._stopped:
                    raise Stopped
                answer = ready()
                if answer is not None:
                    return answer
                if not self._waits:
                    raise RuntimeError(
                        "receive() without poll(): nothing is there and this endpoint does not wait"
                    )
                if since is None:
                    since = time.perf_counter()
                    self.state = state
                    self.on_wait(state)
                left = since + BLOCK_NOTICE - time.perf_counter()
                notice = max(0.0, left) if self.on_block is not None and not told else None
                self._sleep(at_once(notice))
                if not told and self.on_block is not None and left <= 0:
                    told = True
                    let_go(self._lock, self.on_block, state, output)
        finally:
            self.state = "busy"
            if since is not None:
                self.on_wait("busy")
            if told and self.on_block is not None:
                let_go(self._lock, self.on_block, "busy", output)

    def _sleep(self, seconds: float | None) -> None:
        self._sleeper.acquire(blocking=False)
        let_go(self._lock, self._sleeper.acquire, True, -1 if seconds is None else seconds)

    def _deliver(self) -> None:
        """Somebody else's code never runs under the lock."""
        mail, self._mail = self._mail, []
        for message in mail:
            let_go(self._lock, self.commands, message)


def _ignore(_: object) -> None:
    """The default for callbacks."""


def connect(
    streams: Iterable[StreamEnds], workers: Iterable[Hashable] = (), *, waits: bool = True
) -> dict[Hashable, MemoryEndpoint]:
    """Make the endpoint of every worker (`workers`: names to include even if no stream touches them)."""
    lock = threading.RLock()
    endpoints = {worker: MemoryEndpoint(lock, waits=waits) for worker in workers}
    for ends in streams:
        stream = _Stream(ends)
        for worker, port in ends.readers:
            _at(endpoints, worker, lock, waits).reads(port, stream)
        for worker, output in ends.writers:
            _at(endpoints, worker, lock, waits).writes(output, stream)
    return endpoints


def _at(
    endpoints: dict[Hashable, MemoryEndpoint], worker: Hashable, lock: Any, waits: bool
) -> MemoryEndpoint:
    if worker not in endpoints:
        endpoints[worker] = MemoryEndpoint(lock, waits=waits)
    return endpoints[worker]
