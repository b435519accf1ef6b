"""Messages as frames on a byte stream: a fixed header, a body, and for Data the out-of-band buffers.

`encode` gives what is to be written; `FrameReader` says where the next bytes read are to go (large ones
straight into their final place) and gives messages back. Neither touches a socket.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from pipeflow.transports import codec
from pipeflow.transports.messages import Ack, Close, Data, End, Gave, Grant, Message, More, Shared, Want

_HEADER: Final = struct.Struct("<B3xIQIIIIIQd")
"""kind, lent, number (first / done / taken / credit), entries, bytes of marks, of parts and of repeats,
pieces of the chunk, bytes of body, seconds.
"""
STAGING: Final = 1 << 16
_DATA, _END, _ACK, _WANT, _GRANT, _GAVE, _CLOSE, _MORE, _SHARED = range(1, 10)


def encode(message: Message) -> list[codec.Buffer]:
    """The pieces of a frame, small ones joined."""
    if isinstance(message, Data):
        parts, body, buffers = codec.encode(message.chunk)
        notes = (message.marks, message.parts, message.repeats)
        lengths = [len(note) for note in notes]
        length = sum(map(len, body)) + sum(lengths)
        header = _HEADER.pack(_DATA, message.lent, message.first, message.count, *lengths, parts, length, 0.0)
        return [*_join([header, *notes, *body]), *buffers]
    kind, number, seconds = _small(message)
    return [_HEADER.pack(kind, 0, number, 0, 0, 0, 0, 0, 0, seconds)]


def _small(message: Message) -> tuple[int, int, float]:
    match message:
        case Ack(done, seconds):
            return _ACK, done, seconds
        case Grant(count):
            return _GRANT, count, 0.0
        case Gave(count):
            return _GAVE, count, 0.0
        case Close(taken):
            return _CLOSE, taken, 0.0
        case More(count):
            return _MORE, count, 0.0
        case Shared(memory):
            return _SHARED, memory, 0.0
        case Want():
            return _WANT, 0, 0.0
        case _:
            return _END, 0, 0.0


def _join(pieces: list[codec.Buffer]) -> Iterator[codec.Buffer]:
    """Runs of small pieces as one; large ones are not copied."""
    small: list[codec.Buffer] = []
    for piece in pieces:
        if len(piece) < STAGING:
            small.append(piece)
            continue
        if small:
            yield b"".join(small)
            small = []
        yield piece
    if small:
        yield b"".join(small)


class FrameReader:
    """Bytes in, messages out. `target()` is where to read to; then `advance(n)`."""

    def __init__(self) -> None:
        self._staging = bytearray(STAGING)
        self._view = memoryview(self._staging)
        self._start = self._end = 0
        """What is staged and not yet used."""
        self._wanted: list[tuple[bytearray, int]] = []
        """Pieces of the current frame to fill, last one first, with how far they are filled."""
        self._full: list[bytearray] = []
        self._fields: tuple[int, ...] | None = None
        self._seconds = 0.0
        self._with_buffers = False

    def target(self) -> memoryview:
        """Where the next bytes belong; never empty."""
        if self._start == self._end:
            self._start = self._end = 0
            if self._wanted:
                piece, filled = self._wanted[-1]
                if len(piece) - filled >= STAGING:
                    return memoryview(piece)[filled:]
        elif self._start:
            self._staging[: self._end - self._start] = self._staging[self._start : self._end]
            self._start, self._end = 0, self._end - self._start
        return self._view[self._end :]

    def advance(self, count: int) -> list[Message]:
        """`count` bytes were put into the last `target`."""
        if self._start == self._end == 0 and self._wanted and self._direct():
            piece, filled = self._wanted.pop()
            self._wanted.append((piece, filled + count))
        else:
            self._end += count
        messages: list[Message] = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _direct(self) -> bool:
        piece, filled = self._wanted[-1]
        return len(piece) - filled >= STAGING

    def _next(self) -> Message | None:
        if self._fields is None:
            if self._end - self._start < _HEADER.size:
                return None
            *fields, self._seconds = _HEADER.unpack_from(self._staging, self._start)
            self._fields = tuple(fields)
            self._start += _HEADER.size
            if self._fields[0] != _DATA:
                return self._finished()  # all of it was the header
            self._full, self._with_buffers = [], False
            length = self._fields[8]
            if length <= self._end - self._start:
                self._full.append(bytearray(self._view[self._start : self._start + length]))
                self._start += length
            else:
                self._want([length])
        while self._filled():
            if self._with_buffers:
                return self._finished()
            self._with_buffers = True
            chunk = memoryview(self._full[0])[sum(self._fields[4:7]) :]
            self._want(codec.buffer_lengths(chunk, self._fields[7]))
        return None

    def _want(self, lengths: list[int]) -> None:
        self._wanted = [(bytearray(length), 0) for length in reversed(lengths)]

    def _filled(self) -> bool:
        """Move staged bytes into the wanted pieces; True when none is left wanting."""
        while self._wanted:
            piece, filled = self._wanted.pop()
            count = min(len(piece) - filled, self._end - self._start)
            piece[filled : filled + count] = self._view[self._start : self._start + count]
            self._start += count
            if filled + count < len(piece):
                self._wanted.append((piece, filled + count))
                return False
            self._full.append(piece)
        return True

    def _finished(self) -> Message:
        assert self._fields is not None
        kind, lent, number, entries, marks, parts, repeats, pieces, _ = self._fields
        self._fields = None
        if kind == _DATA:
            body = memoryview(self._full[0])
            notes = marks + parts + repeats
            chunk = codec.Chunk(body[notes:], pieces, self._full[1:])
            if not notes:
                return Data(number, entries, lent, chunk)
            rest = bytes(body[marks:notes])
            return Data(number, entries, lent, chunk, bytes(body[:marks]), rest[:parts], rest[parts:])
        if kind == _ACK:
            return Ack(number, self._seconds)
        if kind in (_END, _WANT):
            return End() if kind == _END else Want()
        if kind == _CLOSE:
            return Close(number)
        if kind in (_MORE, _SHARED):
            return More(number) if kind == _MORE else Shared(number)
        return Grant(number) if kind == _GRANT else Gave(number)
