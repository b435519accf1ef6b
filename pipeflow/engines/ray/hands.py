"""Workers as the coordinator knows them from their answers, and how fast a pipe's are. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from pipeflow.engines.ray.orders import SLICE, Order, Status
from pipeflow.engines.ray.streams import Range, Stream
from pipeflow.plan import StagePlan
from pipeflow.runtime.messages import Summary, Worker


@dataclass
class Given:
    """An order underway."""

    order: Order
    parts: list[tuple[int, Range]]
    reserved: dict[int, int]


@dataclass
class Hand:
    """One worker as it is known from its answers.

    Attributes:
        fresh: it comes in place of a dead one, and is first asked whether it is there: an order that it never
            got can't have ended it.
    """

    worker: Worker
    stage: StagePlan
    inputs: list[Stream]
    outputs: list[Stream | None]
    given: deque[Given] = field(default_factory=deque["Given"])
    commands: list[object] = field(default_factory=list[object])
    started: bool = False
    fresh: bool = False
    idle: bool = False
    over: bool = False
    cut_short: bool = False
    leaving: bool = False
    closed: set[int] = field(default_factory=set[int])
    announced: set[int] = field(default_factory=set[int])
    accepts: tuple[int, ...] | None = None
    blocked_on: Stream | None = None
    since: float = 0.0
    told: bool = False
    done: Summary = field(default_factory=Summary)
    meter: tuple[int, ...] = ()
    pid: int | None = None


@dataclass
class Pace:
    """How fast a pipe's workers are."""

    seconds: float | None = None
    largest: int = 1

    def limit(self) -> int:
        """How many entries make an order."""
        if self.seconds is None:
            return self.largest
        return max(1, min(2 * self.largest, int(SLICE / 2 / max(self.seconds, 1e-9))))

    def learn(self, status: Status) -> None:
        """From an answer."""
        if status.items:
            each = status.seconds / status.items
            self.seconds = each if self.seconds is None else 0.5 * self.seconds + 0.5 * each
            self.largest = max(self.largest, status.items)


def refused(hand: Hand) -> frozenset[int]:
    """Outputs that nobody reads any more."""
    return frozenset(n for n, stream in enumerate(hand.outputs) if stream is not None and stream.refused)


def all_outputs(hand: Hand) -> frozenset[int]:
    """As if nobody read any of them."""
    return frozenset(range(len(hand.outputs)))
