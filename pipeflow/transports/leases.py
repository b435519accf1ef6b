"""Large buffers in shared memory: one copy into a slot by the writer, none by the reader.

    writer: Packed with live views -> settle -> Placed (copied into a slot of its own memory, or forwarded)
    reader: Placed -> lease -> a writable view; when the last array over it dies, the slot is given back

The memory has no name anywhere: its descriptor goes to each reader over the private channel, in front of the
first message that needs it. A slot has one holder at a time, so what a functor writes into an array it
received is seen by nobody else. A buffer that lies in a slot which nothing but the entry being sent holds is
not copied: its number is sent on.

Where there is no such memory, or no room in it (arrays are kept, or too large), the buffer travels in its
message.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any, Final

from pipeflow.transports.codec import Packed
from pipeflow.transports.shared import ROOM, Hold, Memory
from pipeflow.transports.slots import GIVEN_BACK, SLOTS, Placed, Slots

LIVE: Final = 32 << 10
"""Buffers from this size on go into slots."""
BUDGET: Final = 1 << 30
"""Bytes of one memory that may be in use at once; less on a small machine."""


def available() -> bool:
    """Is there memory of this kind here? PIPEFLOW_SLOTS=0 in the environment does without it."""
    return hasattr(os, "memfd_create") and os.environ.get("PIPEFLOW_SLOTS") != "0"


def _budget() -> int:
    try:
        return min(BUDGET, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8)
    except (ValueError, OSError):
        return BUDGET // 8


class Leases:
    """All shared memory that one endpoint writes and reads. Used under its lock.

    Args:
        number: of the memory that this endpoint writes, unique in the run; None: it writes none.
    """

    def __init__(self, number: int | None) -> None:
        self.memories: dict[int, Memory] = {}
        self._unmapped: dict[int, int] = {}
        """Descriptors, by number."""
        self._number = number
        self._slots: Slots | None = None

    @property
    def live(self) -> int:
        """Buffers from this size on are to be kept live for `settle`."""
        return LIVE if self._number is not None else 1 << 62

    # -- writing

    def settle(self, packed: Packed) -> Packed:
        """Give every live view its place. The views are released: call it when nothing else of the entry is
        needed, and nothing of it is copied that was received and is sent on.
        """
        buffers = packed.buffers
        if len(buffers) == 1 and type(buffers[0]) is memoryview and self._hold_of(buffers[0]) is None:
            return Packed(packed.pickle, (self._place(buffers[0]),))  # the frequent case: made here
        if not any(type(buffer) is memoryview for buffer in buffers):
            return packed
        holds = self._forwardable(packed.buffers)
        places: list[Any] = []
        for buffer, hold in zip(packed.buffers, holds, strict=True):
            if hold is None:
                places.append(self._place(buffer) if type(buffer) is memoryview else buffer)
            else:
                places.append(Placed(*hold.placed[:3], len(buffer)))
                buffer.release()  # type: ignore[union-attr]
        for at, hold in enumerate(holds):
            if hold is not None:
                places[at] = self._forward(hold, places[at])
        return Packed(packed.pickle, tuple(places))

    def _forwardable(self, buffers: tuple[Any, ...]) -> list[Hold | None]:
        """What is leased and perhaps nobody else's; its token is taken."""
        found: list[Hold | None] = []
        for buffer in buffers:
            hold = None if type(buffer) is not memoryview else self._hold_of(buffer)
            if hold is not None and 2 * len(buffer) >= hold.placed.length and hold.token:
                hold.token.pop()
                found.append(hold)
            else:
                found.append(None)
        return found

    def _hold_of(self, view: memoryview) -> Hold | None:
        if not self.memories or view.readonly:  # what is leased can be written to
            return None
        address = ctypes.addressof(ctypes.c_char.from_buffer(view))
        for memory in self.memories.values():
            hold = memory.holds.get(address)
            if hold is not None:
                return hold
        return None

    def _forward(self, hold: Hold, placed: Placed) -> Any:
        if hold.dead:
            hold.memory.holds.pop(hold.address, None)
            return placed
        view = hold.memory.view[placed.offset : placed.offset + placed.length]
        copy = self._place(view)
        hold.spare()
        return copy

    def _place(self, view: memoryview) -> Any:
        """A copy: in a slot, or as bytes where there is no room."""
        memory, slots = self._own()
        taken = None if slots is None else slots.take(len(view))
        if taken is None or memory is None:
            copy = bytes(view)
            view.release()
            return copy
        number, offset = taken
        offset += SLOTS
        memory.view[offset : offset + len(view)] = view
        placed = Placed(memory.number, number, offset, len(view))
        view.release()
        return placed

    def _own(self) -> tuple[Memory | None, Slots | None]:
        if self._number is None:
            return None, None
        if self._slots is None:
            try:
                self._make(self._number)
            except (OSError, ValueError):  # no descriptors, or a limit of the address space
                self._number = None
                return None, None
        return self.memories.get(self._number), self._slots

    def _make(self, number: int) -> None:
        descriptor = os.memfd_create("pipeflow slots")
        try:
            os.ftruncate(descriptor, SLOTS + ROOM)
            memory = Memory(number, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        assert memory.states is not None
        self.memories[number] = memory
        self._slots = Slots(memory.states, ROOM, _budget(), memory.discard)

    # -- reading

    def add(self, number: int, descriptor: int) -> None:
        """Another worker's memory has come."""
        if number in self.memories or number in self._unmapped:
            os.close(descriptor)
            return
        try:
            self.memories[number] = Memory(number, descriptor)
        except (OSError, ValueError):  # a limit of the address space
            self._unmapped[number] = descriptor

    def lease(self, placed: Placed) -> memoryview:
        """See `Memory.lease`. A copy, where the memory could not be mapped."""
        if placed.pool in self.memories:
            return self.memories[placed.pool].lease(placed)
        descriptor = self._unmapped[placed.pool]
        copy = memoryview(bytearray(placed.length))
        done = 0
        while done < placed.length:
            done += os.preadv(descriptor, [copy[done:]], placed.offset + done)
        os.pwrite(descriptor, bytes([GIVEN_BACK]), placed.slot)
        return copy

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in self._unmapped.values():
            os.close(descriptor)
        self._unmapped.clear()
        for memory in self.memories.values():
            memory.close()
