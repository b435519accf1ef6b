"""From the numbers of workers to the report of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.messages import Finished, Summary, Worker
from pipeflow.runtime.meter import Reading
from pipeflow.runtime.report.model import PipeReport, RunReport
from pipeflow.runtime.report.samples import Sample
from pipeflow.runtime.report.samples import active as activity


def make_report(
    plan: Plan,
    summaries: Mapping[Worker, Summary],
    finished: Mapping[Worker, Finished],
    readings: Mapping[Worker, Reading],
    *,
    seconds: float,
    notes: tuple[str, ...] = (),
    failures: tuple[str, ...] = (),
    stopped: bool = False,
    engine: str,
    samples: Sequence[Sample] = (),
) -> RunReport:
    """Add the workers' numbers up."""
    active = min(seconds, activity(samples) or seconds)
    pipes: list[PipeReport] = []
    results: dict[str, list[Any]] = {}
    for number, stage in enumerate(plan.stages):
        if stage.pipe is None:
            continue
        workers = [Worker(number, replica) for replica in range(stage.replicas)]
        parts = [summaries.get(worker, Summary()) for worker in workers]
        times = [readings[worker] for worker in workers if worker in readings]
        returned = [finished[worker].result for worker in workers if worker in finished]
        for at, member in enumerate(stage.fused or [stage]):
            shared = bool(stage.fused)
            of_member = [part.fused[at] for part in parts if part.fused] if shared else parts
            # A worker's time is its own: the first of the pipes that share it has it all.
            pipes.append(_row(member, of_member, [] if at else times, active))
            own = [result[at] for result in returned if result] if shared else returned
            if any(result is not None for result in own):
                results[member.name] = own
    return RunReport(
        tuple(pipes),
        seconds,
        results,
        (*plan.notes, *notes),
        stopped,
        engine,
        plan.caller is not None,
        tuple(samples),
        active,
        tuple((stage.name, stage.replicas) for stage in plan.stages),
        fused_names(plan),
        failures,
    )


def _row(stage: StagePlan, parts: list[Summary], times: list[Reading], active: float) -> PipeReport:
    busy = sum(time.busy for time in times)
    ignored: dict[str, int] = {}
    for part in parts:
        for name, count in part.ignored.items():
            ignored[name] = ignored.get(name, 0) + count
    return PipeReport(
        stage.name,
        stage.kind,
        stage.replicas,
        taken=sum(part.taken for part in parts),
        sent=sum(part.sent for part in parts),
        dropped=sum(part.dropped for part in parts),
        ignored=ignored,
        retried=sum(part.retried for part in parts),
        dead_letters=sum(part.failed_items for part in parts),
        unpaired=sum(part.unpaired for part in parts),
        not_needed=sum(sum(part.not_needed.values()) for part in parts),
        discarded=sum(part.discarded for part in parts),
        busy=busy,
        waiting=sum(time.waiting for time in times),
        blocked=sum(time.blocked for time in times),
        load=min(1.0, busy / (stage.replicas * active)) if times and active > 0 else None,
        fixed="" if stage.pipe is None else stage.pipe.replicable,
        concurrency=1 if stage.pipe is None else stage.pipe.options.concurrency or 1,
    )


def fused_names(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """The pipes that share a worker, group by group."""
    return tuple(tuple(member.name for member in stage.fused) for stage in plan.stages if stage.fused)


def lost_items(plan: Plan, summaries: Mapping[Worker, Summary]) -> list[str]:
    """For each stream on which more was written than was read or counted as not needed: what is missing."""
    return [
        f"{missing} of {count} items on stream '{plan.streams[number].name}'"
        for number, (missing, count) in missing_items(plan, summaries).items()
    ]


def missing_items(plan: Plan, summaries: Mapping[Worker, Summary]) -> dict[int, tuple[int, int]]:
    """By stream: (how many were neither read nor not needed, how many were written), where they differ."""
    written = dict.fromkeys(range(len(plan.streams)), 0)
    accounted = dict.fromkeys(range(len(plan.streams)), 0)
    for worker, summary in summaries.items():
        stage = plan.stages[worker.stage]
        for port, count in summary.written.items():
            number = stage.outputs[port].stream
            written[number] += count
            accounted[number] += summary.not_needed.get(port, 0)
        for port, count in (*summary.read.items(), *summary.unread.items()):
            accounted[stage.inputs[port].stream] += count
    return {
        number: (count - accounted[number], count)
        for number, count in written.items()
        if count != accounted[number]
    }


def late_items(plan: Plan, summaries: Mapping[Worker, Summary], over: Collection[int]) -> list[str]:
    """What came round in a loop that had ended: a pipe of the loop held it back until its input ended.

    Args:
        plan: what ran.
        summaries: what each worker wrote.
        over: loops that ended because nothing was in flight in them any more.
    """
    late = dict.fromkeys(range(len(plan.streams)), 0)
    for worker, summary in summaries.items():
        loop = plan.stages[worker.stage].loop
        for port, count in summary.not_needed.items():
            number = plan.stages[worker.stage].outputs[port].stream
            readers = plan.streams[number].readers
            if loop in over and any(plan.stages[reader].loop == loop for reader in readers):
                late[number] += count
    return [
        f"{count} on stream '{plan.streams[number].name}' came round when the loop had ended, for "
        f"{_collectors(plan, number)} had held them back; what collects items, as batch and window do, "
        "belongs behind the loop"
        for number, count in late.items()
        if count
    ]


def _collectors(plan: Plan, stream: int) -> str:
    """Who may have held back what came on a stream of a loop."""
    loops = {plan.stages[writer].loop for writer in plan.streams[stream].writers} - {None}
    names = [
        repr(stage.name)
        for stage in plan.stages
        if stage.loop in loops and stage.pipe is not None and stage.pipe.rate.consumes != 1
    ]
    return " or ".join(names) or "a pipe of the loop"
