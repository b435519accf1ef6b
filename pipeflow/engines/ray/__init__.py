"""On a Ray cluster: one actor per worker, streams of batches between them. For what one machine can't do.

    run.py          in the caller's process: starts, watches, asks the supervisor
    coordinator.py  one actor: owns all results, hands their references on
    dispatch.py     within it: orders out, answers in;  schedule.py  its bookkeeping, pure
    remote.py       one actor per worker
    replica.py      within it: the run loop of every engine, an order at a time, between the entries of
                    batches (endpoint.py; drawn.py for sources)

Ray itself is imported when a run is opened.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Final

from pipeflow.errors import GraphError

if TYPE_CHECKING:
    from pipeflow.engines._base import Run, Settings
    from pipeflow.plan import Plan

STARTS_SLOWLY: Final = True
"""Where others have what it needs, a start waits for it, and Ctrl-C is heard meanwhile."""


def require() -> None:
    """Look whether Ray is there.

    Raises:
        GraphError: it isn't; says what to install.
    """
    if importlib.util.find_spec("ray") is None:
        raise GraphError(
            "engine 'ray' needs Ray, which is not installed:  pip install 'pipeflow[ray]'\n"
            "Nothing was started."
        )


def open_run(plan: Plan, settings: Settings) -> Run:
    """A run of `plan` on a Ray cluster."""
    require()
    from pipeflow.engines.ray.run import RayRun

    return RayRun(plan, settings)
