"""What travels on a channel, as values. `frames` makes bytes of them; `channel` and `incoming` say when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Data:
    """Writer to reader: entries number `first` to `first + count - 1`; the first `lent` of them go on lent
    credit.
    """

    first: int
    count: int
    lent: int
    chunk: Any
    """Leaving: the list of packed entries. Arrived: a `codec.Chunk`."""
    marks: bytes = b""
    """How far the writer is done with its own inputs, where it may be restarted; `parts`: what of them these
    entries are.
    """
    parts: bytes = b""
    repeats: bytes = b""
    """What of these entries has been delivered behind the reader: they were another one's before."""


@dataclass(frozen=True, slots=True)
class End:
    """Writer to reader: nothing more will come, and everything sent before is acknowledged."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Reader to writer: everything before entry `done` is dealt with; `seconds` an entry takes here (0: not
    known).
    """

    done: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Want:
    """Writer to reader: an entry waits for credit."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Reader to writer: credit lent for `count` entries; it comes back when those are done, or by `Gave`."""

    count: int


@dataclass(frozen=True, slots=True)
class Gave:
    """Writer to reader: lent credit that was not needed."""

    count: int


@dataclass(frozen=True, slots=True)
class Close:
    """Reader to writer: I want no more; I took the entries before `taken`."""

    taken: int


@dataclass(frozen=True, slots=True)
class More:
    """Reader to writer: the stream has grown, `count` entries of it are the writer's for good."""

    count: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Writer to reader, with a descriptor: shared memory in which buffers of later messages lie."""

    memory: int


Message = Data | End | Ack | Want | Grant | Gave | Close | More | Shared
