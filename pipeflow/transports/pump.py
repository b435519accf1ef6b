"""Serves all sockets of one endpoint: what arrives goes into the state machines, what they decide goes out.

Whoever pumps (the worker inside a call, else the backstop thread) serves every socket at once: a worker
blocked on a full stream goes on reading, so loops can't lock up over full sockets. Everything is under
`lock`, which is let go while waiting in `select` and while callbacks run.

The file is long because one lock and one selector make it one piece: a call, the waiting in it, what arrives
meanwhile and what that sets free are steps on the same state.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pipeflow.transports import codec
from pipeflow.transports._base import BLOCK_NOTICE, State, Stopped
from pipeflow.transports.attention import Attention
from pipeflow.transports.backstop import Backstop
from pipeflow.transports.channel import CHUNK_SECONDS, Outgoing
from pipeflow.transports.control import STOP, Control, Delivery
from pipeflow.transports.incoming import Incoming, Source
from pipeflow.transports.leases import Leases, available
from pipeflow.transports.link import Link
from pipeflow.transports.marks import Marks
from pipeflow.transports.messages import Ack, Close, Data, End, Gave, Grant, Message, More, Shared, Want
from pipeflow.transports.parts import beyond, unpack_marks
from pipeflow.transports.repairs import Clear, Eof, Forget, NewLane, NewSource, Requeue, Resent, Unwanted
from pipeflow.transports.wiring import Wiring
from pipeflow.waiting import at_once, let_go

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
T = TypeVar("T")


def ignore(*_: object) -> None:
    """The default for callbacks."""


class Pump:
    """All sockets, machines and waiting of one endpoint."""

    def __init__(
        self, wiring: Wiring, descriptors: Mapping[int, int], control: Control, clock: Callable[[], float]
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.on_command: Callable[[object], None] = ignore
        self.on_block: Callable[[State, int], None] = ignore
        self.on_wait: Callable[[State], None] = ignore
        self.state: State = "busy"
        self.inputs = {
            i.port: Incoming(i.port, i.channels, i.lendable, wiring.careful) for i in wiring.inputs
        }
        self._places = {i.port: i for i in wiring.inputs}
        self.outputs = {o.output: Outgoing(o.channels, o.byte_window, o.keeps) for o in wiring.outputs}
        self.stopped = self.woken = self.closed = False
        self.torn = False
        """An exception, such as that of the caller's handler of signals, has left half done what had arrived:
        nobody is to go on with it.
        """
        self.blocked_on: Outgoing | None = None
        self.idle = 0.0
        """Seconds spent in calls that did more than move one entry; waiting and blocked are among them."""
        self.look_at = 0.0
        """When a call has to look around even if it could do without; 0 when there is something to see."""
        self.readonly = False
        """Large arrays arrive so that they can't be written to."""
        self.calls = 0
        self.present = False
        """The worker is inside a call, and pumps itself."""
        self.attention = Attention()
        """Set while the worker is away in a loop over entries: it is to look up."""
        self.staged: list[Any] | None = None
        """While it is: packed results, and numbers as they are. The worker appends; only the front is ever
        taken, under the lock.
        """
        self.staging: Outgoing | None = None
        self.backstop = Backstop(self)
        self._control = control
        self._mail: list[object] = []
        self._entered = 0.0
        self.leases = _leases(wiring)
        """Where the large buffers of entries are."""
        reading = {channel.end for i in wiring.inputs for channel in i.channels}
        self._links = {end: Link(descriptors[end], end in reading) for end in wiring.ends()}
        self._readers = {c.end: self.inputs[i.port] for i in wiring.inputs for c in i.channels}
        self._writers = {c.end: self.outputs[o.output] for o in wiring.outputs for c in o.channels}
        self.marks: Marks | None = None
        if wiring.careful:
            [incoming] = self.inputs.values()
            self.marks = Marks(incoming, self.outputs, self._on_its_way)
        self._repaired = False
        """A peer has died and was replaced."""
        self._resending: set[int] = set()
        """Lost channels whose entries are to be sent again."""
        self._lending = [i for i in self.inputs.values() if len(i.sources) > 1]
        self._selector = selectors.DefaultSelector()
        self._ear, self._bell = socket.socketpair()
        self._masks: dict[int, int] = {}
        self._register()

    def _register(self) -> None:
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._selector.register(self._ear, _READ, None)
        self._selector.register(self._control.socket, _READ, self._control)
        for end, link in self._links.items():
            self._selector.register(link.socket, _READ, end)
            self._masks[end] = _READ

    # -- a call of the worker

    def enter(self) -> float:
        """First thing in a call (under the lock): look around when the last look is a while ago. Gives the
        time.
        """
        self.present = True
        self.calls += 1
        self._entered = now = self.clock()
        if now >= self.look_at:
            self.serve(0)
        if self._mail:
            self._deliver()
        return now

    def busy(self, now: float) -> float:
        """Seconds the worker has been busy, which it is not while it waits in a call."""
        return (self._entered if self.present else now) - self.idle

    def quick(self, now: float) -> bool:
        """May a call do without `enter` and `leave`? Whatever it leaves behind, the backstop is there."""
        if now < self.look_at and self.backstop.armed:
            self.calls += 1
            return True
        return False

    def leave(self) -> None:
        """Last thing in a call."""
        self.idle += self.clock() - self._entered
        self.present = False
        if not self.backstop.armed and not self.closed and self.loose():
            self.backstop.arm()

    def until(self, ready: Callable[[], T | None], state: State, output: int) -> T:
        """The first answer of `ready` that is not None; serves the sockets until then. Raises Stopped."""
        if self.stopped:
            raise Stopped
        answer = ready()
        if answer is not None:
            return answer
        since = self.clock()
        told = False
        self.state = state
        self.on_wait(state)
        try:
            while answer is None:
                self.settle(force=True)
                self.serve(None if told else max(0.0, since + BLOCK_NOTICE - self.clock()))
                if self._mail:
                    self._deliver()
                if self.stopped:
                    raise Stopped
                answer = ready()
                if answer is None and not told and self.clock() - since >= BLOCK_NOTICE:
                    told = True
                    self._tell(state, output)
            return answer
        finally:
            self.state = "busy"
            self.on_wait("busy")
            if told:
                self._tell("busy", output)

    def _tell(self, state: State, output: int) -> None:
        let_go(self.lock, self.on_block, state, output)

    def _deliver(self) -> None:
        mail, self._mail = self._mail, []
        for message in mail:
            let_go(self.lock, self.on_command, message)

    # -- out

    def settle(self, force: bool) -> None:
        """Send all that is due; with `force` (the worker waits or is away) all that may go."""
        now = self.clock()
        if self.staged is not None and force:
            self.attention.call()
            self.take_staged(self.staged, now)
        for outgoing in self.outputs.values():
            if outgoing.backlog and (force or outgoing.due(now)):
                self.dispatch(outgoing, now, force)
            if outgoing is self.blocked_on:
                self._send(outgoing.wants())
            elif outgoing.borrowing:
                self._send(outgoing.spare())
        for incoming in self.inputs.values():
            self.acknowledge(incoming, now, force)
        self._tell_progress()

    def unstage(self, now: float) -> None:
        """The worker is back from its loop."""
        staged, self.staged = self.staged, None
        if staged:
            self.take_staged(staged, now)
        self.staging = None

    def take_staged(self, staged: list[Any], now: float) -> None:
        """What is staged by now is accepted."""
        count = len(staged)
        if count and self.staging is not None:
            self.staging.accept_many(staged[:count], now)
            del staged[:count]

    def dispatch(self, outgoing: Outgoing, now: float, force: bool) -> None:
        """Send the entries of one output that are due."""
        if self.marks is not None:
            self.marks.refresh()
        self._send(outgoing.dispatch(now, force))

    def _on_its_way(self, end: int) -> bool:
        """A message is not yet whole in its socket. (A dead reader's is in the ledger, to be sent again.)"""
        link = self._links[end]
        return link.pending and not link.eof

    def acknowledge(self, incoming: Incoming, now: float, force: bool) -> None:
        """Tell the writers of one input what is done, and lend what that set free."""
        if self.marks is not None:
            self.marks.refresh()
        if incoming.fresh:
            self._send(incoming.acks(self.busy(now), now, force))
        if incoming.asked:
            self._send(incoming.grants())

    def grow(self, port: int, capacity: int) -> None:
        """The stream that `port` reads is to hold so much."""
        place = self._places[port]
        self._send(self.inputs[port].grow(capacity, place.reader, place.readers))
        self._send(self.inputs[port].grants())

    def _send(
        self,
        messages: list[tuple[int, Data]]
        | list[tuple[int, Ack]]
        | list[tuple[int, Want]]
        | list[tuple[int, Gave]]
        | list[tuple[int, Grant]]
        | list[tuple[int, More]],
    ) -> None:
        for end, message in messages:
            self.post(end, message)

    def post(self, end: int, message: Message) -> None:
        """Onto one channel."""
        link = self._links[end]
        if not link.eof:
            if type(message) is Data and self.leases.memories:
                self._share(link, codec.memories(message.chunk))
            link.post(message)
            self._watch(end, link)

    def _share(self, link: Link, memories: set[int]) -> None:
        """Send on the descriptors of what the next message needs."""
        for number in memories - link.shared:
            link.shared.add(number)
            link.post_with(Shared(number), self.leases.memories[number].descriptor)

    def _watch(self, end: int, link: Link) -> None:
        mask = _READ | _WRITE if link.pending else _READ
        if mask != self._masks[end]:
            self._masks[end] = mask
            self._selector.modify(link.socket, mask, end)

    def report(self, message: object) -> None:
        """To the supervisor."""
        if not self._control.closed:
            self._control.post(message)
            self._watch_control()

    def _watch_control(self) -> None:
        self._selector.modify(
            self._control.socket, _READ | (_WRITE if self._control.pending else 0), self._control
        )

    @property
    def unwritten(self) -> bool:
        """Something waits for a socket to be writable."""
        return any(link.pending for link in self._links.values())

    def loose(self) -> bool:
        """Would somebody wait for something if the worker stayed away now?"""
        return (
            self.staged is not None
            or any(outgoing.backlog or outgoing.borrowing for outgoing in self.outputs.values())
            or any(incoming.unacked for incoming in self.inputs.values())
            or any(incoming.open for incoming in self._lending)
            or self.unwritten
            or self._control.pending
            or self._vigilant()
        )

    def _vigilant(self) -> bool:
        """A peer that may be restarted is connected: its death has to be noticed while the worker is away."""
        return any(o.keeps and not o.ended for o in self.outputs.values()) or any(
            place.recovers and not self.inputs[port].announced for port, place in self._places.items()
        )

    # -- in

    def serve(self, timeout: float | None) -> None:
        """Wait (the lock is let go) for sockets, and do what they bring."""
        if timeout == 0:
            events = self._selector.select(0)
        else:
            events = let_go(self.lock, self._selector.select, at_once(timeout))
        try:
            for key, mask in events:
                if self.closed:
                    return
                if key.data is None:
                    self._hear()
                elif key.data is self._control:
                    self._serve_control()
                else:
                    self._serve_link(key.data, mask)
            if events:
                self.settle(force=False)
        except BaseException:
            self.torn = True
            raise
        alert = self.stopped or self.woken or self._mail
        self.look_at = 0.0 if alert else self.clock() + CHUNK_SECONDS

    def wait(self) -> None:
        """Not under the lock: until a socket has something (which `serve` will do)."""
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            self._selector.select()

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._ear.recv(4096):
                pass

    def wake(self) -> None:
        """From any thread: remembered until a `receive`."""
        self.woken = True
        self.look_at = 0.0
        self.ring()

    def ring(self) -> None:
        """From any thread: whoever waits in `select` looks up."""
        with contextlib.suppress(OSError):  # full (it will wake anyway) or closed
            self._bell.send(b"!")

    def _serve_control(self) -> None:
        self._control.push()
        for message in self._control.pull():
            if message is STOP:
                self.stopped = True
            elif isinstance(message, (Delivery, Requeue, Forget, Unwanted)):
                self._repair(message)
            else:
                self._mail.append(message)
        if self._control.closed:
            self.stopped = True
            self._selector.unregister(self._control.socket)
        else:
            self._watch_control()

    def _serve_link(self, end: int, mask: int) -> None:
        link = self._links[end]
        if mask & _WRITE:
            link.push()
        if mask & _READ:
            for message in link.pull():
                self._handle(end, link, message)
        if link.eof:
            self._selector.unregister(link.socket)
            link.close()
            self._gone(end)
        else:
            self._watch(end, link)

    def _handle(self, end: int, link: Link, message: Message) -> None:
        match message:
            case Data():
                message.chunk.lease(self.leases.lease)
                message.chunk.readonly = self.readonly
                self._readers[end].received(end, message)
            case Shared(memory):
                self.leases.add(memory, link.descriptors.popleft())
            case Ack(done, seconds):
                self._writers[end].acknowledged(end, done, seconds)
            case End():
                self._readers[end].end(end)
                self.tell_got(self._readers[end], end)
            case Want():
                self._readers[end].wanted(end)
            case Gave(count):
                self._readers[end].gave(end, count)
            case Grant(count):
                self._writers[end].granted(end, count)
            case More(count):
                self._writers[end].widened(end, count)
            case Close(taken):
                self._writers[end].close(end, taken)
                link.drop()

    def _gone(self, end: int) -> None:
        """A peer closed its socket: right after an end or a close, else it died."""
        incoming, outgoing = self._readers.get(end), self._writers.get(end)
        if incoming is not None:
            source = incoming.sources[end]
            died = not incoming.closed and not source.over
            if died:
                incoming.lose(end)
            if died or self._places[incoming.port].recovers:
                self._tell_arrived(incoming, source, died)
        elif outgoing is not None:
            died = not outgoing.ended and outgoing.lanes[end].live
            if died:
                outgoing.lose(end)
            if died or outgoing.keeps:
                self.report(Eof(end, died))

    # -- after a death

    def tell_got(self, incoming: Incoming, end: int) -> None:
        """No more is wanted on a channel, or will come. The worker may be gone before its writer, which may
        be restarted.
        """
        if self._places[incoming.port].recovers:
            self._tell_arrived(incoming, incoming.sources[end], died=False)

    def _tell_arrived(self, incoming: Incoming, source: Source, died: bool) -> None:
        end, trail = source.channel.end, source.trail
        parts = tuple(beyond(trail.runs, unpack_marks(trail.marks)))
        self.report(Eof(end, died, incoming.got[end], trail.marks, parts, incoming.port))

    def _repair(self, message: Delivery | Requeue | Forget | Unwanted) -> None:
        self._repaired = True
        if isinstance(message, Requeue):
            outgoing = self._writers[message.end]
            requeued = outgoing.requeue(
                message.end, message.upto, message.suspect, message.done, message.partly
            )
            if self.marks is not None:
                marks, parts = self.marks.known()
                requeued = replace(requeued, marks=marks, parts=parts)
            self._resending.add(message.end)
            self.report(requeued)
        elif isinstance(message, Forget):
            self._readers[message.end].forget(message.end, message.replaced)
        elif isinstance(message, Unwanted):
            self._writers[message.end].close(message.end, message.taken)
        else:
            self._connect(message.message, self._control.descriptors.popleft())
        self.settle(force=True)

    def _connect(self, message: object, descriptor: int) -> None:
        """One more peer, in the place of a dead one."""
        assert isinstance(message, (NewLane, NewSource))
        end = message.channel.end
        link = self._links[end] = Link(descriptor, isinstance(message, NewSource))
        self._selector.register(link.socket, _READ, end)
        self._masks[end] = _READ
        if isinstance(message, NewSource):
            incoming = self._readers[end] = self.inputs[message.port]
            for _, close in incoming.add(message.channel):
                self.post(end, close)
            return
        outgoing = self._writers[end] = self.outputs[message.output]
        outgoing.add(message.channel)
        if outgoing.ended:
            self.post(end, End())

    def _tell_progress(self) -> None:
        """What makes another death harmless again."""
        if not self._repaired:
            return
        for incoming in self.inputs.values():
            for end in incoming.cleared():
                self.report(Clear(end))
        if self._resending and not self.unwritten and not any(o.again for o in self.outputs.values()):
            for end in self._resending:
                self.report(Resent(end))
            self._resending.clear()

    # -- the end

    def close(self, patience: float) -> None:
        """Wait a moment for the supervisor to read the last reports, then give everything back."""
        with self.lock:
            if self.closed:
                return
            deadline = self.clock() + patience
            self.present = True
            while self._control.pending and self.clock() < deadline:
                self.serve(deadline - self.clock())
            self.closed = True
        self.ring()
        self.backstop.close()
        self.abandon()

    def abandon(self) -> None:
        """Close the descriptors and do nothing else; also what a child forked by a functor does first."""
        self.closed = True
        self._selector.close()
        for link in self._links.values():
            link.close()
        self.leases.close()
        self._control.close()
        self._ear.close()
        self._bell.close()


def _leases(wiring: Wiring) -> Leases:
    """What has to be kept to be sent again stays out of shared memory: its reader may have written on it."""
    ends = [channel.end for output in wiring.outputs for channel in output.channels]
    writes = ends and not wiring.careful and not any(output.keeps for output in wiring.outputs)
    return Leases(min(ends) if writes and available() else None)
