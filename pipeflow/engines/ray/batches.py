"""What a micro-batch holds: a list of entries, each as it was when it was sent.

Ray serialises a task's results once, when the task has returned; by then a functor may have used its list or
array again. So an entry is pickled when it is sent, as for processes, unless it can't change. Large buffers
are not copied for that: their batch is closed, and the task returns before any other code of the user's runs.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from pipeflow.transports import codec
from pipeflow.transports.codec import Packed

HEAVY: Final = 256 << 10
"""Bytes from which an entry closes its batch, and a buffer is not copied yet."""


class Enclosed(NamedTuple):
    """A pickled entry within a batch."""

    body: bytes
    buffers: tuple[Any, ...]


def pack(entry: Any, *, by_value: bool = False) -> tuple[Any, int]:
    """(what stands for the entry in a batch, its size in bytes). Large buffers are not copied yet.

    Args:
        entry: whatever is sent.
        by_value: what the script defines travels as it is, for this process is the one that runs the script.

    Raises:
        Unpicklable: the entry can't leave its worker.
    """
    return codec.pack(entry, by_value, HEAVY)


def copied(packed: Any) -> Any:
    """The same with buffers of its own."""
    return Packed(packed.pickle, tuple(map(bytes, packed.buffers))) if type(packed) is Packed else packed


def sealed(entries: Sequence[Any]) -> list[Any]:
    """The batch as a task returns it: its pickle, then the buffers as they are, which Ray copies once."""
    if Packed in set(map(type, entries)):
        entries = [_enclosed(entry) if type(entry) is Packed else entry for entry in entries]
    buffers: list[pickle.PickleBuffer] = []
    return [pickle.dumps(entries, 5, buffer_callback=buffers.append), *buffers]


def _enclosed(packed: Any) -> Enclosed:
    return Enclosed(packed.pickle, tuple(map(pickle.PickleBuffer, packed.buffers)))


def unsealed(batch: Sequence[Any]) -> list[Any]:
    """The entries of a sealed batch, each to be `opened`."""
    entries: list[Any] = pickle.loads(batch[0], buffers=batch[1:])
    return entries


def all_opened(entries: list[Any], *, readonly: bool = False) -> list[Any]:
    """Entries as `opened` gives them, up to one that can't be rebuilt."""
    if Enclosed not in set(map(type, entries)):
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
    if type(entry) is not Enclosed:
        return entry
    buffers: Any = entry.buffers if readonly else map(bytearray, entry.buffers)
    return pickle.loads(entry.body, buffers=buffers)
