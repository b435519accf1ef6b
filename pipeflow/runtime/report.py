"""RunReport: what a run did, pipe by pipe, and what it lost on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeflow.plan import Plan
from pipeflow.runtime.messages import Finished, Summary, Worker
from pipeflow.runtime.meter import Reading

BOTTLENECK_LOAD = 0.5
"""Below it nobody was busy enough to hold the others up."""


@dataclass(frozen=True)
class PipeReport:
    """One pipe's numbers, its workers added up.

    Attributes:
        name, kind, replicas: as planned.
        taken: items its functor was called with (a source: items it made).
        sent: results given to its streams.
        dropped: results that were None.
        ignored: items skipped because of an exception, by its name.
        retried: calls that were repeated.
        unpaired: items without a partner in a join.
        not_needed: results that readers which had finished no longer wanted.
        discarded: results for streams that nobody reads.
        busy, waiting, blocked: seconds in the functor, waiting for input, waiting for room, over all workers.
        load: part of the run that its workers were busy, on average; None where nothing was measured.
    """

    name: str
    kind: str
    replicas: int
    taken: int = 0
    sent: int = 0
    dropped: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict[str, int])
    retried: int = 0
    unpaired: int = 0
    not_needed: int = 0
    discarded: int = 0
    busy: float = 0.0
    waiting: float = 0.0
    blocked: float = 0.0
    load: float | None = None


@dataclass(frozen=True)
class RunReport:
    """What happened in a run.

    Attributes:
        pipes: one row for each pipe, in the order they were written.
        seconds: from the first worker's start to the last one's end.
        results: for each pipe whose functor's ``local_term`` returned something, what each worker returned.
        notes: what the planner and the runtime changed, and what was counted as lost.
        stopped: the run was ended before its sources were.
        engine: where it ran.
    """

    pipes: tuple[PipeReport, ...]
    seconds: float
    results: Mapping[str, list[Any]]
    notes: tuple[str, ...] = ()
    stopped: bool = False
    engine: str = "process"

    def __getitem__(self, name: str) -> PipeReport:
        """The row of the pipe `name`."""
        for pipe in self.pipes:
            if pipe.name == name:
                return pipe
        raise KeyError(name)

    @property
    def bottleneck(self) -> str | None:
        """The pipe that held the others up: the one whose workers were busy for most of the run.

        None when no pipe was busy for at least half of it: then the time went elsewhere.
        """
        busiest = max(self.pipes, key=lambda pipe: pipe.load or 0.0, default=None)
        return None if busiest is None or (busiest.load or 0.0) < BOTTLENECK_LOAD else busiest.name

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON and for logs."""
        rows = [{**vars(pipe), "ignored": dict(pipe.ignored)} for pipe in self.pipes]
        return {
            "engine": self.engine,
            "seconds": self.seconds,
            "stopped": self.stopped,
            "pipes": rows,
            "results": {name: list(values) for name, values in self.results.items()},
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        header = ("pipe", "workers", "taken", "sent", "busy", "waiting", "blocked", "")
        rows = [header, *(_row(pipe) for pipe in self.pipes)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = [
            "  ".join(
                cell.ljust(width) if column in (0, 7) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        ended = "stopped" if self.stopped else "finished"
        lines.append(f"{ended} in {self.seconds:.2f} s on engine '{self.engine}'")
        lines.extend(f"note: {note}" for note in self.notes)
        return "\n".join(lines)


def _row(pipe: PipeReport) -> tuple[str, ...]:
    spent = max(1e-9, pipe.busy + pipe.waiting + pipe.blocked)
    lost = [f"{count} {name} ignored" for name, count in pipe.ignored.items()]
    for count, word in (
        (pipe.dropped, "dropped"),
        (pipe.retried, "retried"),
        (pipe.unpaired, "without a partner"),
        (pipe.not_needed, "not needed"),
        (pipe.discarded, "discarded"),
    ):
        if count:
            lost.append(f"{count} {word}")
    return (
        pipe.name,
        str(pipe.replicas),
        str(pipe.taken),
        str(pipe.sent),
        *(f"{100 * part / spent:.0f} %" for part in (pipe.busy, pipe.waiting, pipe.blocked)),
        ", ".join(lost),
    )


def make_report(
    plan: Plan,
    summaries: Mapping[Worker, Summary],
    finished: Mapping[Worker, Finished],
    readings: Mapping[Worker, Reading],
    *,
    seconds: float,
    notes: tuple[str, ...] = (),
    stopped: bool = False,
    engine: str,
) -> RunReport:
    """Add the workers' numbers up."""
    pipes: list[PipeReport] = []
    results: dict[str, list[Any]] = {}
    for number, stage in enumerate(plan.stages):
        if stage.pipe is None:
            continue
        workers = [Worker(number, replica) for replica in range(stage.replicas)]
        parts = [summaries.get(worker, Summary()) for worker in workers]
        times = [readings[worker] for worker in workers if worker in readings]
        busy = sum(time.busy for time in times)
        ignored: dict[str, int] = {}
        for part in parts:
            for name, count in part.ignored.items():
                ignored[name] = ignored.get(name, 0) + count
        pipes.append(
            PipeReport(
                stage.name,
                stage.kind,
                stage.replicas,
                taken=sum(part.taken for part in parts),
                sent=sum(part.sent for part in parts),
                dropped=sum(part.dropped for part in parts),
                ignored=ignored,
                retried=sum(part.retried for part in parts),
                unpaired=sum(part.unpaired for part in parts),
                not_needed=sum(sum(part.not_needed.values()) for part in parts),
                discarded=sum(part.discarded for part in parts),
                busy=busy,
                waiting=sum(time.waiting for time in times),
                blocked=sum(time.blocked for time in times),
                load=busy / (stage.replicas * seconds) if times and seconds > 0 else None,
            )
        )
        returned = [finished[worker].result for worker in workers if worker in finished]
        if any(result is not None for result in returned):
            results[stage.name] = returned
    return RunReport(tuple(pipes), seconds, results, (*plan.notes, *notes), stopped, engine)


def lost_items(plan: Plan, summaries: Mapping[Worker, Summary]) -> list[str]:
    """For each stream on which more was written than was read or counted as not needed: what is missing."""
    written = dict.fromkeys(range(len(plan.streams)), 0)
    accounted = dict.fromkeys(range(len(plan.streams)), 0)
    for worker, summary in summaries.items():
        stage = plan.stages[worker.stage]
        for port, count in summary.written.items():
            number = stage.outputs[port].stream
            written[number] += count
            accounted[number] += summary.not_needed.get(port, 0)
        for port, count in summary.read.items():
            accounted[stage.inputs[port].stream] += count
    return [
        f"{count - accounted[number]} of {count} items on stream '{plan.streams[number].name}'"
        for number, count in written.items()
        if count != accounted[number]
    ]
