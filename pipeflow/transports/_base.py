"""What a worker sees of the streams around it, whatever moves the entries: one `Endpoint`.

An entry is any Python object and is never looked into. The end of a stream is not an entry, so no value is
special.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol


class Signal(enum.Enum):
    """What `receive` returns in place of an entry; made here and never sent anywhere."""

    ENDED = "ended"
    WOKEN = "woken"


ENDED: Final = Signal.ENDED
WOKEN: Final = Signal.WOKEN
WAKE_PORT: Final = -1

State = Literal["waiting", "blocked", "busy"]
"""`waiting` for input, `blocked` on an output, `busy`: outside the endpoint."""

BLOCK_NOTICE: Final = 0.1
"""Seconds a call has been blocked before `on_block` is told."""


class Stopped(Exception):
    """The supervisor said stop (or is gone): whatever was in hand is to be put down."""


class Unpicklable(Exception):
    """An entry that can't leave its worker. Raised by `send` in the worker that made it; the cause is
    chained.
    """

    def __init__(self, entry_repr: str, cause: BaseException | None = None) -> None:
        super().__init__(entry_repr, cause)
        self.entry_repr = entry_repr
        self.__cause__ = cause

    def __str__(self) -> str:
        return f"{self.entry_repr} can't be pickled: {self.__cause__!r}"


class Unreadable(Exception):
    """An entry that arrived but can't be rebuilt. Raised by `receive`; the entry counts as read and must be
    `done`.
    """

    def __init__(self, port: int, cause: BaseException | None = None) -> None:
        super().__init__(port, cause)
        self.port = port
        self.__cause__ = cause

    def __str__(self) -> str:
        return f"an entry on input {self.port} can't be unpickled: {self.__cause__!r}"


@dataclass
class Written:
    """One output: every entry given to `send` is `written`; those no reader took are also `not_needed`."""

    written: int = 0
    not_needed: int = 0


@dataclass
class Read:
    """One input: every entry `receive` gave out is `read`. `discarded` is the worker's own count of those it
    dropped; `unread` are those of writers that died which had arrived when no more was wanted.
    """

    read: int = 0
    discarded: int = 0
    unread: int = 0


@dataclass
class Counts:
    """Plain numbers, readable from any thread at any time. Per stream, after a normal end: written = read +
    unread + not needed.
    """

    inputs: dict[int, Read] = field(default_factory=dict[int, Read])
    outputs: dict[int, Written] = field(default_factory=dict[int, Written])


class Endpoint(Protocol):
    """One worker's ends of all its streams. Used by one thread, except `wake`, `report` and the plain
    attributes.
    """

    commands: Callable[[object], None]
    """Called in the worker's thread, inside a call, with each message of the supervisor other than stop."""
    on_block: Callable[[State, int], None] | None
    """Called when a call has been blocked for over `BLOCK_NOTICE` seconds (state, output or -1), and with
    "busy" after.
    """
    on_wait: Callable[[State], None]
    """Called as soon as a call has to wait, and with "busy" after, under the endpoint's lock: for meters."""

    @property
    def counts(self) -> Counts:
        """What was written and read, by port."""
        ...

    @property
    def state(self) -> State:
        """What the worker is at, as the caller's view of the run shows it."""
        ...

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        """Block for the next entry of any of `ports` (default: all not ended): (port, entry).

        (port, ENDED) exactly once per port not closed, after all its writers ended and every entry was taken
        AND done: a writer ends only when all it sent is done, so a worker that keeps entries (a batch, a
        join) says `done` first. (-1, WOKEN) once after wake(). Raises Stopped, or Unreadable for one entry
        (the next call goes on after it).
        """
        ...

    def poll(self, ports: Collection[int] | None = None) -> bool:
        """Would `receive` return (or raise) now, without blocking?"""
        ...

    def done(self, port: int, ticket: int | None = None) -> None:
        """The oldest entry of `port` not yet done is dealt with, its results have been given to `send`. With
        the
        `ticket` of an entry: the oldest one of the same writer.
        """
        ...

    def ticket(self, port: int) -> int:
        """For `done` out of turn: names the writer of the entry that `port` received last."""
        ...

    def send(self, output: int, entry: Any) -> bool:
        """Give one entry to exactly one reader replica of `output`; blocks while the stream is full.

        False when every reader has closed the stream. Raises Unpicklable (the entry is then not written) or
        Stopped.
        """
        ...

    def close_input(self, port: int) -> None:
        """This reader wants no more from `port`. What it did not take counts as not needed; no ENDED will
        come.
        """
        ...

    def grow(self, port: int, capacity: int) -> None:
        """Let the stream that `port` reads hold `capacity` entries from now on, if it holds less. All its
        readers are told.
        """
        ...

    def wanted(self) -> bool:
        """False when every reader of every output has closed (and there is at least one output). Raises
        Stopped.
        """
        ...

    def arrived(self, port: int) -> int:
        """How many entries of `port` have arrived here and were not taken."""
        ...

    def underway(self, output: int) -> int:
        """How many entries given to `send` no reader is known to be done with."""
        ...

    def flush(self) -> None:
        """Push out what waits for company, as far as the readers have room. Does not block."""
        ...

    def finish(self) -> None:
        """No more results: end every output as soon as all that went there is done. (Not when all is: what
        is still underway on one may wait for the end of another.) Raises Stopped.
        """
        ...

    def wake(self) -> None:
        """From any thread: a blocked (or the next) `receive` returns (-1, WOKEN)."""
        ...

    def report(self, message: object) -> None:
        """From any thread: a small picklable message for the supervisor."""
        ...

    def close(self) -> None:
        """Give back descriptors and threads. Without `finish`, peers see an end of file."""
        ...
