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
import mmap
import os
import sys
import weakref
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from pipeflow.transports.codec import Packed
from pipeflow.transports.slots import GIVEN_BACK, SLOTS, Placed, Slots, rounded

LIVE: Final = 32 << 10
"""Buffers from this size on go into slots."""
ROOM: Final = 1 << 34
"""Address space of one memory: only what is in use is in memory."""
BUDGET: Final = 1 << 30
"""Bytes of one memory that may be in use at once; less on a small machine."""

_TOKEN: Final = object()
_FAILED: Final = ctypes.c_void_p(-1).value
_UNUSED: Final = 2
"""References to the witness of a mapping that nobody uses: the mapping's own, and that of who counts."""


def available() -> bool:
    """Is there memory of this kind here? PIPEFLOW_SLOTS=0 in the environment does without it."""
    return hasattr(os, "memfd_create") and os.environ.get("PIPEFLOW_SLOTS") != "0"


def _budget() -> int:
    try:
        return min(BUDGET, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8)
    except (ValueError, OSError):
        return BUDGET // 8


class _Hold:
    """One leased slot. Whoever pops the token decides what becomes of it when the lease is gone."""

    __slots__ = ("address", "dead", "length", "memory", "placed", "token")

    def __init__(self, memory: Memory, placed: Placed, address: int) -> None:
        self.memory, self.placed, self.address = memory, placed, address
        self.token = [_TOKEN]
        self.dead = False

    def gone(self) -> None:
        """The lease has died. In any thread, at any time."""
        try:
            self.token.pop()
        except IndexError:
            self.dead = True
            return
        self.memory.holds.pop(self.address, None)
        self.memory.give_back(self.placed)

    def spare(self) -> None:
        """The slot was not sent on after all."""
        self.token.append(_TOKEN)
        if self.dead:
            self.gone()


@lru_cache(64)
def _lease_type(length: int) -> Any:
    """A slot as something with a buffer that can tell when nothing refers to it any more."""

    def gone(lease: Any) -> None:
        lease.hold.gone()

    return type("Lease", (ctypes.Array,), {"_type_": ctypes.c_char, "_length_": length, "__del__": gone})


@cache
def _libc() -> Any:
    """`mmap.mmap` would keep a descriptor open for as long as an array is kept."""
    libc = ctypes.CDLL(None, use_errno=True)
    number, size = ctypes.c_int, ctypes.c_size_t
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, size, number, number, number, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, size]
    libc.madvise.argtypes = [ctypes.c_void_p, size, number]
    return libc


class _Mapping(NamedTuple):
    address: int
    witness: object
    """Whoever may look at the memory refers to it."""


_mappings: Final[list[_Mapping]] = []


def _map(descriptor: int) -> _Mapping:
    _unmap_unused()
    protection = mmap.PROT_READ | mmap.PROT_WRITE
    address = _libc().mmap(None, SLOTS + ROOM, protection, mmap.MAP_SHARED, descriptor, 0)
    if address is None or address == _FAILED:
        raise OSError(ctypes.get_errno(), "shared memory can't be mapped")
    _mappings.append(_Mapping(int(address), object()))
    return _mappings[-1]


def _unmap_unused() -> None:
    """No finalizer could do this: the garbage collector runs those of a cycle in any order, and one that
    comes later may look at an array. A plain object is not seen by the collector, so its count is true.
    """
    for mapping in list(_mappings):
        if sys.getrefcount(mapping.witness) <= _UNUSED:
            _mappings.remove(mapping)
            _libc().munmap(mapping.address, SLOTS + ROOM)


class Memory:
    """One piece of shared memory, the writer's own or a reader's view of it."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.number, self.descriptor = number, descriptor
        mapping = _map(descriptor)
        self._address, self._witness = mapping.address, mapping.witness
        whole: Any = (ctypes.c_char * (SLOTS + ROOM)).from_address(self._address)
        self.view = memoryview(whole).cast("B")
        self.states: memoryview | None = self.view[:SLOTS]
        self.holds: dict[int, _Hold] = {}
        """By address: what is leased here."""
        _memories.add(self)

    def lease(self, placed: Placed) -> memoryview:
        """The buffer, writable; its slot is given back when the last object over it has died."""
        address = self._address + placed.offset
        lease = _lease_type(rounded(placed.length)).from_address(address)
        lease.witness = self._witness
        lease.hold = self.holds[address] = _Hold(self, placed, address)
        return memoryview(lease).cast("B")[: placed.length]

    def give_back(self, placed: Placed) -> None:
        """The slot is nobody's. After the run nobody will want it either."""
        if self.states is None:
            return
        if self.descriptor < 0:
            self.discard(placed.offset - SLOTS, rounded(placed.length))
        self.states[placed.slot] = GIVEN_BACK

    def discard(self, offset: int, size: int) -> None:
        """The pages are not needed."""
        _libc().madvise(self._address + SLOTS + offset, size, getattr(mmap, "MADV_REMOVE", 0))

    def close(self) -> None:
        """Close the descriptor; what is leased stays until it is given back."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


_memories: weakref.WeakSet[Memory] = weakref.WeakSet()


def _disown() -> None:
    """In a child that a functor forks: the slots are its parent's."""
    for memory in list(_memories):
        memory.states = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown)


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
        if not any(type(buffer) is memoryview for buffer in packed.buffers):
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

    def _forwardable(self, buffers: tuple[Any, ...]) -> list[_Hold | None]:
        """What is leased and perhaps nobody else's; its token is taken."""
        found: list[_Hold | None] = []
        for buffer in buffers:
            hold = None if type(buffer) is not memoryview else self._hold_of(buffer)
            if hold is not None and 2 * len(buffer) >= hold.placed.length and hold.token:
                hold.token.pop()
                found.append(hold)
            else:
                found.append(None)
        return found

    def _hold_of(self, view: memoryview) -> _Hold | None:
        if not self.memories:
            return None
        address = ctypes.addressof(ctypes.c_char.from_buffer(view))
        for memory in self.memories.values():
            hold = memory.holds.get(address)
            if hold is not None:
                return hold
        return None

    def _forward(self, hold: _Hold, placed: Placed) -> Any:
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
