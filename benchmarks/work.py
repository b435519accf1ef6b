"""What a contender is given: a source, functions, a fold; and what it must give back: a checksum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Chain:
    """A straight pipeline.

    Attributes:
        items: makes the items.
        stages: functions, one pipe each.
        fold: takes each result, gives a number; their sum is the checksum.
        workers: replicas of every stage.
        buffer: items in a stream; None for each library's default.
    """

    items: Callable[[], Iterable[Any]]
    stages: tuple[Callable[[Any], Any], ...]
    fold: Callable[[Any], float]
    workers: int = 1
    buffer: int | None = None

    def composed(self, item: Any) -> Any:
        """All stages at once, for libraries that have only one."""
        for stage in self.stages:
            item = stage(item)
        return item


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
        peer: module of `benchmarks.peers`; its function `call` gets the chain and the options.
        part: how much of the work it is given (slow ones get less: times are compared per item).
    """

    peer: str
    call: str = "run"
    part: float = 1.0
    buffer: int | None = None
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Target:
    """`contender` is to be at least `ratio` times as fast as `peer`."""

    contender: str
    peer: str
    ratio: float


@dataclass(frozen=True)
class Workload:
    """One group of rows of the table.

    Attributes:
        title: what is done.
        chain: the work, of so many items.
        items: how many there are in a whole one.
        contenders: by name.
        checksum: what so many items must give.
        targets: who is to beat whom, by how much.
        memory: the peak of the whole process tree is measured too.
        less_memory: this contender's peak is to be no higher than that of the other.
        tuned: every contender has glibc keep large freed blocks, as pipeflow's workers do by themselves.
        limit: seconds for all the items, of the first contender.
    """

    title: str
    chain: Callable[[int], Chain]
    items: int
    contenders: dict[str, Contender]
    checksum: Callable[[int], float]
    targets: tuple[Target, ...] = ()
    memory: bool = False
    less_memory: tuple[str, str] | None = None
    tuned: bool = False
    limit: float = 0.0


class Fold:
    """A sink's functor, for libraries whose sinks are objects: sums what `fold` says of each item."""

    def __init__(self, fold: Callable[[Any], float]) -> None:
        self.fold = fold

    def local_init(self) -> None:
        """In the worker, before the first item."""
        self.total = 0.0

    def run(self, item: Any) -> None:
        """One item."""
        self.total += self.fold(item)

    def local_term(self) -> float:
        """In the worker, after the last item."""
        return self.total
