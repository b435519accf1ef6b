"""One piece of anonymous shared memory, and views of its slots that say when they are not looked at any more.

It has no name anywhere: its descriptor is handed over. A slot is given back by the finalizer of the last view
of it; the memory is unmapped later, when no finalizer can look at it.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import weakref
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from pipeflow.transports.slots import GIVEN_BACK, SLOTS, Placed, rounded

ROOM: Final = 1 << 34
"""Address space of one memory: only what is in use is in memory."""

_TOKEN: Final = object()
_FAILED: Final = ctypes.c_void_p(-1).value
_UNUSED: Final = 2
"""References to the witness of a mapping that nobody uses: the mapping's own, and that of who counts."""


class Hold:
    """One leased slot. Whoever pops the token decides what becomes of it when the lease is gone."""

    __slots__ = ("address", "dead", "memory", "placed", "token")

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
        self.holds: dict[int, Hold] = {}
        """By address: what is leased here."""
        _memories.add(self)

    def lease(self, placed: Placed) -> memoryview:
        """The buffer, writable; its slot is given back when the last object over it has died."""
        address = self._address + placed.offset
        lease = _lease_type(rounded(placed.length)).from_address(address)
        lease.witness = self._witness
        lease.hold = self.holds[address] = Hold(self, placed, address)
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
