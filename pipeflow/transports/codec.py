"""Entries to bytes and back. `pack` runs in the worker that made the entry, `Chunk.take` in the one that
receives it.

An entry is pickled when it is sent, on its own, so that nothing done to it later is seen, two entries never
share an object, and one that can't be rebuilt costs no other. The exception pays for itself: exact ints,
floats, short strings and the like can't change and can't fail, so a run of them is pickled as one list when
the chunk leaves.

Large buffers travel outside the pickle (protocol 5) and arrive in fresh memory of their own, writable.
"""

from __future__ import annotations

import pickle
import struct
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pipeflow.transports import values
from pipeflow.transports._base import Unpicklable

OUT_OF_BAND: Final = 4096
"""Buffers from this size on travel outside the pickle."""
SHORT: Final = 4096
_ATOMS: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
_PART: Final = struct.Struct("<IIQ")
"""Entries in a run of atoms (0: one entry by itself), out-of-band buffers, bytes of pickle."""
_LENGTH: Final = struct.Struct("<Q")

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Packed:
    """One entry, pickled."""

    pickle: bytes
    buffers: tuple[bytes, ...]


def pack(entry: Any, by_value: bool = False) -> tuple[Any, int]:
    """(what stands in for the entry in a chunk, its size in bytes). Raises Unpicklable.

    With `by_value`, classes and functions of the script that was started travel as they are: the reader has
    not
    imported it.
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
    packed = _pickle(entry, by_value)
    return packed, 32 + len(packed.pickle) + sum(map(len, packed.buffers))


def _pickle(entry: Any, by_value: bool) -> Packed:
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
    return Packed(body, tuple(map(bytes, taken)))


_local: weakref.WeakSet[Any] = weakref.WeakSet()
"""Types that can't be pickled by reference."""


def _second_try(entry: Any, aside: Callable[[pickle.PickleBuffer], bool], first: Exception) -> bytes:
    try:
        return values.dumps_unknown(entry, 5, buffer_callback=aside)
    except Exception:  # noqa: BLE001
        raise Unpicklable(_short(entry), first) from first


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
    lengths: list[bytes] = []
    pickles: list[Buffer] = []
    buffers: list[Buffer] = []
    run: list[Any] = []

    def end_run() -> None:
        if run:
            pickles.append(pickle.dumps(run, 5))
            table.append(_PART.pack(len(run), 0, len(pickles[-1])))
            run.clear()

    if Packed not in set(map(type, chunk)):
        run, chunk = list(chunk), ()  # the frequent case: atoms alone
    for item in chunk:
        if type(item) is not Packed:
            run.append(item)
            continue
        end_run()
        pickles.append(item.pickle)
        buffers.extend(item.buffers)
        lengths.extend(_LENGTH.pack(len(buffer)) for buffer in item.buffers)
        table.append(_PART.pack(0, len(item.buffers), len(item.pickle)))
    end_run()
    return len(table), [b"".join(table + lengths), *pickles], buffers


def buffer_lengths(body: memoryview, parts: int) -> list[int]:
    """The sizes of the out-of-band buffers that follow this body."""
    total = sum(_PART.unpack_from(body, _PART.size * part)[1] for part in range(parts))
    start = _PART.size * parts
    return [_LENGTH.unpack_from(body, start + _LENGTH.size * i)[0] for i in range(total)]


class Chunk:
    """A received message's entries, rebuilt one by one as they are taken."""

    def __init__(self, body: memoryview, parts: int, buffers: Sequence[bytearray]) -> None:
        self._body = body
        self._buffers = list(buffers)
        self._table = [_PART.unpack_from(body, _PART.size * part) for part in range(parts)]
        self._table.reverse()
        self._at = _PART.size * parts + _LENGTH.size * len(buffers)
        self._run: list[Any] = []
        self._failed: Exception | None = None

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
        own, self._buffers = self._buffers[:buffers], self._buffers[buffers:]
        if not count:
            return pickle.loads(piece, buffers=own)
        self._run = pickle.loads(piece)
        self._run.reverse()
        return self._run.pop()
