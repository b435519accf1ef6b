"""Entries to bytes and back. `pack` runs in the worker that made the entry, `Chunk.take` in the one that
receives it.

An entry is pickled when it is sent, on its own, so that nothing done to it later is seen, two entries never
share an object, and one that can't be rebuilt costs no other. The exception pays for itself: exact ints,
floats, short strings and the like can't change and can't fail, so a run of them is pickled as one list when
the chunk leaves.

Large buffers travel outside the pickle (protocol 5) and arrive in memory of their own, writable: in slots of
shared memory (see `leases`), or behind the pickles in the message.
"""

from __future__ import annotations

import io
import pickle
import struct
import weakref
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pipeflow.transports import values
from pipeflow.transports._base import Unpicklable
from pipeflow.transports.slots import Placed

NEVER: Final = 1 << 62
OUT_OF_BAND: Final = 4096
"""Buffers from this size on travel outside the pickle."""
SHORT: Final = 4096
_PLAIN_BYTES: Final = 1 << 16
"""Of a pickle that `plain` looks into."""
_ATOMS: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
NUMBER_BYTES: Final = 8
_PART: Final = struct.Struct("<IIQ")
"""Entries in a run (0: one entry by itself), out-of-band buffers, bytes of pickle. A run of numbers is no
pickle: it says in place of the buffers what numbers they are.
"""
_NUMBERS: Final = {"q": 0xFFFF_FFFF, "d": 0xFFFF_FFFE}
_KINDS: Final = {mark: kind for kind, mark in _NUMBERS.items()}
_BUFFER: Final = struct.Struct("<QQII")
"""An out-of-band buffer's length, and where it lies: offset, memory, slot."""
_HERE: Final = (1 << 32) - 1
"""In place of a memory's number: the buffer is in the message."""

Buffer = bytes | bytearray | memoryview


@dataclass(slots=True)
class Packed:
    """One entry, pickled."""

    pickle: bytes
    buffers: tuple[bytes | memoryview | Placed, ...]


def pack(entry: Any, by_value: bool = False, live: int = NEVER) -> tuple[Any, int]:
    """(what stands in for the entry in a chunk, its size in bytes). Raises Unpicklable.

    With `by_value`, classes and functions of the script that was started travel as they are: the reader has
    not
    imported it. Buffers of `live` bytes and more are left as views of the entry, for `leases` to settle
    before the entry is out of hand.
    """
    kind = type(entry)  # pyright: ignore[reportUnknownVariableType]
    if kind in _ATOMS:
        if kind is int:
            if -(1 << 63) <= entry < 1 << 63:
                return entry, 8
        elif kind is not str and kind is not bytes:
            return entry, 16
        elif len(entry) < SHORT:
            return entry, 8 + len(entry)
    packed = _pickle(entry, by_value, live)
    return packed, 32 + len(packed.pickle) + sum(map(len, packed.buffers))


def _pickle(entry: Any, by_value: bool, live: int) -> Packed:
    """Buffers are copied: the writer may use its array again. Read-only ones are pickled in band by the older
    protocol, by which arrays arrive writable as from any queue; what has only protocol 5 stays as it is.

    What can't be pickled by reference (a closure, an object of a class that a script or a function defines)
    is
    pickled by value.
    """
    taken: list[memoryview] = []
    frozen = False

    def aside(buffer: pickle.PickleBuffer) -> bool:
        nonlocal frozen
        view = buffer.raw()
        frozen = frozen or view.readonly
        if view.nbytes < OUT_OF_BAND:
            return True
        taken.append(view)
        return False

    kind: Any = type(entry)  # pyright: ignore[reportUnknownVariableType]
    dumps: Any = pickle.dumps
    if by_value or (_local and kind in _local):
        dumps = values.dumps if by_value else values.dumps_unknown
    try:
        body = dumps(entry, 5, buffer_callback=aside)
    except Exception as error:
        if dumps is not pickle.dumps:
            raise Unpicklable(_short(entry), error) from error
        taken.clear()
        dumps, body = values.dumps_unknown, _second_try(entry, aside, error)
        if kind.__module__ != "builtins":
            _local.add(kind)
    if frozen:
        with suppress(Exception):
            return Packed(dumps(entry, 4), ())
    return Packed(body, tuple([view if view.nbytes >= live else bytes(view) for view in taken]))


_local: weakref.WeakSet[Any] = weakref.WeakSet()
"""Types that can't be pickled by reference."""


def _second_try(entry: Any, aside: Callable[[pickle.PickleBuffer], bool], first: Exception) -> bytes:
    try:
        return values.dumps_unknown(entry, 5, buffer_callback=aside)
    except Exception:  # noqa: BLE001
        raise Unpicklable(_short(entry), first) from first


