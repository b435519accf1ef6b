"""What a writer has accepted and not yet sent, oldest first: entries one by one, and runs of numbers
kept as arrays of 64 bits, for which an object and a pair for each would cost more than all the rest.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias, cast

from pipeflow.transports.codec import NUMBER_BYTES, numbers, pack

CHUNK_BYTES: Final = 2 << 20
"""Bytes of one message, if it has more than one entry."""

Entry = tuple[Any, int]
"""What stands in for an entry, and its size."""
Piece: TypeAlias = "Entry | array[Any]"
"""An entry, or a run of numbers."""


class Backlog:
    """The queue.

    Attributes:
        count: of the entries; `bytes` of all of them.
    """

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self.count = 0
        self.bytes = 0

    def __len__(self) -> int:
        return self.count

    def add(self, entry: Entry) -> None:
        """One entry."""
        self._pieces.append(entry)
        self.count += 1
        self.bytes += entry[1]

    def add_many(self, staged: list[Any]) -> int:
        """What a loop has staged: entries, and whole and floating point numbers as they are. Their bytes."""
        before = self.bytes
        run = numbers(staged)
        if run is None:
            for one in staged:
                entry = cast("Entry", one) if type(one) is tuple else pack(one)
                self.add(entry)
        else:
            self._pieces.append(run)
            self.count += len(run)
            self.bytes += NUMBER_BYTES * len(run)
        return self.bytes - before

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Entries that go first, in their order."""
        self._pieces.extendleft(reversed(entries))
        self.count += len(entries)
        self.bytes += sum([size for _, size in entries])

    def front(self, limit: int) -> tuple[list[Piece], int, int]:
        """Take away the first entries that make a message, at most `limit`: (them, entry by entry or in runs,
        how many they are, their bytes).
        """
        pieces: list[Piece] = []
        count = size = 0
        while self._pieces and count < limit:
            piece = self._pieces[0]
            if type(piece) is array:
                most = min(limit - count, (CHUNK_BYTES - size) // NUMBER_BYTES)
                if most <= 0:
                    break
                if len(piece) > most:
                    piece, self._pieces[0] = piece[:most], piece[most:]
                else:
                    self._pieces.popleft()
                count += len(piece)
                size += NUMBER_BYTES * len(piece)
            else:
                if count and size + piece[1] > CHUNK_BYTES:
                    break
                self._pieces.popleft()
                count += 1
                size += piece[1]
            pieces.append(piece)
        self.count -= count
        self.bytes -= size
        return pieces, count, size

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self.count = self.bytes = 0


def one_by_one(pieces: Iterable[Piece]) -> list[Entry]:
    """The entries of a message, as `Backlog.put_back` takes them."""
    entries: list[Entry] = []
    for piece in pieces:
        if isinstance(piece, array):
            entries += [(number, NUMBER_BYTES) for number in piece]
        else:
            entries.append(piece)
    return entries
