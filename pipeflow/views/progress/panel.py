"""The panel: what is shown of a run at one moment, a row for each pipe. Pure: samples in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.runtime.report import Sample
from pipeflow.views.progress.outlook import Counts, done_part

WINDOW = 1.5
"""Seconds that rates and times are taken over."""
BOTTLENECK_BUSY = 0.5


class RunLike(Protocol):
    """What is needed of a run."""

    @property
    def plan(self) -> Plan:
        """What is run."""
        ...

    def readings(self) -> Mapping[Worker, Reading]:
        """What every worker's meter shows now."""
        ...


@dataclass(frozen=True)
class PanelRow:
    """A pipe at this moment.

    Attributes:
        name, kind, workers: as planned.
        taken: items so far; `total` how many there will be, where that is known.
        rate: items a second, lately.
        busy, waiting, blocked: parts of the time lately; what is missing to 1 went into sending.
        waiting_items: items in the streams in front of it; None where that can't be told.
        room: for how many there is room; None where it is sized automatically.
        over: all its workers have ended.
        bottleneck: it holds the others up, at the moment.
    """

    name: str
    kind: str
    workers: int
    taken: int
    total: int | None
    rate: float
    busy: float
    waiting: float
    blocked: float
    waiting_items: int | None
    room: int | None
    over: bool
    bottleneck: bool = False


@dataclass(frozen=True)
class Panel:
    """All pipes at this moment.

    Attributes:
        rows: in the order they were written.
        seconds: since the run began.
        done: part of the whole work that has been done; None where the sources don't say how much they make.
        left: seconds that are probably left; None where it can't be told.
        finished: the run is over.
    """

    rows: tuple[PanelRow, ...]
    seconds: float
    done: float | None = None
    left: float | None = None
    finished: bool = False


def panel(plan: Plan, samples: Sequence[Sample], *, finished: bool = False) -> Panel:
    """The panel of what was seen so far.

    Args:
        plan: what is run.
        samples: at least one.
        finished: the run is over: rates and times are those of the whole run.
    """
    now = samples[-1]
    before = samples[0] if finished else _earlier(samples)
    numbers = [n for n, stage in enumerate(plan.stages) if stage.pipe is not None]
    rows = [_row(plan, number, before, now) for number in numbers]
    if finished:  # a fast source may have been over before it was looked at for the first time
        rows = [replace(row, rate=row.taken / max(1e-9, now.seconds)) for row in rows]
    busiest = max(rows, key=lambda row: row.busy, default=None)
    if busiest is not None and busiest.busy >= BOTTLENECK_BUSY:
        rows = [replace(row, bottleneck=row is busiest) for row in rows]
    done = done_part(plan, {number: _counts(plan, number, now) for number in numbers})
    left = now.seconds * (1 - done) / done if done and done < 1 and not finished else None
    return Panel(tuple(rows), now.seconds, done, left, finished)


def _earlier(samples: Sequence[Sample]) -> Sample:
    """The latest sample that is old enough to compare with."""
    for sample in reversed(samples):
        if samples[-1].seconds - sample.seconds >= WINDOW:
            return sample
    return samples[0]


def _row(plan: Plan, number: int, before: Sample, now: Sample) -> PanelRow:
    stage = plan.stages[number]
    new, old = _readings(stage, number, now), _readings(stage, number, before)
    length = max(1e-9, now.seconds - before.seconds)
    whole = length * max(1, stage.replicas)
    taken = taken_by(stage, new)
    waiting_items, room = _waiting(plan, number, now)
    busy, waiting, blocked = (
        min(1.0, max(0.0, sum(getattr(r, way) for r in new) - sum(getattr(r, way) for r in old)) / whole)
        for way in ("busy", "waiting", "blocked")
    )
    return PanelRow(
        name=stage.name,
        kind=stage.kind,
        workers=stage.replicas,
        taken=taken,
        total=getattr(stage.pipe, "total", None),
        rate=max(0, taken - taken_by(stage, old)) / length,
        busy=busy,
        waiting=waiting,
        blocked=blocked,
        waiting_items=waiting_items,
        room=room,
        over=bool(new) and all(reading.state == "over" for reading in new),
    )


def _counts(plan: Plan, number: int, sample: Sample) -> Counts:
    stage = plan.stages[number]
    readings = _readings(stage, number, sample)
    return Counts(taken_by(stage, readings), sent_by(stage, readings))


def _readings(stage: StagePlan, number: int, sample: Sample) -> list[Reading]:
    workers = (Worker(number, replica) for replica in range(stage.replicas))
    return [sample.readings[worker] for worker in workers if worker in sample.readings]


def taken_by(stage: StagePlan, readings: Sequence[Reading]) -> int:
    """Items that a pipe's workers have taken."""
    if stage.kind == "Source":
        # A source may count only at its end; the number of the item in hand says how far it is.
        return sum(max(reading.taken, reading.item - 1) for reading in readings)
    return sum(reading.taken for reading in readings)


def sent_by(stage: StagePlan, readings: Sequence[Reading]) -> int:
    """Results that a pipe's workers have sent."""
    if stage.kind == "Source":
        return taken_by(stage, readings)
    return sum(reading.sent for reading in readings)


def _waiting(plan: Plan, number: int, sample: Sample) -> tuple[int | None, int | None]:
    """Items in front of a pipe: what was sent into its streams less what was taken from them."""
    inputs = plan.stages[number].inputs
    counts = [_in_stream(plan, port.stream, sample) for port in inputs]
    known = [count for count in counts if count is not None]
    if not inputs or len(known) < len(counts):
        return None, None
    sizes = [plan.streams[port.stream].capacity for port in inputs]
    given = [size for size in sizes if size is not None]
    return sum(known), sum(given) if len(given) == len(sizes) else None


def _in_stream(plan: Plan, number: int, sample: Sample) -> int | None:
    stream = plan.streams[number]
    sent = 0
    for writer in stream.writers:
        stage = plan.stages[writer]
        if not all(port.routes == ((),) for port in stage.outputs if port.stream == number):
            return None  # parts and branches: what goes where is not in the meters
        sent += sent_by(stage, _readings(stage, writer, sample))
    taken = 0
    for reader in stream.readers:
        stage = plan.stages[reader]
        if stage.pipe is None:
            return None
        taken += taken_by(stage, _readings(stage, reader, sample))
    return max(0, sent + len(stream.initial) - taken)
