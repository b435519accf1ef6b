"""What workers tell the supervisor, and what it tells them. Small, frozen, picklable."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, cast


class Worker(NamedTuple):
    """A worker's identity: its stage's number in the plan, and which of the stage's workers it is."""

    stage: int
    replica: int


@dataclass(frozen=True)
class Failure:
    """Why a worker can't go on.

    Attributes:
        worker: who failed; `pid` its process, None where it has none of its own.
        during: what it was doing: "run", "local_init", "local_term", "finish", "send", "receive".
        item: number of the item in hand, from 1; None when none was.
        item_repr: its cut ``repr``.
        kind, text: the exception's type name and message.
        traceback: as text, as it was in the worker.
        pickled: the exception itself, where it survives a round trip; else None.
        pipe: which pipe, where the worker runs several.
    """

    worker: Worker
    pid: int | None
    during: str
    item: int | None
    item_repr: str | None
    kind: str
    text: str
    traceback: str
    pickled: bytes | None = None
    pipe: str | None = None


@dataclass(frozen=True)
class Summary:
    """One worker's numbers when it ended.

    Attributes:
        taken: inputs the functor was called with (for a source: items it made).
        sent: results given to the streams, dropped ones not counted.
        dropped: results that were None.
        ignored: items skipped because of an ignored exception, by exception name.
        retried: calls that were repeated.
        failed_items: items that went to the dead letters.
        unpaired: items that found no partner in a join.
        early: entries that waited for one before them beyond their stream's bound, at most.
        discarded: results for streams that nobody reads (documented classes).
        read, written, not_needed: entries by port number, as the endpoint counted them.
        unread: by input port: entries of writers that died, arrived when the worker wanted no more.
        cut_off: by input port: entries that had arrived when the worker wanted no more.
        fused: of a worker that runs several pipes: each pipe's own numbers.
    """

    taken: int = 0
    sent: int = 0
    dropped: int = 0
    ignored: dict[str, int] = field(default_factory=dict[str, int])
    retried: int = 0
    failed_items: int = 0
    unpaired: int = 0
    early: int = 0
    discarded: int = 0
    read: dict[int, int] = field(default_factory=dict[int, int])
    written: dict[int, int] = field(default_factory=dict[int, int])
    not_needed: dict[int, int] = field(default_factory=dict[int, int])
    unread: dict[int, int] = field(default_factory=dict[int, int])
    cut_off: dict[int, int] = field(default_factory=dict[int, int])
    fused: tuple[Summary, ...] = ()


def added(one: Summary, other: Summary) -> Summary:
    """The numbers of both."""
    return Summary(**{f.name: _sum(getattr(one, f.name), getattr(other, f.name)) for f in fields(Summary)})


def _sum(one: Any, other: Any) -> Any:
    if not isinstance(one, dict):
        return one + other
    mine, theirs = cast("dict[Any, int]", one), cast("dict[Any, int]", other)
    return {key: mine.get(key, 0) + theirs.get(key, 0) for key in {**mine, **theirs}}


@dataclass(frozen=True)
class Finished:
    """A worker ended normally: its input ended, or it was stopped (`stopped`) and has let
    go of its functor.
    """

    worker: Worker
    summary: Summary
    result: Any = None
    stopped: bool = False


@dataclass(frozen=True)
class Failed:
    """A worker ended with a failure; it takes and sends nothing more."""

    failure: Failure
    summary: Summary


@dataclass(frozen=True)
class Idle:
    """A worker of a loop waits for input and nothing from outside the loop will come any more.

    `sent` and `taken` count the entries on streams inside the loop: the loop is over when all its workers are
    idle and everything sent was taken. `probe` is the number of the `Probe` it answers, 0 when it was not
    asked.
    """

    worker: Worker
    sent: int
    taken: int
    probe: int = 0


@dataclass(frozen=True)
class Busy:
    """A worker that had said `Idle` has received something."""

    worker: Worker


@dataclass(frozen=True)
class Blocked:
    """A worker has been waiting for long: on `stream` it can't write to, or (None) for
    input; or it got free. `draining`: it has no more to write, and waits until all of the stream is read.
    """

    worker: Worker
    stream: int | None
    free: bool = False
    draining: bool = False


@dataclass(frozen=True)
class Moved:
    """What became of an item, where a plan traces items: "in", "out" or "skipped", and the values as text."""

    worker: Worker
    how: str
    text: str


@dataclass(frozen=True)
class StreamUse:
    """How one end of a traced stream was used since the worker's last report of it.

    Attributes:
        stream: its number; `writing` which end.
        items: how many were read or written, `seconds` how long those calls took.
        fill: items that were waiting in the stream, as far as this end can see.
    """

    worker: Worker
    stream: int
    writing: bool
    items: int
    seconds: float
    fill: int


# ---------------------------------------------------------------- supervisor to worker


@dataclass(frozen=True)
class EndInput:
    """Treat your inputs as ended: those of your loop, in which nothing is in flight (`loop_only`), or all."""

    loop_only: bool = True


@dataclass(frozen=True)
class Probe:
    """Say once more whether you are idle: reports of different workers may be of different moments."""

    number: int


@dataclass(frozen=True)
class Grow:
    """Let one of your input streams hold more items: it is full and everybody waits."""

    port: int
    capacity: int
