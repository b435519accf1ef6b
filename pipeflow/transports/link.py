"""One channel's socket: messages in, messages out, nothing that blocks, and no idea of what they mean."""

from __future__ import annotations

import socket
from collections import deque
from typing import Final

from pipeflow.transports import frames
from pipeflow.transports.messages import Message

_PIECES: Final = 64
"""Pieces in one sendmsg; far below IOV_MAX everywhere."""
_READS: Final = 16
"""Reads in one `pull`, so that one busy channel does not keep the others waiting."""


class Link:
    """A non-blocking stream socket with what is not yet written, and what is half read."""

    def __init__(self, descriptor: int) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.socket.setblocking(False)
        self.eof = False
        """The peer is gone and everything it wrote was read."""
        self._broken = False
        self._out: deque[memoryview] = deque()
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

    def push(self) -> None:
        """Write as much as the socket takes. A peer that is gone is noticed by reading, not here."""
        while self._out:
            try:
                count = self.socket.sendmsg(
                    [piece for piece, _ in zip(self._out, range(_PIECES), strict=False)]
                )
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.drop()
                self._broken = True
                return
            self._advance(count)

    def _advance(self, count: int) -> None:
        while count:
            piece = self._out[0]
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
                count = self.socket.recv_into(target)
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

    def close(self) -> None:
        """Close the socket; what is queued is lost."""
        self.socket.close()
