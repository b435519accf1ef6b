"""What a replica is told to do, and what it answers. Small and picklable; batches travel beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pipeflow.runtime.messages import Summary

ENDLESS: Final = 1 << 30
SLICE: Final = 0.05
"""Seconds an order may take before it returns what it has; the rest of its entries goes on later."""
LARGEST_BATCH: Final = 8192
"""Entries of one batch, whatever their size."""
BATCH_BYTES: Final = 1 << 20
"""A batch is closed when it has so many bytes."""


class Part(NamedTuple):
    """Entries `start` to `stop` of a batch that an input receives; the batch is the order's `at`-th.

    Attributes:
        port: which input.
        batch: the batch's number, by which a replica knows one that it has opened before.
        writer: who made it, a number within its stream.
    """

    port: int
    batch: int
    start: int
    stop: int
    writer: int


@dataclass(frozen=True)
class Order:
    """One task of a replica.

    Attributes:
        parts: entries for its inputs, one batch each, in this order.
        room: by output, how many entries may be sent.
        ended: inputs on which nothing more will come.
        refused: outputs that nobody reads any more.
        commands: of the supervisor.
        resumes: the replica's last order was cut short, and this one goes on with what was left.
        whole: deal with all parts, however long it takes.
        blocked: the replica has been waiting for room, not for input.
        leave: let go of the functor.
        ping: only answer.
    """

    parts: tuple[Part, ...] = ()
    room: dict[int, int] = field(default_factory=dict[int, int])
    ended: tuple[int, ...] = ()
    refused: frozenset[int] = frozenset()
    commands: tuple[object, ...] = ()
    resumes: bool = False
    whole: bool = False
    blocked: bool = False
    leave: bool = False
    ping: bool = False


@dataclass(frozen=True)
class Status:
    """How an order went.

    Attributes:
        done: for each part, how many of its entries were received.
        sent: by output, entries in the batch; `sizes` its bytes.
        over: the worker has ended; `idle`: it can do nothing without a further entry.
        closed: inputs of which nothing more is wanted.
        accepts: inputs of which entries are wanted now.
        held: (input, writer, count) of entries received that are not done with.
        work: what this order adds to the worker's numbers.
        reports: what the worker tells the supervisor, each pickled.
        meter: the worker's meter.
        seconds: time in the worker's own code for this order, `items` the inputs (or results of a source).
        pid: its process.
        refused_order: nothing was done, for the order before was cut short; `ping`: that was all.
    """

    done: tuple[int, ...] = ()
    sent: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
    over: bool = False
    idle: bool = True
    closed: tuple[int, ...] = ()
    accepts: tuple[int, ...] = ()
    held: tuple[tuple[int, int, int], ...] = ()
    work: Summary = field(default_factory=Summary)
    reports: tuple[bytes, ...] = ()
    meter: tuple[int, ...] = ()
    seconds: float = 0.0
    items: int = 0
    pid: int = 0
    refused_order: bool = False
    ping: bool = False


Sealed = list[Any]
