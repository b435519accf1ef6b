"""What a micro-batch holds: a list of entries, each as it was when it was sent.

Ray serialises a task's results once, when the task has returned; by then a functor may have used its list or
array again. So an entry is pickled when it is sent, unless it can't change. Large buffers are not copied for
that: their batch is closed, and the task returns before any other code of the user's runs.
"""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from pipeflow.runtime.guard import cut_repr
from pipeflow.transports import Unpicklable, values

HEAVY: Final = 256 << 10
"""Bytes of buffers from which an entry closes its batch."""
_ASIDE: Final = 4096
"""Buffers from this size on travel outside the pickle."""
_SHORT: Final = 4096
_unnamed: weakref.WeakSet[Any] = weakref.WeakSet()
"""Types that no name leads to."""
_ATOMS: Final = frozenset({int, float, complex, bool, type(None)})


class Packed(NamedTuple):
    """An entry that could change: its pickle, and its large buffers."""

    body: bytes
    buffers: tuple[Any, ...] = ()


def pack(entry: Any, *, by_value: bool = False) -> tuple[Any, int]:
    """(what stands for the entry in a batch, its size in bytes). Buffers of heavy ones are not copied yet.

    Args:
        entry: whatever is sent.
        by_value: what the script defines travels as it is, for this process is the one that runs the script.

    Raises:
        Unpicklable: the entry can't leave its worker.
    """
    kind: Any = type(entry)  # pyright: ignore[reportUnknownVariableType]
    if kind in _ATOMS:
        return entry, 8
    if (kind is str or kind is bytes) and len(entry) < _SHORT:
        return entry, 8 + len(entry)
    aside: list[memoryview] = []
    frozen = False

    def keep(buffer: pickle.PickleBuffer) -> bool:
        nonlocal frozen
        view = buffer.raw()
        frozen = frozen or view.readonly
        if view.nbytes < _ASIDE:
            return True
        aside.append(view)
        return False

    dumps: Any = values.dumps if by_value or kind in _unnamed else pickle.dumps
    try:
        try:
            body = dumps(entry, 5, buffer_callback=keep)
        except Exception:
            if dumps is not pickle.dumps:
                raise
            aside.clear()
            dumps, body = values.dumps, values.dumps(entry, 5, buffer_callback=keep)
            if kind.__module__ != "builtins":
                _unnamed.add(kind)
        if frozen:  # the older protocol, by which arrays arrive writable
            with suppress(Exception):
                body, aside = dumps(entry, 4), []
    except Exception as error:
        raise Unpicklable(cut_repr(entry), error) from error
    size = sum(view.nbytes for view in aside)
    packed = Packed(body, tuple(aside))
    return (packed if size >= HEAVY else copied(packed)), 32 + len(body) + size


def copied(packed: Any) -> Any:
    """The same with buffers of its own."""
    return Packed(packed.body, tuple(map(bytes, packed.buffers))) if isinstance(packed, Packed) else packed


def sealed(entries: Sequence[Any]) -> list[Any]:
    """The batch as a task returns it: its pickle, then the buffers as they are, which Ray copies once."""
    if Packed in set(map(type, entries)):
        entries = [_lent(entry) if isinstance(entry, Packed) else entry for entry in entries]
    buffers: list[pickle.PickleBuffer] = []
    return [pickle.dumps(entries, 5, buffer_callback=buffers.append), *buffers]


def _lent(packed: Packed) -> Packed:
    return Packed(packed.body, tuple(map(pickle.PickleBuffer, packed.buffers)))


def unsealed(batch: Sequence[Any]) -> list[Any]:
    """The entries of a sealed batch, each to be `opened`."""
    entries: list[Any] = pickle.loads(batch[0], buffers=batch[1:])
    return entries


def all_opened(entries: list[Any], *, readonly: bool = False) -> list[Any]:
    """Entries as `opened` gives them, up to one that can't be rebuilt."""
    if Packed not in set(map(type, entries)):
        return entries
    found: list[Any] = []
    with suppress(Exception):
        for entry in entries:
            found.append(opened(entry, readonly=readonly))  # noqa: PERF401 - what is there stays there
    return found


def opened(entry: Any, *, readonly: bool = False) -> Any:
    """The entry itself: with buffers of its own, that can be written to, unless `readonly`.

    Whatever rebuilding it raises comes out.
    """
    if not isinstance(entry, Packed):
        return entry
    buffers: Any = entry.buffers if readonly else map(bytearray, entry.buffers)
    return pickle.loads(entry.body, buffers=buffers)
