"""The line between a worker and its supervisor: pickled messages, descriptors, and stop, over one unix
socket.

Both sides hold a `Control`. Nothing in it blocks: `post` queues what the socket does not take, `push` goes on
with it, `pull` returns the whole messages that are there. So a supervisor can watch many by `fileno()`
(`selectors`, or `multiprocessing.connection.wait`), and a worker has it among its channels.

Workers start with this one socket. Their channels' descriptors follow over it (`send_channels`,
`receive_channels`), so that no worker ever holds an end that is not its own, however it was started.
"""

from __future__ import annotations

import array
import os
import pickle
import selectors
import socket
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pipeflow.transports import codec
from pipeflow.transports._base import Stopped
from pipeflow.transports.wiring import Wiring

BATCH: Final = 200
"""Descriptors in one message; the kernel's limit is 253."""
_HEADER: Final = struct.Struct("<B3xIQ")
"""kind, descriptors that came with it, bytes of pickle."""
_MESSAGE, _STOP = 1, 2
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_ROOM: Final = socket.CMSG_SPACE(253 * array.array("i").itemsize)


class Stop:
    """What `pull` returns for a stop."""


STOP: Final = Stop()


class Control:
    """One side of the line. Not thread-safe: its owner has a lock."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.socket = sock
        self.closed = False
        """The other side is gone."""
        self.descriptors: deque[int] = deque()
        """Received, in order, not yet claimed."""
        self._out: deque[tuple[bytes | memoryview, tuple[int, ...]]] = deque()
        self._in = bytearray()

    def fileno(self) -> int:
        """To be watched by."""
        return self.socket.fileno()

    # -- out

    def post(self, message: object, descriptors: Sequence[int] = ()) -> bool:
        """Send, or queue, one message. The descriptors are closed here once they are on their way."""
        body = codec.dumps(message)
        return self._queue(_HEADER.pack(_MESSAGE, len(descriptors), len(body)) + body, tuple(descriptors))

    def stop(self) -> bool:
        """Tell the worker to stop: every call of its endpoint raises Stopped from now on."""
        return self._queue(_HEADER.pack(_STOP, 0, 0), ())

    def _queue(self, frame: bytes, descriptors: tuple[int, ...]) -> bool:
        self._out.append((frame, descriptors))
        return self.push()

    @property
    def pending(self) -> bool:
        """Something waits for the socket to be writable."""
        return bool(self._out)

    def push(self) -> bool:
        """Write as much as the socket takes; True when nothing is left."""
        while self._out:
            frame, descriptors = self._out[0]
            try:
                if descriptors:
                    count = socket.send_fds(self.socket, [frame], descriptors)
                else:
                    count = self.socket.send(frame)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError:
                self._forget()
                return True
            _close_all(descriptors)
            if count < len(frame):
                self._out[0] = (memoryview(frame)[count:], ())
            else:
                self._out.popleft()
        return True

    def _forget(self) -> None:
        for _, descriptors in self._out:
            _close_all(descriptors)
        self._out.clear()

    # -- in

    def pull(self) -> list[Any]:
        """The messages that are there, `STOP` among them; sets `closed` at the end of file."""
        while not self.closed and self._read():
            pass
        return list(self._frames())

    def _read(self) -> bool:
        try:
            data, ancillary, _, _ = self.socket.recvmsg(
                1 << 16, _ROOM, getattr(socket, "MSG_CMSG_CLOEXEC", 0)
            )
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionResetError:
            return True  # comes before what the peer had queued: read on to the real end
        except OSError:
            data, ancillary = b"", []
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
                self.descriptors.extend(numbers)
        self._in += data
        self.closed = not data
        return bool(data)

    def _frames(self) -> Iterable[Any]:
        while len(self._in) >= _HEADER.size:
            kind, descriptors, length = _HEADER.unpack_from(self._in)
            end = _HEADER.size + length
            if len(self._in) < end:
                return
            body = bytes(self._in[_HEADER.size : end])
            del self._in[:end]
            if kind == _STOP:
                yield STOP
            else:
                message = _loaded(body)
                yield message if not descriptors else Delivery(message, descriptors)

    def close(self) -> None:
        """Close the socket and every descriptor that was not handed on."""
        self._forget()
        _close_all(tuple(self.descriptors))
        self.descriptors.clear()
        self.socket.close()


class Garbled:
    """A message that can't be rebuilt on this side: what a functor made is in it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _loaded(body: bytes) -> Any:
    try:
        return pickle.loads(body)
    except BaseException as error:  # noqa: BLE001 - a user's class may do anything when it is rebuilt
        return Garbled(error)


class Delivery:
    """A message that came with descriptors (they wait in `Control.descriptors`)."""

    def __init__(self, message: object, count: int) -> None:
        self.message = message
        self.count = count


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


# -- handing channels over


def send_channels(control: Control, wiring: Wiring, descriptors: Sequence[int]) -> None:
    """Hand a worker its wiring and its ends (in the order of `wiring.ends()`); the ends are closed here."""
    control.post(wiring)
    for start in range(0, len(descriptors), BATCH):
        control.post(None, descriptors[start : start + BATCH])


def receive_channels(control: Control) -> tuple[Wiring, dict[int, int], list[Any]]:
    """In the worker, blocking: (wiring, descriptor of each end, other messages that came). Raises Stopped."""
    wiring: Wiring | None = None
    rest: list[Any] = []
    while True:
        for message in control.pull():
            if message is STOP:
                raise Stopped
            if isinstance(message, Wiring):
                wiring = message
            elif not isinstance(message, Delivery):
                rest.append(message)
        if wiring is not None and len(control.descriptors) >= len(wiring.ends()):
            return wiring, {end: control.descriptors.popleft() for end in wiring.ends()}, rest
        if control.closed:
            raise Stopped
        with selectors.DefaultSelector() as selector:
            selector.register(control, _READ | (_WRITE if control.pending else 0))
            selector.select()
        control.push()
