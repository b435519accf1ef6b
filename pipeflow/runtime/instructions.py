"""What the supervisor hears, and what it says: events of the run, and instructions to the engine."""

from __future__ import annotations

from dataclasses import dataclass

from pipeflow.runtime.messages import Worker

# ---------------------------------------------------------------- events


@dataclass(frozen=True)
class Reported:
    """A worker's message has arrived."""

    message: object


@dataclass(frozen=True)
class Gone:
    """A worker's process (or thread) has ended; everything it said has been reported before.

    Attributes:
        exitcode: negative for a signal; None where there is no process.
        item: number of the item it held, 0 for none.
        pid: its process.
        done: items it was done with.
        hand: (reader's end, number of the entry on that channel) it held, where it may be restarted;
            number 0: none. at: when, in seconds of a clock that only goes on.
    """

    worker: Worker
    exitcode: int | None = None
    item: int = 0
    pid: int | None = None
    hand: tuple[int, int] = (0, 0)
    at: float = 0.0
    done: int = 0


@dataclass(frozen=True)
class StopAsked:
    """The caller wants an end: `grace` seconds for workers to let go of their functors."""

    grace: float


@dataclass(frozen=True)
class TimeUp:
    """The timer of that name has run out."""

    timer: str


@dataclass(frozen=True)
class TellAsked:
    """The caller wants a worker to hear a command."""

    worker: Worker
    command: object


@dataclass(frozen=True)
class NotRespawned:
    """A worker could not be started again."""

    worker: Worker
    why: str


@dataclass(frozen=True)
class Overdue:
    """A worker has had an item in hand for longer than its pipe's `limit` of seconds."""

    worker: Worker
    item: int
    limit: float


@dataclass(frozen=True)
class KillAsked:
    """The caller will not wait any longer."""


# ---------------------------------------------------------------- instructions


@dataclass(frozen=True)
class Stop:
    """Ask these workers to stop."""

    workers: tuple[Worker, ...]


@dataclass(frozen=True)
class Terminate:
    """Send their processes SIGTERM."""

    workers: tuple[Worker, ...]


@dataclass(frozen=True)
class Kill:
    """Send their processes SIGKILL."""

    workers: tuple[Worker, ...]


@dataclass(frozen=True)
class Tell:
    """Send a worker a command."""

    worker: Worker
    command: object


@dataclass(frozen=True)
class Respawn:
    """Start a dead worker again; for each (old, new) number of a channel, connect it to the same neighbour.

    Without any, it is not needed: its writers have ended, and it had dealt with everything.
    """

    worker: Worker
    channels: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class SetTimer:
    """Report `TimeUp(timer)` in so many seconds; a later one of the same name replaces it."""

    timer: str
    seconds: float


@dataclass(frozen=True)
class Conclude:
    """Every worker is gone: the run is over."""


Instruction = Stop | Terminate | Kill | Tell | Respawn | SetTimer | Conclude
