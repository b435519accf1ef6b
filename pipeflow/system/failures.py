"""What the caller is told of a run that has failed: one `PipeError`, with the later failures attached."""

from __future__ import annotations

import inspect
import pickle
import signal
from typing import Any

from pipeflow.engines._base import Run
from pipeflow.errors import PipeError, WorkerDied
from pipeflow.plan import Plan, StagePlan, StreamPlan
from pipeflow.runtime.messages import Failure, Summary
from pipeflow.runtime.recovery import POISON
from pipeflow.runtime.report import RunReport, late_items, lost_items, missing_items
from pipeflow.runtime.shown import cut_repr
from pipeflow.runtime.supervisor import Death

_UNSENT = {
    "coroutine": "Nothing awaits it: give the pipe the  async def  function itself, not one that calls it",
    "async_generator": "Make the pipe a Source of the asynchronous generator, or collect what it yields",
    "generator": "flat_map(f)  sends what it yields one by one;  list(...)  sends it as one item",
}
_POISON_FIX = (
    "on_error= and .errors are for exceptions: let the functor survive such an item, or leave it out before. "
)
_LIKELY = {
    "SIGKILL": "SIGKILL (out of memory, or killed)",
    "SIGSEGV": "SIGSEGV (a crash in compiled code)",
}


def failure_of(run: Run, report: RunReport | None) -> PipeError | None:
    """The first failure of a run that has ended; None when there is none."""
    supervisor = run.supervisor
    if run.defect is not None:
        return PipeError("pipeflow itself failed while it watched the run", worker_traceback=run.defect)
    errors = [_error(run, problem) for problem in supervisor.problems]
    if not errors:
        lost = [] if supervisor.stop_asked else _lost(run)
        if not lost:
            return None
        errors = [PipeError("the run ended, but items are missing: " + "; ".join(lost))]
    first = errors[0]
    first.others = tuple(errors[1:])
    first.report = report
    return first


def _lost(run: Run) -> list[str]:
    summaries = run.summaries()
    late = late_items(run.plan, summaries, run.supervisor.loops_over)
    return [*lost_items(run.plan, summaries), *late]


def _error(run: Run, problem: Failure | Death) -> PipeError:
    stage = run.plan.stages[problem.worker.stage]
    name = (problem.pipe if isinstance(problem, Failure) else None) or stage.name
    who = f"pipe '{name}'" + (f"[{problem.worker.replica}]" if stage.replicas > 1 else "")
    if isinstance(problem, Death):
        return _death(problem, run.plan, stage, who, _under_way(run))
    error = PipeError(
        _text(problem, who, stage),
        pipe=name,
        replica=problem.worker.replica,
        pid=problem.pid,
        item=problem.item,
        item_repr=problem.item_repr,
        place=stage.place_of(name),
        worker_traceback=problem.traceback,
    )
    if problem.pickled is not None:
        error.__cause__ = _rebuilt(problem.pickled)
    return error


def _rebuilt(pickled: bytes) -> BaseException | None:
    """The worker's exception; None where what could be rebuilt there can't be here."""
    try:
        error = pickle.loads(pickled)
    except BaseException:  # noqa: BLE001 - what its class does is anybody's guess
        return None
    return error if isinstance(error, BaseException) else None


def occasion(failure: Failure, stage: StagePlan) -> str:
    """What the pipe was doing when it failed, as a message goes on after "failed"."""
    if failure.during != "local_init":
        return f"in {failure.during}"
    pipe = next((each for each in stage.fused if each.name == failure.pipe), stage).pipe
    functor = None if pipe is None else pipe.functor
    has_init = inspect.getattr_static(functor, "local_init", None) is not None
    return "in local_init" if has_init else "when it was started"


def _text(failure: Failure, who: str, stage: StagePlan) -> str:
    where = f", pid {failure.pid}" if failure.pid is not None else ""
    item = f" on item {failure.item}" if failure.item else ""
    shown = f" ({failure.item_repr})" if failure.item_repr is not None and item else ""
    during = "" if failure.during in ("run", "send") else f" {occasion(failure, stage)}"
    text = f"{who}{where}, failed{during}{item}{shown}: {failure.kind}: {failure.text}".rstrip(": ")
    return f"{text}. {_advice(failure)}" if failure.during == "send" and "pickle" in failure.text else text


def _advice(failure: Failure) -> str:
    """What to do about a result that can't leave its process."""
    for kind, fix in _UNSENT.items():
        if f"'{kind}'" in failure.text:
            return fix
    return "What a pipe sends goes to another process: send plain data, or run it on engine 'thread'"


def _under_way(run: Run) -> int:
    """Items that were on their way to a pipe when the run was ended: the dead can say nothing, but their
    meters tell what they had taken.
    """
    summaries = run.summaries()
    readings = run.readings()
    for worker in set(run.workers) - set(summaries):
        if worker in readings and len(run.plan.stages[worker.stage].inputs) == 1:
            summaries[worker] = Summary(read={0: max(readings[worker].taken, readings[worker].item)})
    return sum(max(0, missing) for missing, _ in missing_items(run.plan, summaries).values())


def _also(under_way: int) -> str:
    if not under_way:
        return ""
    return (
        f", and {under_way} items that were on their way"
        if under_way > 1
        else ", and 1 item that was on its way"
    )


def _death(death: Death, plan: Plan, stage: StagePlan, who: str, under_way: int) -> WorkerDied:
    shown = (
        None if death.entry is None else cut_repr(_item_of(death.entry, plan.streams[stage.inputs[0].stream]))
    )
    item = f", on item {death.item}" if death.item else ""
    item += f" ({shown})" if shown is not None and item else ""
    pid = f", pid {death.pid}" if death.pid is not None else ""
    error = WorkerDied(
        f"{who}{pid}, died: {_cause_of_death(death.exitcode)}{item}. "
        + (f"It was not restarted: {death.why}. " if death.why else "")
        + (_POISON_FIX if death.why == POISON else "")
        + f"What it had in hand is lost{_also(under_way)}",
        pipe=stage.name,
        replica=death.worker.replica,
        pid=death.pid,
        item=death.item or None,
        item_repr=shown,
        place=stage.place_of(stage.name),
    )
    error.exitcode = death.exitcode
    return error


def _item_of(entry: Any, stream: StreamPlan) -> Any:
    """Without what travels with an item where an order is kept, or joins go by origin."""
    items = list(entry[1]) if stream.sequenced else [entry]
    items = [each[1] if stream.tagged and len(each) > 1 else each for each in items]
    return items[0] if len(items) == 1 else items


def _cause_of_death(exitcode: int | None) -> str:
    if exitcode is None:
        return "it ended without a word"
    if exitcode >= 0:
        return f"it exited with code {exitcode} in the middle of its work (os._exit?)"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    return _LIKELY.get(name, name)
