"""What a plan says. Frozen and picklable; workers import this and nothing of how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeflow.pipes import Pipe
from pipeflow.places import Place
from pipeflow.routes import Route


@dataclass(frozen=True)
class StreamPlan:
    """A bounded stream between stages.

    Attributes:
        name: unique in the plan.
        capacity: items that may wait in it; None: 3, or more while they fit in 4 MiB.
        at_least: where the capacity is None, items that must fit whatever their size.
        writers, readers: numbers of stages; several readers compete.
        tagged: entries are ``(origin, value)``, or ``(origin,)`` for a dropped item, so that a join can pair.
        sequenced: entries carry their number in the stream, so that order can be restored.
        initial: items that are in it before anything runs.
        discards: nobody reads it; what is written is counted and dropped.
    """

    name: str
    capacity: int | None
    writers: tuple[int, ...]
    readers: tuple[int, ...]
    tagged: bool = False
    sequenced: bool = False
    initial: tuple[Any, ...] = ()
    discards: bool = False
    at_least: int = 0


@dataclass(frozen=True)
class InputPlan:
    """One input of a stage.

    Attributes:
        stream: number of the stream it reads.
        arguments: positions of the functor's arguments that its items fill.
        spread: each item is a tuple of arguments (it comes from a Join).
        in_loop: the stream comes round again from this stage.
        reorder: the stage restores the order of the sequence; `holds`: what waits for its turn still counts
            as in the stream, so the stream's bound holds for it too.
    """

    stream: int
    arguments: tuple[int, ...] = (0,)
    spread: bool = False
    in_loop: bool = False
    reorder: bool = False
    holds: bool = False


@dataclass(frozen=True)
class OutputPlan:
    """One output of a stage: a stream, and the parts of the value that go there."""

    stream: int
    routes: tuple[Route, ...] = ((),)


@dataclass(frozen=True)
class Owed:
    """What a stage may not leave out, because results are counted behind it.

    Attributes:
        counter: name of the pipe that counts; `join` of the one that pairs by these counts.
        whole: no result may be None.
        outputs: numbers of the outputs that get a part of every result.
    """

    counter: str
    join: str
    whole: bool
    outputs: frozenset[int]


@dataclass(frozen=True)
class StagePlan:
    """A pipe's workers and what they are joined to.

    Attributes:
        name: the pipe's unique name.
        pipe: its description; None for the caller, who takes the items of an iteration.
        replicas: how many workers.
        inputs, outputs: by port number.
        pairing: "" with one input, else "origin", "key" or "arrival".
        keys: the functions that give each input's key.
        waiting: how many items of one input may wait for partners, by key.
        numbers: its results get numbers for joins further down: "" no (they keep their input's), "index" 0,
            1,
            2, ... that mean the same for other pipes, "own" numbers that name this worker's items alone.
        loop: number of the loop it is in, None outside loops; `ends_loop`: its inputs are where the loop
        ends.
        hosted: the caller's process runs it in a thread (started generators, other iterators).
        any_parts: a value for several outputs may be any iterable (documented classes), not a tuple or list
            alone.
        owed: what it may not leave out; None where it may leave out what it likes.
        fused: the stages it was made of, in order: their pipes run one after the other in its worker.
    """

    name: str
    pipe: Pipe | None
    replicas: int = 1
    inputs: tuple[InputPlan, ...] = ()
    outputs: tuple[OutputPlan, ...] = ()
    pairing: str = ""
    keys: Any = None
    waiting: int = 0
    numbers: str = ""
    loop: int | None = None
    ends_loop: bool = False
    hosted: bool = False
    any_parts: bool = False
    owed: Owed | None = None
    fused: tuple[StagePlan, ...] = ()

    @property
    def kind(self) -> str:
        """The pipe's kind; "caller" for the consumer of an iteration."""
        return "caller" if self.pipe is None else self.pipe.kind

    def place_of(self, name: str) -> Place | None:
        """Where the pipe called `name` was made, of those that run here; None when nobody knows."""
        named = next((each for each in self.fused if each.name == name), self)
        place = None if named.pipe is None else named.pipe.place
        return place if place is not None and (place.file or place.cell is not None) else None


@dataclass(frozen=True)
class Tracing:
    """What workers are to say about their items while they work, for logs.

    Attributes:
        streams: numbers of the streams whose reads and writes are timed.
        items: every input and every result.
        skips: every item that an ignored exception has skipped.
    """

    streams: frozenset[int] = frozenset()
    items: bool = False
    skips: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything an engine needs to run a graph."""

    stages: tuple[StagePlan, ...]
    streams: tuple[StreamPlan, ...]
    notes: tuple[str, ...] = ()
    tracing: Tracing = Tracing()

    @property
    def caller(self) -> int | None:
        """The stage that is the caller's ``for`` loop, if the plan has one."""
        return next((number for number, stage in enumerate(self.stages) if stage.pipe is None), None)

    def workers(self) -> Iterator[tuple[int, int]]:
        """Every worker as (stage, replica)."""
        for number, stage in enumerate(self.stages):
            for replica in range(stage.replicas):
                yield number, replica

    def __str__(self) -> str:
        lines = [f"{sum(s.replicas for s in self.stages)} workers, {len(self.streams)} streams"]
        for stage in self.stages:
            into = ", ".join(self._shown(port.stream) for port in stage.inputs) or "-"
            out = ", ".join(self.streams[port.stream].name for port in stage.outputs) or "-"
            count = f" x {stage.replicas}" if stage.replicas > 1 else ""
            kind = f"{len(stage.fused)} fused" if stage.fused else stage.kind
            lines.append(f"  {stage.name}{count} ({kind}): {into}  =>  {out}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _shown(self, number: int) -> str:
        stream = self.streams[number]
        automatic = f"auto, at least {stream.at_least}" if stream.at_least else "auto"
        return f"{stream.name} [{automatic if stream.capacity is None else stream.capacity}]"
