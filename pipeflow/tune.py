"""tune: measure a flow on a sample and propose replicas, buffers and fusion as a new flow.

    flow -> plan -> the same plan with timed steps, run inline -> loads -> options -> new flow, and why

The load of a pipe is the time it needs for each item that its sources make: calls per item times seconds per
call. A flow can't be faster than its most loaded pipe per worker, nor than all loads together over the cores.
Sinks are not called, functor objects are copied first, and nothing is decided that changes what arrives: a
pipe that gets workers keeps its order, and functor objects, which may keep state, keep their one worker.
"""

from __future__ import annotations

import copy
import inspect
import math
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from pipeflow import engines
from pipeflow.engines._base import Settings
from pipeflow.errors import PipeError, PipelineStateError
from pipeflow.expression import replaced, streams_in
from pipeflow.flow import Flow, pipes_of, shaped
from pipeflow.graph import Graph, build_graph, name_of
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.plan import Plan, StagePlan, compile_plan
from pipeflow.runtime.messages import Failure
from pipeflow.runtime.worker import with_own_functor
from pipeflow.transports import Unpicklable
from pipeflow.transports.codec import pack

FAR = 100
"""So many results of one input end its sample: a generator may have no end."""
CHEAP = 20e-6
"""Below this a pipe costs less than two hops of an item."""
WINDOW = 0.002
"""Seconds of a reader's work that its buffer should hold, so that nobody waits for a wake-up."""
LARGE = 64 << 10
"""Items above this size keep the automatic buffer, which counts bytes."""


@dataclass
class Sample:
    """What was measured of one pipe.

    Attributes:
        calls: inputs it was called with (a source: items it made); `seconds` what they took together.
        results: what it sent; `size` its bytes on the way, on average.
        measured: False for pipes that were not called (sinks) or run on an event loop.
    """

    calls: int = 0
    seconds: float = 0.0
    results: int = 0
    bytes: int = 0
    measured: bool = True

    @property
    def each(self) -> float:
        """Seconds a call."""
        return self.seconds / self.calls if self.calls else 0.0

    @property
    def size(self) -> float:
        """Bytes a result."""
        return self.bytes / self.results if self.results else 0.0


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one pipe, and why."""

    name: str
    sample: Sample
    load: float
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""


@dataclass(frozen=True)
class Tuning:
    """The measurements behind a tuned flow, and what they led to; prints as a table.

    Attributes:
        proposals: one for each pipe, in the order they were written.
        fuse: neighbouring pipes are to share a worker.
        reason: why, or why not.
        cores: that may be used.
    """

    proposals: tuple[Proposal, ...]
    fuse: bool
    reason: str
    cores: int

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("pipe", "calls", "each", "load", "size", "proposed", "because")]
        for p in self.proposals:
            numbers = (str(p.sample.calls), _time(p.sample.each), _time(p.load), f"{p.sample.size:.0f} B")
            said = ", ".join(f"{key}={value}" for key, value in p.options.items()) or "-"
            rows.append((p.name, *(numbers if p.sample.measured else ("-", "-", "-", "-")), said, p.reason))
        widths = [max(len(row[column]) for row in rows) for column in range(7)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join([*(line.rstrip() for line in lines), f"fuse={self.fuse}: {self.reason}"])


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


# ---------------------------------------------------------------- measuring


def measure(plan: Plan, n: int) -> dict[str, Sample]:
    """Run the first `n` items of every source through the plan in this process; by pipe, what was seen."""
    samples = {stage.name: Sample() for stage in plan.stages}
    timed = replace(plan, stages=tuple(_timed(stage, samples[stage.name], n) for stage in plan.stages))
    run = engines.load("inline").open_run(timed, Settings())
    run.start()
    try:
        run.wait()
    finally:
        run.close()
    for problem in run.supervisor.problems:
        if isinstance(problem, Failure):
            name = plan.stages[problem.worker.stage].name
            raise PipeError(
                f"pipe '{name}' failed on the sample: {problem.kind}: {problem.text}",
                pipe=name,
                worker_traceback=problem.traceback,
            )
    return samples


def _timed(stage: StagePlan, sample: Sample, n: int) -> StagePlan:
    pipe = stage.pipe
    if pipe is None:
        return stage
    if inspect.isgenerator(pipe.functor):
        raise PipelineStateError(
            f"{pipe.label_with_place}: its generator has been started, so a sample would use up its items. "
            "Give the generator function itself"
        )
    twin = copy.copy(with_own_functor(pipe))

    def step(context: StepContext) -> Step:
        if not pipe.has_output:
            sample.measured = False
            return Step()
        made = type(twin).step(twin, context)
        if isinstance(made, ConcurrentStep):
            sample.measured = False
            return made
        return _TimedStep(made, sample, n)

    twin.step = step  # type: ignore[method-assign]
    return replace(stage, pipe=twin)


class _TimedStep(Step):
    def __init__(self, step: Step, sample: Sample, n: int) -> None:
        self._step, self._sample, self._n = step, sample, n

    @property
    def satisfied(self) -> bool:  # type: ignore[override]
        return self._step.satisfied

    def start(self) -> Iterator[Any]:
        items = iter(self._step.start())
        for _ in range(self._n):
            began = time.perf_counter()
            try:
                item = next(items)
            except StopIteration:
                return
            self._sample.seconds += time.perf_counter() - began
            self._sample.calls += 1
            self._sent(item)
            yield item

    def feed(self, *args: Any) -> Iterable[Any]:
        began = time.perf_counter()
        results = tuple(islice(self._step.feed(*args), FAR))
        self._sample.seconds += time.perf_counter() - began
        self._sample.calls += 1
        for result in results:
            self._sent(result)
        return results

    def finish(self) -> Iterable[Any]:
        return islice(self._step.finish(), FAR)

    def close(self) -> Any:
        return self._step.close()

    def _sent(self, result: Any) -> None:
        if result is None:
            return
        self._sample.results += 1
        try:
            self._sample.bytes += pack(result)[1]
        except Unpicklable:
            return  # the run itself will say so


# ---------------------------------------------------------------- proposing


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
        reason = f"{_time(load)} for each item, {_time(goal)} is the best for the others; order is kept"
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
            f"{' + '.join(names)} together would take {_time(heaviest)} for each item, and limit the flow",
        )
    saved = "; ".join(" + ".join(each) for _, each in sums)
    return True, f"{saved}: together no slower than the slowest pipe, and no hops between them"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
