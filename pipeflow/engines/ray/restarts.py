"""Workers that may be started again on Ray: those whose orders can be given to another one, who comes to the
same results. A worker that numbers, counts or holds items can't be replaced by a fresh one.
"""

from __future__ import annotations

from pipeflow.errors import GraphError
from pipeflow.pipes.functors import is_coroutine
from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.messages import Worker


def restartable(plan: Plan) -> frozenset[Worker]:
    """Workers of pipes with ``on_crash="restart"``.

    Raises:
        GraphError: one of them can't be, as what it knows would be lost.
    """
    found: set[Worker] = set()
    for number, stage in enumerate(plan.stages):
        if stage.pipe is None or stage.pipe.options.on_crash != "restart":
            continue
        why = _obstacle(plan, stage)
        if why:
            raise GraphError(
                f"{stage.pipe.label_with_place} has on_crash='restart', and {why}. Nothing was started.\n"
                f'Leave it out:  {stage.name}.with_(on_crash="fail")'
            )
        found.update(Worker(number, replica) for replica in range(stage.replicas))
    return frozenset(found)


def _obstacle(plan: Plan, stage: StagePlan) -> str:
    """What a new worker wouldn't know; empty when there is nothing."""
    assert stage.pipe is not None
    streams = [plan.streams[port.stream] for port in stage.inputs]
    counts = any(plan.streams[port.stream].sequenced for port in stage.outputs)
    reasons = {
        "it has several inputs: put a Join in front of it": len(stage.inputs) != 1,
        "a Sink runs an item twice only if it says idempotent=True": not stage.outputs
        and not stage.pipe.options.idempotent,
        "its functor is async: what it has in flight is not known": is_coroutine(stage.pipe.functor),
        "it numbers its results for a join or for ordered=True further down": bool(stage.numbers)
        or (counts and not any(stream.sequenced for stream in streams)),
        "it restores the order of ordered=True": any(port.reorder for port in stage.inputs),
        "its input has initial items": any(stream.initial for stream in streams),
    }
    return next((why for why, holds in reasons.items() if holds), "")
