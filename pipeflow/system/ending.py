"""The end of a run: its report, and what is done when its caller no longer waits."""

from __future__ import annotations

import os
import warnings

from pipeflow.engines._base import Run
from pipeflow.errors import PipeflowWarning
from pipeflow.runtime.report import RunReport, Sample, make_report
from pipeflow.system.failures import failure_of
from pipeflow.system.watching import Watch
from pipeflow.views.progress import Watched

INTERRUPT_GRACE = 1.0
"""Seconds that workers get to stop after Ctrl-C."""
_CUT_OFF = (
    "a system was still running when the program ended, or when nothing held it any more: it was stopped, "
    "and what was on its way is lost. Wait for its end with  close() ,  or run it in a  with system:  block"
)


def end_now(run: Run) -> None:
    """The caller was interrupted while it waited: end the workers, whatever it takes."""
    try:
        run.stop(INTERRUPT_GRACE)
        run.wait()
    except BaseException:
        run.kill()
        run.wait(5)
        raise


def abandon(run: Run, watch: Watch | None, watched: Watched) -> None:
    """Nobody holds the system any more, or the interpreter ends: but a child's end is not ours."""
    if run.pid != os.getpid():
        return
    cut_off = not run.finished.is_set() and watch is not None
    run.stop(0.2)
    run.wait(2)
    let_go(run, watch, watched)
    if cut_off:
        warnings.warn(_CUT_OFF, PipeflowWarning, stacklevel=2)


def let_go(run: Run, watch: Watch | None, watched: Watched) -> tuple[Sample, ...]:
    """Give back everything of a run that is over; what its meters have shown."""
    run.drain()
    samples = watched.stop()  # first: the meters go with the run
    run.close()
    if watch is not None:
        watch.finish()
    return samples


def _room(run: Run, stage: int) -> list[int]:
    """What the streams that a stage reads may hold."""
    capacities = [run.plan.streams[port.stream].capacity for port in run.plan.stages[stage].inputs]
    return [0, *(capacity for capacity in capacities if capacity is not None)]


def report_of(run: Run, samples: tuple[Sample, ...]) -> RunReport:
    """What a run that has ended did.

    Args:
        run: the run.
        samples: what its meters have shown.
    """
    supervisor = run.supervisor
    first = failure_of(run, None)
    failed = () if first is None else tuple(str(error.args[0]) for error in (first, *first.others))
    grown = tuple(
        f"stream '{name}' was given room for {size} items: every worker was waiting and "
        "it was the smallest full one"
        for name, size in supervisor.grown
    )
    early = tuple(
        f"up to {summary.early} items waited before '{run.plan.stages[worker.stage].name}' for one that "
        "had to come first, which is more than its stream has room for"
        for worker, summary in sorted(run.summaries().items())
        if summary.early > max(run.automatic, *_room(run, worker.stage))
    )
    return make_report(
        run.plan,
        supervisor.summaries,
        supervisor.finished,
        run.readings(),
        seconds=run.seconds,
        notes=(*grown, *early, *run.notes),
        failures=failed,
        stopped=supervisor.stop_asked,
        engine=run.engine,
        samples=samples,
    )
