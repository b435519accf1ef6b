"""Where the time of a run went, and what would help, in words.

The model is a pipeline in steady state: each pipe has an amount of work (the seconds its workers were busy,
added up), workers divide it among them, and the run takes as long as the pipe with the most work per worker.
What would help follows from who would be next.
"""

from __future__ import annotations

import math
import os

from pipeflow.runtime.report.model import PipeReport, RunReport

SHORT = 0.25
"""Seconds of a run that tell little: starting processes takes about as long."""
SMALL = 50e-6
"""Seconds of work in an item below which moving it between processes costs more than the work."""
WORTHWHILE = 1.1
"""Times as fast that more workers must promise."""


def verdict(report: RunReport) -> str:
    """One or two sentences."""
    if report.bottleneck is None:
        return _nobody(report)
    pipe = report[report.bottleneck]
    return f"bottleneck: '{pipe.name}', {_percent(pipe)} busy. {_advice(report, pipe)}"


def _advice(report: RunReport, pipe: PipeReport) -> str:
    if report.engine == "inline":
        return "All pipes shared one thread here; engine='process' runs them side by side."
    if pipe.concurrency > 1:
        return (
            f"All {pipe.concurrency} items it may have in flight are: more of them,  "
            f"{pipe.name}.with_(concurrency={4 * pipe.concurrency}) , cost no process."
        )
    if pipe.fixed:
        return _advice_for_one(pipe)
    return _advice_to_replicate(report, pipe)


def _advice_for_one(pipe: PipeReport) -> str:
    if pipe.kind == "Source":
        return (
            "Everything behind it waits for its items. Move work out of it into a Transform, which can have "
            "several workers, or divide its input:  (source1 | source2) >> ..."
        )
    return f"It can't have several workers: {pipe.fixed}."


def _advice_to_replicate(report: RunReport, pipe: PipeReport) -> str:
    others = [each for each in report.pipes if each is not pipe and each.load]
    next_one = max(others, key=_seconds_each, default=None)
    least = 0.0 if next_one is None else _seconds_each(next_one)
    mine = _seconds_each(pipe)
    if next_one is not None and mine < WORTHWHILE * least:
        return (
            f"'{next_one.name}' is nearly as busy ({_percent(next_one)}): the pipes are balanced, and more "
            "workers for one of them alone would not help."
        )
    cores = usable_cores()
    enough = math.ceil(pipe.busy / least) if least else 2 * pipe.replicas
    wanted = max(pipe.replicas + 1, min(enough, max(4 * pipe.replicas, cores)))
    gain = mine / max(least, pipe.busy / wanted)
    text = f"{pipe.name} * {wanted} would make the run up to {gain:.1f} times as fast"
    if next_one is not None and pipe.busy / wanted <= least * WORTHWHILE:
        text += f"; then '{next_one.name}' is the limit"
    return text + _on_these_cores(report, pipe, wanted, cores) + "."


def _on_these_cores(report: RunReport, pipe: PipeReport, wanted: int, cores: int) -> str:
    if report.engine == "thread":
        return " (where it lets other threads run; else use engine='process')"
    used = sum((each.load or 0.0) * each.replicas for each in report.pipes if each is not pipe)
    if used + wanted <= cores:
        return ""
    noun = "core" if cores == 1 else "cores"
    return f" (if it waits for something; if it computes, the {cores} {noun} here are the limit)"


def _nobody(report: RunReport) -> str:
    busiest = max(report.pipes, key=lambda pipe: pipe.load or 0.0, default=None)
    if busiest is None or busiest.load is None:
        return "no bottleneck can be named: nothing was measured."
    if report.held_by_caller and report.seconds >= SHORT:
        return (
            f"bottleneck: the loop that takes the items. No pipe was busy for half of the run "
            f"('{busiest.name}' most); do the loop's work in a pipe."
        )
    if report.active < SHORT:
        return "the run was too short to tell a bottleneck: much of it was starting workers."
    most = max(report.pipes, key=lambda pipe: pipe.taken)
    work = sum(pipe.busy for pipe in report.pipes) / max(1, most.taken)
    said = (
        f"no bottleneck: no pipe was busy for half of the run ('{busiest.name}' most, {_percent(busiest)})."
    )
    if work < SMALL and most.taken >= 1000:
        return (
            f"{said} An item is only {1e6 * work:.0f} µs of work, less than it costs to move it: send "
            "batches (batch(100) behind the source), or use engine='inline'."
        )
    if report.streamed:
        return f"{said} The loop that takes the items held it up: do its work in a pipe."
    moving = min(
        (pipe for pipe in report.pipes if pipe.kind != "Source"),
        key=lambda pipe: (pipe.waiting + pipe.blocked) / pipe.replicas,
        default=busiest,
    )
    if moving.waiting + moving.blocked < report.active * moving.replicas / 4:
        return (
            f"{said} But '{moving.name}' hardly waited: its time went into taking items in. Send less, or "
            "what is cheaper to move (arrays rather than many small objects), or fuse it with its neighbour."
        )
    return f"{said} The time went into moving items, and into waiting for what the functors don't show."


def _seconds_each(pipe: PipeReport) -> float:
    return pipe.busy / pipe.replicas


def _percent(pipe: PipeReport) -> str:
    return f"{100 * min(1.0, pipe.load or 0.0):.0f} %"


def usable_cores() -> int:
    """The cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every platform
        return os.cpu_count() or 1
