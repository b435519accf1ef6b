"""Reports that are made by hand."""

from __future__ import annotations

from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.runtime.report import PipeReport, RunReport, Sample

FIXED = "a Regulator keeps what it has received between items"


def row(
    name: str,
    busy: float,
    seconds: float = 10.0,
    *,
    replicas: int = 1,
    kind: str = "Transform",
    taken: int = 100,
    fixed: str = "",
) -> PipeReport:
    """A pipe that was busy for so many seconds."""
    return PipeReport(
        name,
        kind,
        replicas,
        taken=taken,
        sent=taken,
        busy=busy,
        load=busy / (replicas * seconds),
        fixed=fixed,
    )


def report(
    *rows: PipeReport, seconds: float = 10.0, engine: str = "process", streamed: bool = False
) -> RunReport:
    return RunReport(rows, seconds, {}, engine=engine, streamed=streamed)


def reading(
    taken: int = 0,
    busy: float = 0.0,
    waiting: float = 0.0,
    blocked: float = 0.0,
    state: str = "busy",
    item: int = 0,
) -> Reading:
    return Reading(item, taken, taken, busy, waiting, blocked, state, 0.0)


def sampled() -> RunReport:
    """A source that is seldom busy, and two workers of one pipe, over two seconds."""
    source, first, second = Worker(0, 0), Worker(1, 0), Worker(1, 1)
    samples = tuple(
        Sample(
            float(second_),
            {
                source: reading(item=2 * second_ + 1, busy=0.1 * second_),
                first: reading(second_, busy=0.9 * second_, waiting=0.1 * second_),
                second: reading(second_, busy=0.2 * second_, waiting=0.8 * second_),
            },
        )
        for second_ in range(3)
    )
    rows = (row("src", 0.2, 2.0, kind="Source", taken=4), row("<work>", 2.2, 2.0, replicas=2, taken=4))
    return RunReport(rows, 2.0, {"work": [1, {"a": object}]}, ("grown",), samples=samples)
