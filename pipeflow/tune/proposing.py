"""From measurements to options: replicas, buffers and fusion. Pure."""

from __future__ import annotations

import math
from typing import Any

from pipeflow.graph import Graph
from pipeflow.plan import Plan, StagePlan, compile_plan
from pipeflow.tune.measuring import Sample
from pipeflow.tune.tuning import Proposal, Tuning, duration

CHEAP = 20e-6
"""Below this a pipe costs less than two hops of an item."""
WINDOW = 0.002
"""Seconds of a reader's work that its buffer should hold, so that nobody waits for a wake-up."""
LARGE = 64 << 10
"""Items above this size keep the automatic buffer, which counts bytes."""


def propose(graph: Graph, plan: Plan, samples: dict[str, Sample], cores: int) -> Tuning:
    """What the samples suggest. Pure."""
    made = max(1, sum(samples[stage.name].calls for stage in plan.stages if not stage.inputs))
    loads = {name: sample.seconds / made for name, sample in samples.items()}
    alone = [loads[s.name] / s.replicas for s in plan.stages if s.pipe is not None and not _may_grow(s)]
    goal = max([sum(loads.values()) / cores, CHEAP, *alone])
    proposals = [
        _proposal(stage, plan, samples, loads, goal, cores)
        for stage in plan.stages
        if stage.pipe is not None and not stage.name.endswith(" join")
    ]
    workers = {p.name: p.options.get("n_processes", 1) for p in proposals}
    fuse, reason = _fusion(graph, plan, loads, workers)
    return Tuning(tuple(proposals), fuse, reason, cores)


def _may_grow(stage: StagePlan) -> bool:
    """Whether more workers change nothing but the speed (their order is kept)."""
    pipe = stage.pipe
    if (
        pipe is None
        or pipe.replicable
        or not (pipe.has_input and pipe.has_output)
        or "ordered" not in pipe.takes
    ):
        return False
    kind: type[Any] = pipe.functor.__class__
    return not hasattr(kind, "run") and stage.loop is None and not pipe.options.n_processes


def _proposal(
    stage: StagePlan, plan: Plan, samples: dict[str, Sample], loads: dict[str, float], goal: float, cores: int
) -> Proposal:
    name, sample, load = stage.name, samples[stage.name], loads[stage.name]
    pipe = stage.pipe
    assert pipe is not None
    options: dict[str, Any] = {}
    reason = "not called on the sample" if not sample.measured else ""
    wanted = min(cores, math.ceil(load / goal - 0.25))
    if wanted > 1 and _may_grow(stage):
        options.update(n_processes=wanted, ordered=True)
        reason = f"{duration(load)} for each item, {duration(goal)} is the best for the others; order is kept"
    elif load > CHEAP and load / stage.replicas > 0.99 * goal:
        reason = f"limits the flow; {pipe.replicable or 'it keeps state, or its workers were chosen'}"
    buffer = _buffer(stage, plan, samples)
    if buffer is not None:
        options["buffer_size"] = buffer
        reason = reason or "bursts in front of it would be cut off by its buffer"
    return Proposal(name, sample, load, options, reason)


def _buffer(stage: StagePlan, plan: Plan, samples: dict[str, Sample]) -> int | None:
    """A given buffer that is too small for its items' pace; automatic ones adapt by themselves."""
    pipe = stage.pipe
    given = None if pipe is None else pipe.options.buffer_size
    if given is None or not samples[stage.name].measured:
        return None
    writers = {writer for port in stage.inputs for writer in plan.streams[port.stream].writers}
    if any(samples[plan.stages[writer].name].size > LARGE for writer in writers):
        return None
    enough = min(1024, math.ceil(WINDOW / max(samples[stage.name].each, 1e-6)))
    return enough if enough > given else None


def _fusion(graph: Graph, plan: Plan, loads: dict[str, float], workers: dict[str, int]) -> tuple[bool, str]:
    """Worth it when there are neighbours to fuse and the slowest worker stays the slowest."""
    chains = [s.fused for s in compile_plan(graph, fuse=True).stages if s.fused]
    kept = [[s.name for s in chain if workers.get(s.name, 1) == 1] for chain in chains]
    sums = [(sum(loads[name] for name in names), names) for names in kept if len(names) > 1]
    if not sums:
        return False, "no neighbouring one-to-one pipes with one worker each"
    slowest = max(loads[stage.name] / workers.get(stage.name, 1) for stage in plan.stages)
    heaviest, names = max(sums)
    if heaviest > max(slowest, CHEAP):
        return (
            False,
            f"{' + '.join(names)} together would take {duration(heaviest)} for each item, and limit the flow",
        )
    saved = "; ".join(" + ".join(each) for _, each in sums)
    return True, f"{saved}: together no slower than the slowest pipe, and no hops between them"
