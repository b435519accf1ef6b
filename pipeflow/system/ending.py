"""The end of a run: its report, and what is done when its caller no longer waits."""

from __future__ import annotations

import _thread
import functools
import os
import threading
import warnings
from collections.abc import Callable

from pipeflow.engines._base import Run
from pipeflow.errors import PipeflowWarning
from pipeflow.runtime.report import RunReport, Sample, make_report
from pipeflow.system.failures import failure_of
from pipeflow.system.watching import Watch
from pipeflow.views.progress import Watched

INTERRUPT_GRACE = 1.0
"""Seconds that workers get to stop after Ctrl-C."""
_PATIENCE = 10.0
"""Seconds that whoever drops a run waits for its end."""
_OURS = tuple(f"pipeflow {what}" for what in ("monitor", "output", "sampler", "progress", "watch")) + (
    "pipeflow-backstop",
)
"""Threads that a run can't end without."""
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


def from_anywhere(end: Callable[[], object], patience: float) -> None:
    """Call `end` in a thread of its own, and wait that long at most. The garbage collector calls us in any
    thread, one that the run needs for its end among them, and with any lock taken: that of `threading` too,
    so that not even a `Thread` can be started from here.
    """
    done = _thread.allocate_lock()
    done.acquire()

    def work() -> None:
        try:
            end()
        finally:
            done.release()

    try:
        _thread.start_new_thread(threading.Thread(target=work, name="pipeflow ending", daemon=True).start, ())
    except RuntimeError:  # the interpreter ends, and has no more threads
        end()
        return
    if not threading.current_thread().name.startswith(_OURS):
        done.acquire(timeout=patience)


def abandon(run: Run, watch: Watch | None, watched: Watched) -> None:
    """Nobody holds the system any more, or the interpreter ends: but a child's end is not ours."""
    if run.pid == os.getpid():
        from_anywhere(functools.partial(_abandon, run, watch, watched), _PATIENCE)


def _abandon(run: Run, watch: Watch | None, watched: Watched) -> None:
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
        run.summaries(),
        supervisor.finished,
        run.readings(),
        seconds=run.seconds,
        notes=(*grown, *early, *run.notes),
        failures=failed,
        stopped=supervisor.stop_asked,
        engine=run.engine,
        samples=samples,
    )
