"""The end of a run: its report, and what is done when its caller no longer waits."""

from __future__ import annotations

from pipeflow.engines._base import Run
from pipeflow.runtime.report import RunReport, make_report
from pipeflow.system.watching import Watch

INTERRUPT_GRACE = 1.0
"""Seconds that workers get to stop after Ctrl-C."""


def end_now(run: Run) -> None:
    """The caller was interrupted while it waited: end the workers, whatever it takes."""
    try:
        run.stop(INTERRUPT_GRACE)
        run.wait()
    except BaseException:
        run.kill()
        run.wait(5)
        raise


def abandon(run: Run, watch: Watch | None) -> None:
    """Nobody holds the system any more, or the interpreter ends."""
    run.stop(0.2)
    run.wait(2)
    run.close()
    if watch is not None:
        watch.finish()


def report_of(run: Run) -> RunReport:
    """What a run that has ended did."""
    supervisor = run.supervisor
    grown = tuple(
        f"stream '{name}' was given room for {size} items: every worker was waiting and "
        "it was the smallest full one"
        for name, size in supervisor.grown
    )
    return make_report(
        run.plan,
        supervisor.summaries,
        supervisor.finished,
        run.readings(),
        seconds=run.seconds,
        notes=(*grown, *run.notes),
        stopped=supervisor.stop_asked,
        engine=run.engine,
    )
