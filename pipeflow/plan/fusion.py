"""Fusion: adjacent one-to-one pipes with one worker each share a worker, and items no longer travel between
them.

Asked for, never done by itself: it saves the hop and costs the parallelism. Only plain Transforms are fused:
what
ignores, retries, restarts, awaits or times single items keeps its own worker, and so does what joins or parts
streams.
"""

from __future__ import annotations

from dataclasses import replace

from pipeflow.pipes import Transform
from pipeflow.pipes.functors import is_coroutine
from pipeflow.plan.model import Plan, StagePlan, StreamPlan

_TAKEN_CARE_OF = {
    "buffer_size",
    "n_processes",
    "init_kwargs",
    "unchecked",
    "ignore",
    "readonly",
    "rate",
    "ordered",
}
"""Options that mean the same in a shared worker, or nothing where there is one."""


def fused(plan: Plan) -> Plan:
    """The plan with every run of fusible stages made one stage; a note says which."""
    chains = _chains(plan)
    if not chains:
        return plan
    head_of = {number: chain[0] for chain in chains for number in chain}
    kept = [number for number in range(len(plan.stages)) if head_of.get(number, number) == number]
    stage_at = {number: kept.index(head_of.get(number, number)) for number in range(len(plan.stages))}
    inner = {plan.stages[number].outputs[0].stream for chain in chains for number in chain[:-1]}
    left = [number for number in range(len(plan.streams)) if number not in inner]
    stream_at = {number: place for place, number in enumerate(left)}
    chain_of = {chain[0]: chain for chain in chains}
    stages = [
        _moved(_joined([plan.stages[member] for member in chain_of.get(number, [number])]), stream_at)
        for number in kept
    ]
    streams = tuple(_between(plan.streams[number], stage_at) for number in left)
    names = [" + ".join(plan.stages[number].name for number in chain) for chain in chains]
    notes = tuple(f"fused, in one worker: {name}" for name in names)
    tracing = replace(
        plan.tracing, streams=frozenset(stream_at[n] for n in plan.tracing.streams if n in stream_at)
    )
    return Plan(tuple(stages), streams, (*plan.notes, *notes), tracing)


def _chains(plan: Plan) -> list[list[int]]:
    """Runs of at least two stages."""
    chains: dict[int, list[int]] = {}
    for number in range(len(plan.stages)):
        after = _next(plan, number)
        if after is None:
            continue
        before = chains.get(number, [number])
        chain = before + chains.get(after, [after])
        for member in chain:
            chains[member] = chain
    return list({id(chain): chain for chain in chains.values()}.values())


def _next(plan: Plan, number: int) -> int | None:
    """The stage that can be fused behind this one."""
    stage = plan.stages[number]
    if not _fusible(stage) or len(stage.outputs) != 1 or stage.outputs[0].routes != ((),):
        return None
    stream = plan.streams[stage.outputs[0].stream]
    if (
        stream.writers != (number,)
        or len(stream.readers) != 1
        or stream.tagged
        or stream.sequenced
        or stream.initial
    ):
        return None
    after = stream.readers[0]
    return after if after != number and _fusible(plan.stages[after]) else None


def _fusible(stage: StagePlan) -> bool:
    pipe = stage.pipe
    if pipe is None or type(pipe).step is not Transform.step or is_coroutine(pipe.functor):
        return False
    if stage.replicas != 1 or stage.hosted or stage.loop is not None or stage.numbers or stage.pairing:
        return False
    if len(stage.inputs) != 1 or stage.inputs[0].spread or stage.inputs[0].reorder:
        return False
    if stage.owed is not None and stage.owed.whole:
        return False  # which of several pipes left an item out would not be known
    return set(pipe.options.given()) <= _TAKEN_CARE_OF


def _joined(chain: list[StagePlan]) -> StagePlan:
    if len(chain) == 1:
        return chain[0]
    name = " + ".join(stage.name for stage in chain)
    return replace(
        chain[0], name=name, outputs=chain[-1].outputs, any_parts=chain[-1].any_parts, fused=tuple(chain)
    )


def _moved(stage: StagePlan, stream_at: dict[int, int]) -> StagePlan:
    """With its streams' new numbers."""
    return replace(
        stage,
        inputs=tuple(replace(port, stream=stream_at[port.stream]) for port in stage.inputs),
        outputs=tuple(replace(port, stream=stream_at[port.stream]) for port in stage.outputs),
    )


def _between(stream: StreamPlan, stage_at: dict[int, int]) -> StreamPlan:
    """With its stages' new numbers."""
    return replace(
        stream,
        writers=tuple(stage_at[number] for number in stream.writers),
        readers=tuple(stage_at[number] for number in stream.readers),
    )
