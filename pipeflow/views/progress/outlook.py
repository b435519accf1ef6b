"""How much of a run's work is done, from what the sources say they will make.

What a pipe will get in the end is estimated from what the pipes before it make of their items by now, so
that filters, batches and copies need not be known beforehand. The slowest pipe tells how far the run is:
items that only wait in a stream are not done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pipeflow.graph import Key
from pipeflow.plan import Plan, StreamPlan


class Counts(NamedTuple):
    """Items that a pipe has taken and sent so far."""

    taken: int
    sent: int


def done_part(plan: Plan, counts: Mapping[int, Counts]) -> float | None:
    """From 0 to 1; None where a source doesn't say how many items it makes.

    Args:
        plan: what is run.
        counts: for each stage with a pipe.
    """
    if any(stage.kind == "Source" and _total(plan, n) is None for n, stage in enumerate(plan.stages)):
        return None
    expected = _expected(plan, counts)
    parts = [min(1.0, counts[number].taken / whole) for number, whole in expected.items() if whole]
    return min(parts, default=None)


def _total(plan: Plan, number: int) -> int | None:
    total: int | None = getattr(plan.stages[number].pipe, "total", None)
    return total


def _expected(plan: Plan, counts: Mapping[int, Counts]) -> dict[int, float | None]:
    """For each stage how many items it will take; None where that can't be told, as in loops."""
    found: dict[int, float | None] = {}
    waiting = set(counts)
    while waiting:
        ready = {n for n in waiting if all(w in found for w in _writers(plan, n) if w in counts)}
        if not ready:
            break  # loops, and what is behind them
        for number in ready:
            found[number] = _expected_of(plan, number, counts, found)
        waiting -= ready
    return found


def _writers(plan: Plan, number: int) -> list[int]:
    return [writer for port in plan.stages[number].inputs for writer in plan.streams[port.stream].writers]


def _expected_of(
    plan: Plan, number: int, counts: Mapping[int, Counts], found: Mapping[int, float | None]
) -> float | None:
    stage = plan.stages[number]
    if not stage.inputs:
        return _total(plan, number)
    streams = [
        _in_stream(plan, plan.streams[port.stream], port.stream, counts, found) for port in stage.inputs
    ]
    known = [count for count in streams if count is not None]
    if len(known) < len(streams):
        return None
    return min(known)


def _in_stream(
    plan: Plan,
    stream: StreamPlan,
    number: int,
    counts: Mapping[int, Counts],
    found: Mapping[int, float | None],
) -> float | None:
    if len(stream.readers) != 1:
        return None  # who of them gets how much is not known
    whole = float(len(stream.initial))
    for writer in stream.writers:
        expected = found.get(writer)
        routes = [
            route for port in plan.stages[writer].outputs if port.stream == number for route in port.routes
        ]
        if expected is None or not counts[writer].taken or any(isinstance(r[0], Key) for r in routes if r):
            return None
        whole += expected * counts[writer].sent / counts[writer].taken
    return whole
