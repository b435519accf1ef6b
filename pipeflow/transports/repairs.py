"""What is said when a worker has died and is to be replaced: peers report what they have of it, the
supervisor tells them what to send again and whom to forget.

    writer ends  ->  Through
    worker dies  ->  every peer: Eof  ->  NewLane, NewSource (with their descriptors), Requeue, Forget
                 ->  writers: Requeued, Resent     readers: Clear

An entry is delivered once, for the marks and parts in what a dead worker has sent say how far it had come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeflow.transports.parts import Part, Run
from pipeflow.transports.wiring import Channel

# ---------------------------------------------------------------- worker to supervisor


@dataclass(frozen=True)
class Eof:
    """A peer has closed its end of a channel.

    Attributes:
        end: this worker's end of the channel.
        died: it had neither ended the channel nor was it closed.
        got: where it is the reader's: entries that had arrived on its `port`; `marks` of the last of them,
            and the `parts` that these don't cover.
    """

    end: int
    died: bool = True
    got: int = 0
    marks: bytes = b""
    parts: tuple[Run, ...] = ()
    port: int = 0


@dataclass(frozen=True)
class Requeued:
    """A writer has taken back what its dead reader was not done with: `count` entries; `done` it was done
    with.

    `poison`: the entry in its hand had ended a worker before; `entry` is that one, where it is plain data.
    `marks` and `parts`: of a writer that may be restarted itself, all that is out, for what the dead reader
    knew of that is gone.
    """

    end: int
    done: int
    count: int
    poison: bool = False
    entry: Any = None
    marks: bytes = b""
    parts: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Resent:
    """All that was taken back (last from the channel of `end`) is in sockets again."""

    end: int


@dataclass(frozen=True)
class Through:
    """A writer has come to its end: the reader of this channel, which may still die, is done with so many of
    its entries.
    """

    end: int
    done: int


@dataclass(frozen=True)
class Clear:
    """A reader is done with all that a dead writer had sent it."""

    end: int


# ---------------------------------------------------------------- supervisor to worker


@dataclass(frozen=True)
class Requeue:
    """To a writer: take back what lies beyond the first `upto` entries; number `suspect` was in hand (0:
    none). Later ones that are `done` too don't come again, and of others some parts have been delivered.
    """

    end: int
    upto: int
    suspect: int
    done: frozenset[int] = frozenset()
    partly: Mapping[int, frozenset[Part]] = field(default_factory=dict[int, frozenset[Part]])


@dataclass(frozen=True)
class Forget:
    """To a reader: nothing more will come on this channel, and nothing is missing; a new one may take its
    place.
    """

    end: int
    replaced: bool


@dataclass(frozen=True)
class Unwanted:
    """To a writer: the reader at the other end of this new channel had come to its end meanwhile. It took so
    many entries and needs no others.
    """

    end: int
    taken: int


@dataclass(frozen=True)
class NewLane:
    """To a writer, with a descriptor: one more reader of this output."""

    output: int
    channel: Channel


@dataclass(frozen=True)
class NewSource:
    """To a reader, with a descriptor: one more writer of this port."""

    port: int
    channel: Channel


Repair = Requeue | Forget | Unwanted | NewLane | NewSource