class _Plain(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        """Nothing but what pickle itself can make."""
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")


def plain(packed: Any) -> Any:
    """The entry that `packed` stands in for, if it is plain data and not large; else None.

    No code of anybody's runs: where workers die of an entry, to rebuild it may be what they die of.
    """
    if not isinstance(packed, Packed):
        return packed
    if packed.buffers or len(packed.pickle) > _PLAIN_BYTES:
        return None
    with suppress(Exception):
        return _Plain(io.BytesIO(packed.pickle)).load()
    return None


def dumps(thing: object, by_value: bool = False) -> bytes:
    """A message, a result or an exception as bytes; by value where it can't be by reference."""
    if not by_value:
        with suppress(Exception):
            return pickle.dumps(thing, 5)
    return values.dumps(thing, 5) if by_value else values.dumps_unknown(thing, 5)


def _short(entry: Any) -> str:
    """A repr for a message: short, and never an error itself."""
    try:
        text = repr(entry)
    except Exception:  # noqa: BLE001
        text = object.__repr__(entry)
    return text if len(text) <= 200 else f"{text[:197]}..."


def encode(chunk: Sequence[Any]) -> tuple[int, list[Buffer], list[Buffer]]:
    """(number of parts, table and pickles, out-of-band buffers)."""
    table: list[bytes] = []
    places: list[bytes] = []
    pickles: list[Buffer] = []
    buffers: list[Buffer] = []
    run: list[Any] = []

    def end_run() -> None:
        if run:
            pickles.append(pickle.dumps(run, 5))
            table.append(_PART.pack(len(run), 0, len(pickles[-1])))
            run.clear()

    for item in chunk:
        kind = type(item)  # pyright: ignore[reportUnknownVariableType]
        if kind is array:
            end_run()
            pickles.append(item.tobytes())
            table.append(_PART.pack(len(item), _NUMBERS[item.typecode], len(pickles[-1])))
            continue
        if kind is not Packed:
            run.append(item)
            continue
        end_run()
        pickles.append(item.pickle)
        for buffer in item.buffers:
            if type(buffer) is Placed:
                places.append(_BUFFER.pack(buffer.length, buffer.offset, buffer.pool, buffer.slot))
            else:
                assert type(buffer) is bytes
                buffers.append(buffer)
                places.append(_BUFFER.pack(len(buffer), 0, _HERE, 0))
        table.append(_PART.pack(0, len(item.buffers), len(item.pickle)))
    end_run()
    return len(table), [b"".join(table + places), *pickles], buffers


def numbers(items: list[Any]) -> array[Any] | None:
    """The items as a run, if there is nothing among them but whole numbers of 64 bits, or nothing but
    floating point ones; True and False are none.
    """
    try:
        return array("q", items)  # takes no floats, and True for 1: those who stage don't stage it as it is
    except (TypeError, OverflowError):
        return array("d", items) if set(map(type, items)) == {float} else None


def memories(chunk: Sequence[Any]) -> set[int]:
    """The numbers of the memories in which buffers of a chunk that is leaving lie."""
    found: set[int] = set()
    for item in chunk:
        if type(item) is Packed:
            found.update([buffer.pool for buffer in item.buffers if type(buffer) is Placed])
    return found


def buffer_lengths(body: memoryview, parts: int) -> list[int]:
    """The sizes of the out-of-band buffers that follow this body."""
    return [length for length, _, memory, _ in _buffers(body, parts) if memory == _HERE]


def _buffers(body: memoryview, parts: int) -> list[tuple[int, int, int, int]]:
    told = [_PART.unpack_from(body, _PART.size * part)[1] for part in range(parts)]
    total = sum([count for count in told if count not in _KINDS])
    start = _PART.size * parts
    return [_BUFFER.unpack_from(body, start + _BUFFER.size * i) for i in range(total)]


class Chunk:
    """A received message's entries, rebuilt one by one as they are taken."""

    def __init__(self, body: memoryview, parts: int, buffers: Sequence[bytearray]) -> None:
        self._body = body
        self._table = [_PART.unpack_from(body, _PART.size * part) for part in range(parts)]
        self._table.reverse()
        here = iter(buffers)
        self._buffers: list[Any] = [
            next(here) if memory == _HERE else Placed(memory, slot, offset, length)
            for length, offset, memory, slot in (_buffers(body, parts) if any(self._table_buffers()) else ())
        ]
        self._at = _PART.size * parts + _BUFFER.size * len(self._buffers)
        self._run: list[Any] = []
        self._failed: Exception | None = None
        self.readonly = False
        """Large arrays can't be written to."""

    def _table_buffers(self) -> list[int]:
        return [buffers for _, buffers, _ in self._table if buffers not in _KINDS]

    def lease(self, lease: Callable[[Placed], memoryview]) -> None:
        """Get hold of the buffers that lie in shared memory: from now on they are given back when the entry,
        or this chunk, is forgotten.
        """
        self._buffers = [lease(b) if type(b) is Placed else b for b in self._buffers]

    def take_all(self) -> list[Any]:
        """All entries that are left, up to one that can't be rebuilt: `take` raises for that one."""
        entries: list[Any] = []
        try:
            while self._run or self._table:
                entries.append(self.take())
                if self._run:
                    self._run.reverse()
                    entries += self._run
                    self._run = []
        except Exception as error:  # noqa: BLE001
            self._failed = error
        return entries

    def take(self) -> Any:
        """The next entry. Whatever rebuilding it raises comes out; the next call gives the next entry."""
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        if self._run:
            return self._run.pop()
        count, buffers, length = self._table.pop()
        piece = self._body[self._at : self._at + length]
        self._at += length
        if count:
            self._run = _numbers(buffers, piece) if buffers in _KINDS else pickle.loads(piece)
            self._run.reverse()
            return self._run.pop()
        own, self._buffers = self._buffers[:buffers], self._buffers[buffers:]
        if self.readonly:
            own = [memoryview(buffer).toreadonly() for buffer in own]
        return pickle.loads(piece, buffers=own)


def _numbers(mark: int, piece: memoryview) -> list[Any]:
    found: array[Any] = array(_KINDS[mark])
    found.frombytes(piece)
    return found.tolist()
