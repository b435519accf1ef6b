"""tune: measure a flow on a sample and propose replicas, buffers and fusion as a new flow.

    flow -> plan -> the same plan with timed steps, run inline -> loads -> options -> new flow, and why

The load of a pipe is the time it needs for each item that its sources make: calls per item times seconds per
call. A flow can't be faster than its most loaded pipe per worker, nor than all loads together over the cores.
Sinks are not called, functor objects are copied first, and nothing is decided that changes what arrives: a
pipe that gets workers keeps its order, and functor objects, which may keep state, keep their one worker.
"""

from __future__ import annotations

import os
from typing import Any

from pipeflow.expression import replaced, streams_in
from pipeflow.flow import Flow, pipes_of, shaped
from pipeflow.graph import build_graph, name_of
from pipeflow.plan import compile_plan
from pipeflow.tune.measuring import Sample, measure
from pipeflow.tune.proposing import propose
from pipeflow.tune.tuning import Proposal, Tuning

__all__ = ["Proposal", "Sample", "Tuning", "measure", "propose", "tune"]


def tune(flow: Flow, n: int = 200, *, cores: int | None = None) -> Flow:
    """A new flow with the replicas, buffers and fusion that a sample of `n` items of each source suggests.

    Its `tuning` has the measurements; `print(flow.tune().tuning)` shows them.

    Args:
        flow: it is not changed; its sinks are not called.
        n: items of each source.
        cores: to plan for; left out, those this process may use.

    Raises:
        PipelineStateError: a source is a started generator, whose items a sample would use up.
        PipeError: a pipe failed on the sample.
    """
    graph = build_graph(flow)
    plan = compile_plan(graph)
    samples = measure(plan, n)
    tuning = propose(graph, plan, samples, cores or _cores())
    said = {proposal.name: proposal.options for proposal in tuning.proposals}
    pipes = {pipe: pipe.with_(**said.get(name_of(graph, pipe), {})) for pipe in pipes_of(flow)}
    tuned: Any = shaped(
        replaced(flow.expression, pipes, {stream: stream for stream in streams_in(flow.expression)})
    )
    tuned.tuning = tuning
    return tuned  # type: ignore[no-any-return]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
