"""One channel's socket: messages in, messages out, nothing that blocks, and no idea of what they mean."""

from __future__ import annotations

import array
import os
import socket
from collections import deque
from typing import Final, NamedTuple

from pipeflow.transports import frames
from pipeflow.transports.messages import Message

_PIECES: Final = 64
"""Pieces in one sendmsg; far below IOV_MAX everywhere."""
_ANCILLARY: Final = socket.CMSG_SPACE(16 * array.array("i").itemsize)
_READS: Final = 16
"""Reads in one `pull`, so that one busy channel does not keep the others waiting."""


_CLOSE_ON_EXEC: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class _Accompanied(NamedTuple):
    """A whole frame that goes with a descriptor."""

    frame: bytes
    descriptor: int


class Link:
    """A non-blocking stream socket with what is not yet written, and what is half read."""

    def __init__(self, descriptor: int, receives: bool = False) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self._receives = receives
        """Descriptors may come."""
        self.descriptors: deque[int] = deque()
        """Received, in the order of the messages they belong to."""
        self.shared: set[int] = set()
        """Numbers of memories whose descriptors were sent."""
        self.socket.setblocking(False)
        self.eof = False
        """The peer is gone and everything it wrote was read."""
        self._broken = False
        self._out: deque[memoryview | _Accompanied] = deque()
        self._reader = frames.FrameReader()

    @property
    def pending(self) -> bool:
        """Something waits for the socket to be writable."""
        return bool(self._out)

    def post(self, message: Message) -> None:
        """Write a message, or queue what the socket does not take."""
        if self._broken:
            return
        self._out.extend(memoryview(piece) for piece in frames.encode(message))
        self.push()

    def post_with(self, message: Message, descriptor: int) -> None:
        """As `post`; the descriptor goes with the message, and is still the caller's."""
        if not self._broken:
            self._out.append(_Accompanied(b"".join(frames.encode(message)), descriptor))
            self.push()

    def push(self) -> None:
        """Write as much as the socket takes. A peer that is gone is noticed by reading, not here."""
        while self._out:
            try:
                count = self._write()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.drop()
                self._broken = True
                return
            self._advance(count)

    def _write(self) -> int:
        first = self._out[0]
        if type(first) is _Accompanied:
            count = socket.send_fds(self.socket, [first.frame], [first.descriptor])
            self._out[0] = memoryview(first.frame)
            return count
        pieces: list[memoryview] = []
        for piece, _ in zip(self._out, range(_PIECES), strict=False):
            if type(piece) is not memoryview:
                break
            pieces.append(piece)
        return self.socket.sendmsg(pieces)

    def _advance(self, count: int) -> None:
        while count:
            piece = self._out[0]
            assert type(piece) is memoryview
            if count < len(piece):
                self._out[0] = piece[count:]
                return
            count -= len(piece)
            self._out.popleft()

    def drop(self) -> None:
        """Forget what is not yet written; nothing more may be posted if that cut a frame."""
        self._out.clear()

    def pull(self) -> list[Message]:
        """The messages that are there. What a dead peer wrote before it died is among them."""
        messages: list[Message] = []
        for _ in range(_READS):
            target = self._reader.target()
            try:
                count = self._read(target)
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionResetError:
                continue  # comes before the data the peer had queued: read on to the real end
            except OSError:
                count = 0
            if not count:
                self.eof = True
                break
            messages += self._reader.advance(count)
            if count < len(target):
                break
        return messages

    def _read(self, target: memoryview) -> int:
        if not self._receives:
            return self.socket.recv_into(target)
        count, ancillary, _, _ = self.socket.recvmsg_into([target], _ANCILLARY, _CLOSE_ON_EXEC)
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
                self.descriptors.extend(numbers)
        return count

    def close(self) -> None:
        """Close the socket; what is queued is lost."""
        self.socket.close()
        while self.descriptors:
            os.close(self.descriptors.popleft())
