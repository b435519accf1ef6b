"""preview: what each pipe emits for the first items, run in this process.

    flow -> checked plan -> the same plan with recording steps -> run inline -> Preview

Sources are cut off after a few items; sinks are not called unless asked; functor objects are copied first, so
that what they count or collect is not there when the flow really runs.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pipeflow.checks import Target, check
from pipeflow.errors import PipelineStateError
from pipeflow.graph import Graph, build_graph, effective, name_of, pipe_nodes
from pipeflow.hints import read
from pipeflow.pipes import Pipe
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.pipes.options import is_whole
from pipeflow.pipes.switch import Chosen
from pipeflow.plan import Plan, StagePlan, compile_plan
from pipeflow.runtime.messages import Failure
from pipeflow.runtime.supervisor import Supervisor
from pipeflow.spelling import short
from pipeflow.views.previewed import PipePreview, Preview, shown

FAR = 100
"""So many times n results of a pipe end its preview: a loop, or a generator, may have no end."""


class RunLike(Protocol):
    """What is needed of a run; `pipeflow.engines.inline` opens it."""

    @property
    def supervisor(self) -> Supervisor:
        """Knows what happened."""
        ...

    def start(self) -> None:
        """Start every worker."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Until every worker is gone."""
        ...

    def stop(self, grace: float) -> None:
        """Begin to end the run."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


def preview(flow: Any, n: int = 3, *, sinks: bool = False, open_run: Callable[[Plan], RunLike]) -> Preview:
    """What each pipe emits for the first `n` items of every source.

    Args:
        flow: what would be run, or a part of it that begins with a source.
        n: items of each source.
        sinks: call the sinks too; otherwise the preview shows what they would get.
        open_run: opens a run of a plan in this thread (views know no engine).

    Raises:
        GraphError: the graph has errors; open outputs are none here.
        PipelineStateError: a source is a started generator, which the preview would use up.
        ValueError: `n` is no whole number of at least 1.
    """
    if not is_whole(n) or n < 1:
        raise ValueError(f"preview shows a whole number of items, at least 1, not {n!r}")
    graph = build_graph(flow)
    check(graph, Target(engine="inline"), ignore=("PF101",)).raise_if_errors()
    _refuse_started(graph)
    plan = compile_plan(graph)
    records = {number: _Record(n, far=FAR * n) for number in range(len(plan.stages))}
    run = open_run(_recording(plan, records, sinks))
    try:
        run.start()
        run.wait()
    except BaseException:
        run.stop(0.0)
        raise
    finally:
        run.close()
    return _result(graph, plan, records, run.supervisor, n, sinks)


def _refuse_started(graph: Graph) -> None:
    for pipe in pipe_nodes(graph):
        if not pipe.has_input and _is_iterator(pipe.functor):
            raise PipelineStateError(
                f"a preview would use up the items of {pipe.label_with_place}: its functor is a started "
                "generator or another iterator, which can be read only once. Give it the function that makes "
                f"it:  Source({getattr(pipe.functor, '__name__', 'make_items')})"
            )


def _is_iterator(value: object) -> bool:
    return isinstance(value, Iterator)


# ---------------------------------------------------------------- recording


@dataclass
class _Record:
    """What one pipe emitted, all its workers together."""

    n: int
    far: int
    items: list[str] = field(default_factory=list[str])
    count: int = 0

    def add(self, value: Any) -> None:
        if value is not None:
            self.count += 1
            if len(self.items) < self.n:
                self.items.append(_shown(value))

    @property
    def over(self) -> bool:
        return self.count >= self.far


def _shown(value: Any) -> str:
    """What leaves a Switch is shown as in curly brackets: its key, and the item."""
    return f"{short(value.key)}: {shown(value.item)}" if isinstance(value, Chosen) else shown(value)


def _recording(plan: Plan, records: dict[int, _Record], sinks: bool) -> Plan:
    stages = tuple(_recorded(stage, records[number], sinks) for number, stage in enumerate(plan.stages))
    # Where nobody reads there is no order to keep.
    streams = tuple(replace(each, sequenced=each.sequenced and not each.discards) for each in plan.streams)
    return replace(plan, stages=stages, streams=streams)


def _recorded(stage: StagePlan, record: _Record, sinks: bool) -> StagePlan:
    """The stage with a pipe whose step records. It never leaves this process, so it need not be picklable."""
    assert stage.pipe is not None
    pipe = copy.copy(stage.pipe)
    pipe.functor = _copied(pipe.functor)
    # One object's step, not its class's: everything else the run loop asks of the pipe is the pipe's own.
    pipe.__dict__["step"] = _StepMaker(pipe, type(pipe).step, record, sinks)
    return replace(stage, pipe=pipe, hosted=False)


def _copied(functor: Any) -> Any:
    if read(functor).form not in ("instance", "callable") or inspect.isroutine(functor):
        return functor
    try:
        return copy.deepcopy(functor)
    except Exception:  # noqa: BLE001 - what can't be copied is used as it is, as the inline engine would
        return functor


class _StepMaker:
    def __init__(self, pipe: Pipe, step: Callable[..., Step], record: _Record, sinks: bool) -> None:
        self._pipe, self._step, self._record, self._sinks = pipe, step, record, sinks

    def __call__(self, context: StepContext) -> Step:
        if not self._pipe.has_output and not self._sinks:
            return _Watched(self._record)
        step = self._step(self._pipe, context)
        if isinstance(step, ConcurrentStep):
            return _recorded_concurrent(step, self._record)
        if not self._pipe.has_output:
            return _Watched(self._record, step)
        # A source ends after n items, everything else only when it goes on for ever.
        return _Recorded(step, self._record, self._record.far if self._pipe.has_input else self._record.n)


class _Watched(Step):
    """A sink's step: records what it gets, and calls the sink only where there is one."""

    def __init__(self, record: _Record, step: Step | None = None) -> None:
        self._record, self._step = record, step or Step()

    def feed(self, *args: Any) -> Iterable[Any]:
        self._record.add(args[0] if len(args) == 1 else args)
        return self._step.feed(*args)

    def finish(self) -> Iterable[Any]:
        return self._step.finish()

    def close(self) -> Any:
        return self._step.close()


