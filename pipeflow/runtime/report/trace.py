"""The run in the Chrome trace format (Trace Event Format), which Perfetto and chrome://tracing open.

A process is the run, a thread of it a worker; complete events ("X") say what a worker did mostly, counters
("C") how many items a second it took.
"""

from __future__ import annotations

import json
from os import PathLike
from typing import TYPE_CHECKING, Any

from pipeflow.runtime.report.samples import Span
from pipeflow.runtime.report.timeline import MEANINGS, Row, rows

if TYPE_CHECKING:
    from pipeflow.runtime.report.model import RunReport

_RUN = 1
_MAIN = ("busy", "waiting", "blocked", "rest")


def save(report: RunReport, path: str | PathLike[str]) -> None:
    """Write the trace to a file."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(trace(report), file)


def trace(report: RunReport) -> dict[str, Any]:
    """The trace as plain values. Times are in microseconds."""
    events: list[dict[str, Any]] = [_metadata("process_name", 0, f"pipeflow, engine {report.engine}")]
    for thread, row in enumerate(rows(report), start=1):
        events.append(_metadata("thread_name", thread, row.name))
        events.append({**_metadata("thread_sort_index", thread, ""), "args": {"sort_index": thread}})
        events += _states(row, thread)
        events += _rates(row, thread)
    return {"traceEvents": events, "displayTimeUnit": "ms", "otherData": {"verdict": report.verdict}}


def _metadata(what: str, thread: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": _RUN, "tid": thread, "ts": 0, "args": {"name": name}}


def _states(row: Row, thread: int) -> list[dict[str, Any]]:
    """One event for each stretch in which the worker did mostly the same."""
    events: list[dict[str, Any]] = []
    for span in row.spans:
        way = _mostly(span)
        if events and events[-1]["cat"] == way:
            events[-1]["dur"] = _microseconds(span.end) - events[-1]["ts"]
            events[-1]["args"]["items"] += span.taken
            continue
        begin = _microseconds(span.begin)
        events.append(
            {
                "ph": "X",
                "name": MEANINGS[way],
                "cat": way,
                "pid": _RUN,
                "tid": thread,
                "ts": begin,
                "dur": _microseconds(span.end) - begin,
                "args": {"items": span.taken},
            }
        )
    return events


def _rates(row: Row, thread: int) -> list[dict[str, Any]]:
    return [
        {
            "ph": "C",
            "name": f"{row.name} items/s",
            "pid": _RUN,
            "tid": thread,
            "ts": _microseconds(span.begin),
            "args": {"items/s": round(span.taken / (span.end - span.begin), 1)},
        }
        for span in row.spans
    ]


def _mostly(span: Span) -> str:
    return max(_MAIN, key=lambda way: getattr(span, way))


def _microseconds(seconds: float) -> int:
    return round(1e6 * seconds)
