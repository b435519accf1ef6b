"""Ending a run that its caller no longer waits for."""

from __future__ import annotations

from pipeflow.engines._base import Run

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


def abandon(run: Run) -> None:
    """Nobody holds the system any more, or the interpreter ends."""
    run.stop(0.2)
    run.wait(2)
    run.close()