class _Recorded(Step):
    def __init__(self, step: Step, record: _Record, most: int) -> None:
        self._step, self._record, self._most = step, record, most

    @property
    def satisfied(self) -> bool:  # type: ignore[override]
        return self._step.satisfied or self._record.over

    def start(self) -> Iterable[Any]:
        return _Results(self._step.start(), self._record, self._most)

    def feed(self, *args: Any) -> Iterable[Any]:
        results = self._step.feed(*args)
        if not _is_finished(results):
            return _Results(results, self._record, self._most)
        for result in results:
            self._record.add(result)
        return results

    def finish(self) -> Iterable[Any]:
        return _Results(self._step.finish(), self._record, self._most)

    def close(self) -> Any:
        return self._step.close()


def _is_finished(results: object) -> bool:
    """Whether the run loop takes these results as they are, all at once."""
    return type(results) is tuple


class _Results:
    """Not a generator: an exception of the user's iterator must not end it."""

    def __init__(self, results: Iterable[Any], record: _Record, most: int) -> None:
        self._results, self._record, self._left = iter(results), record, most

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._left <= 0:
            raise StopIteration
        result = next(self._results)
        self._left -= 1
        self._record.add(result)
        return result

    @property
    def ended(self) -> bool:
        """Of a source: see `pipes.source`."""
        return bool(getattr(self._results, "ended", False))


def _recorded_concurrent(step: ConcurrentStep, record: _Record) -> ConcurrentStep:
    """The same object, since the run loop knows it by its class; its results pass by the record."""
    ready = step.ready

    def recorded() -> list[tuple[Any, Any, BaseException | None]]:
        finished = ready()
        for _, result, _ in finished:
            record.add(result)
        return finished

    step.__dict__["ready"] = recorded
    return step


# ---------------------------------------------------------------- the result


def _result(
    graph: Graph, plan: Plan, records: dict[int, _Record], supervisor: Supervisor, n: int, sinks: bool
) -> Preview:
    taken: dict[int, int] = {}
    dropped: dict[int, int] = {}
    skipped: dict[int, int] = {}
    for worker, summary in supervisor.summaries.items():
        stage = worker.stage
        taken[stage] = taken.get(stage, 0) + summary.taken
        dropped[stage] = dropped.get(stage, 0) + summary.dropped
        skipped[stage] = skipped.get(stage, 0) + sum(summary.ignored.values())
    numbers = {stage.name: number for number, stage in enumerate(plan.stages)}
    pipes: list[PipePreview] = []
    for pipe in pipe_nodes(graph):
        name = name_of(graph, pipe)
        number = numbers[name]
        record = records[number]
        pipes.append(
            PipePreview(
                name=name,
                kind=pipe.kind,
                items=tuple(record.items),
                count=record.count,
                taken=taken.get(number, 0) if effective(graph, pipe).has_input else None,
                dropped=dropped.get(number, 0),
                skipped=skipped.get(number, 0),
                called=sinks or pipe.has_output,
                cut=record.over,
            )
        )
    problem = next((each for each in supervisor.problems if isinstance(each, Failure)), None)
    name = "" if problem is None else plan.stages[problem.worker.stage].name
    return Preview(tuple(pipes), n, problem, name)
