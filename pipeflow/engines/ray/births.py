"""What a worker is told first."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace

from pipeflow.errors import GraphError
from pipeflow.plan import Plan
from pipeflow.runtime.messages import Worker
from pipeflow.transports import values


@dataclass(frozen=True)
class Birth:
    """What a replica is told first.

    Attributes:
        plan: without the other pipes' functors.
        worker: which of its workers it is.
        seed: root of the random seeds; None: this process keeps its own.
        own_process: it shares its process with nobody.
    """

    plan: Plan
    worker: Worker
    seed: int | None
    own_process: bool = True


def without_others(plan: Plan, worker: Worker) -> Plan:
    """The plan with no pipe but the worker's."""
    stages = tuple(
        stage if number == worker.stage else replace(stage, pipe=None, keys=None, fused=())
        for number, stage in enumerate(plan.stages)
    )
    return replace(plan, stages=stages)


def pickled(plan: Plan, worker: Worker, seed: int) -> bytes:
    """A worker's `Birth`, to be sent.

    Raises:
        GraphError: what its pipe knows can't be pickled; names it.
    """
    try:
        return values.dumps(Birth(without_others(plan, worker), worker, seed), pickle.DEFAULT_PROTOCOL)
    except Exception as error:
        stage = plan.stages[worker.stage]
        where = stage.name if stage.pipe is None else stage.pipe.label_with_place
        raise GraphError(
            f"{where} can't be sent to a worker (engine 'ray'): {error}. Nothing was started.\n"
            "Create what can't travel inside the worker: move it to  local_init , or use  "
            "Transform.of(...)"
        ) from error
