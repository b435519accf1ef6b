"""Room for large buffers: which part of a piece of shared memory is in use. Pure: it sees one byte per slot.

A slot is taken by the writer that owns the memory and given back by whoever holds it last, in whatever
process: by writing one byte. So nobody waits for a lock, and nobody has to be told. Slots are used again as
soon as they can be, the one given back last first: fresh pages cost many times what a copy into warm ones
does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

PAGE: Final = 4096
SLOTS: Final = PAGE
"""Slots in one piece of memory; their bytes fill its first page."""
GIVEN_BACK, IN_USE, AT_HOME = range(3)
"""What a slot's byte says. The owner writes all but the first."""


class Placed(NamedTuple):
    """Where a buffer lies: which memory, which slot of it, where in it, how long."""

    pool: int
    slot: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class _Slot:
    number: int
    offset: int
    size: int


def rounded(length: int) -> int:
    """The size of the slot for so many bytes: whole pages, at most an eighth more than needed."""
    step = max(PAGE, 1 << max(0, length.bit_length() - 4))
    return -(-length // step) * step


class Slots:
    """Args:
    states: a byte for each slot there can be, shared with the readers.
    room: bytes of address space.
    budget: bytes that may be in memory at once.
    discard: told (offset, size) of memory that is not needed any more.
    """

    def __init__(
        self, states: memoryview | bytearray, room: int, budget: int, discard: Callable[[int, int], None]
    ) -> None:
        self._states, self._room, self._budget, self._discard = states, room, budget, discard
        self._home: dict[int, list[_Slot]] = {}
        """Not in use, by size."""
        self._all: dict[int, _Slot] = {}
        self._numbers: list[int] = []
        """Of slots that were discarded."""
        self._highest = 0
        self._end = 0
        self.bytes = 0
        """In memory."""

    def take(self, length: int) -> tuple[int, int] | None:
        """(number, offset) of a slot for so many bytes; None when there is no room, which is no error: the
        buffer then travels in its message.
        """
        size = rounded(length)
        if not self._home.get(size):
            self._collect()
        at_home = self._home.get(size)
        slot = at_home.pop() if at_home else self._carve(size)
        if slot is None:
            return None
        self._states[slot.number] = IN_USE
        return slot.number, slot.offset

    def _collect(self) -> None:
        states = bytes(self._states[: self._highest])
        number = states.find(GIVEN_BACK)
        while number >= 0:
            self._states[number] = AT_HOME
            slot = self._all[number]
            self._home.setdefault(slot.size, []).append(slot)
            number = states.find(GIVEN_BACK, number + 1)

    def _carve(self, size: int) -> _Slot | None:
        if size > self._budget:
            return None
        while self.bytes + size > self._budget:
            if not self._retire():
                return None
        if not self._all:
            self._end = 0
        if self._end + size > self._room or (not self._numbers and self._highest == len(self._states)):
            return None
        if self._numbers:
            number = self._numbers.pop()
        else:
            number, self._highest = self._highest, self._highest + 1
        slot = self._all[number] = _Slot(number, self._end, size)
        self._end += size
        self.bytes += size
        return slot

    def _retire(self) -> bool:
        """Discard one slot that is not in use."""
        for size in sorted(self._home, reverse=True):
            if self._home[size]:
                slot = self._home[size].pop(0)
                del self._all[slot.number]
                self._numbers.append(slot.number)
                self._discard(slot.offset, size)
                self.bytes -= size
                return True
        return False
