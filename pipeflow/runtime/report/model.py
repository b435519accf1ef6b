"""The numbers of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from os import PathLike
from typing import TYPE_CHECKING, Any

from pipeflow.runtime.report.samples import Sample

if TYPE_CHECKING:
    from pipeflow.runtime.report.timeline import Timeline

BOTTLENECK_LOAD = 0.5
"""Below it nobody was busy enough to hold the others up."""
SHARED_THREAD_LOAD = 0.25
"""The same where all pipes share one thread, and so divide its time among them."""


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
        dead_letters: failed items that went to the pipe behind it (``.errors``).
        unpaired: items without a partner in a join.
        not_needed: results that readers which had finished no longer wanted.
        discarded: results for streams that nobody reads.
        busy, waiting, blocked: seconds in the functor (with several in flight: the part in use) and in
            packing results, waiting for input, waiting for room, over all workers.
        load: part of the time that its workers were busy, on average, from the first sign of work in the run
            to the last; None where nothing was measured.
        concurrency: items that one worker may have in flight; over 1 only for ``async def`` functors.
        fixed: why it can't have several workers; empty when it can.
    """

    name: str
    kind: str
    replicas: int
    taken: int = 0
    sent: int = 0
    dropped: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict[str, int])
    retried: int = 0
    dead_letters: int = 0
    unpaired: int = 0
    not_needed: int = 0
    discarded: int = 0
    busy: float = 0.0
    waiting: float = 0.0
    blocked: float = 0.0
    load: float | None = None
    fixed: str = ""
    concurrency: int = 1


@dataclass(frozen=True)
class RunReport:
    """What happened in a run.

    Attributes:
        pipes: one row for each pipe, in the order they were written.
        seconds: from the first worker's start to the last one's end.
        results: for each pipe whose functor's ``local_term`` returned something, what each worker returned.
        notes: what the planner and the runtime changed, and what was counted as lost.
        failures: what failed, the first one first, a text for each; empty when nothing has.
        stopped: the run was ended before its sources were.
        engine: where it ran.
        streamed: a loop of the caller took the items.
        samples: what the workers' meters showed while they worked.
        active: seconds from the first sign of work to the last one; the rest was starting and ending.
        stages: name and number of workers of what the plan ran, by the numbers that `samples` name them with;
            a pipe each, but for those that shared a worker.
        fused: names of the pipes that shared a worker, group by group.
    """

    pipes: tuple[PipeReport, ...]
    seconds: float
    results: Mapping[str, list[Any]]
    notes: tuple[str, ...] = ()
    stopped: bool = False
    engine: str = "process"
    streamed: bool = False
    samples: tuple[Sample, ...] = field(default=(), repr=False)
    active: float = 0.0
    stages: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    fused: tuple[tuple[str, ...], ...] = ()
    failures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.active:
            object.__setattr__(self, "active", self.seconds)
        if not self.stages:
            object.__setattr__(self, "stages", tuple((pipe.name, pipe.replicas) for pipe in self.pipes))

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
        if self.held_by_caller:
            return None
        busiest = max(self.pipes, key=lambda pipe: pipe.load or 0.0, default=None)
        least = SHARED_THREAD_LOAD if self.engine == "inline" else BOTTLENECK_LOAD
        return None if busiest is None or (busiest.load or 0.0) < least else busiest.name

    @property
    def held_by_caller(self) -> bool:
        """The loop that took the items was slower than any pipe: pipes waited for room, and none was busy."""
        half = self.seconds / 2
        return (
            self.streamed
            and any(pipe.blocked > half * pipe.replicas for pipe in self.pipes)
            and all(pipe.busy < half * pipe.replicas for pipe in self.pipes)
        )

    @property
    def verdict(self) -> str:
        """Where the time went, and what would help, in words."""
        from pipeflow.runtime.report.verdict import verdict

        return verdict(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON and for logs; results that JSON can't hold are their ``repr``."""
        return {
            "engine": self.engine,
            "seconds": self.seconds,
            "active": self.active,
            "stopped": self.stopped,
            "streamed": self.streamed,
            "bottleneck": self.bottleneck,
            "verdict": self.verdict,
            "pipes": [_row(pipe) for pipe in self.pipes],
            "results": {name: _plain(values) for name, values in self.results.items()},
            "failures": list(self.failures),
            "notes": list(self.notes),
            "fused": [list(names) for names in self.fused],
        }

    def timeline(self) -> Timeline:
        """A picture of what every worker did when."""
        from pipeflow.runtime.report.timeline import Timeline

        return Timeline(self)

    def save_trace(self, path: str | PathLike[str]) -> None:
        """Write what every worker did when as a Chrome trace, which Perfetto and chrome://tracing open."""
        from pipeflow.runtime.report.trace import save

        save(self, path)

    def __str__(self) -> str:
        from pipeflow.runtime.report.table import text

        return text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from pipeflow.runtime.report.table import html

        return html(self)


def _row(pipe: PipeReport) -> dict[str, Any]:
    row = {
        each.name: getattr(pipe, each.name)
        for each in fields(pipe)
        if each.name not in ("fixed", "concurrency")
    }
    return {**row, "ignored": dict(pipe.ignored)}


def _plain(value: Any) -> Any:
    """What is left of a value in JSON; its ``repr`` where JSON has no form for it."""
    try:
        return json.loads(json.dumps(value, default=repr))
    except (TypeError, ValueError):  # keys that are no text, a structure that holds itself
        return repr(value)
