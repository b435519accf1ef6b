"""What a sample of a flow's items costs in each pipe: its steps timed, in this process."""

from __future__ import annotations

import copy
import inspect
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from pipeflow import engines
from pipeflow.engines._base import Settings
from pipeflow.errors import PipeError, PipelineStateError
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.pipes.started import is_generator, is_iterator
from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.messages import Failure
from pipeflow.runtime.worker import with_own_functor
from pipeflow.transports import Unpicklable
from pipeflow.transports.codec import pack

FAR = 100
"""So many results of one input end its sample: a generator may have no end."""


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
            stage = plan.stages[problem.worker.stage]
            name = stage.name
            raise PipeError(
                f"pipe '{name}' failed on the sample: {problem.kind}: {problem.text}",
                pipe=name,
                place=stage.place_of(name),
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
    if not pipe.has_input and (is_iterator(pipe.functor) or is_generator(pipe.functor)):
        raise PipelineStateError(
            f"{pipe.label_with_place}: its functor is an iterator, so a sample would use up its items. "
            "Give a function that makes it"
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
