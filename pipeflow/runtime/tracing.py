"""What a worker says about its items while it works, where a plan asks for it (`plan.Tracing`).

A tracer stands around what the run loop uses, so that an untraced run pays nothing:

    endpoint   TimedEndpoint   reads and writes of the traced streams, with how full they were
    step       TracedStep      every input and every result
    guard      skipped         every item that an ignored exception has skipped
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from pipeflow.pipes._base import Step
from pipeflow.plan import Plan
from pipeflow.runtime.messages import Failed, Finished, Moved, StreamUse, Worker
from pipeflow.runtime.shown import cut_repr
from pipeflow.transports import ENDED, WOKEN, Endpoint

PAUSE = 0.1
"""Seconds between two reports of one end of a stream; what happens in between is added up."""


class Tracer:
    """One worker's tracing.

    Args:
        plan: says what is traced.
        worker: whose items they are.
        report: takes its messages.
    """

    def __init__(self, plan: Plan, worker: Worker, report: Callable[[object], None]) -> None:
        stage, traced = plan.stages[worker.stage], plan.tracing
        self._worker, self._report = worker, report
        self._reads = _numbers([port.stream for port in stage.inputs], traced.streams)
        self._writes = _numbers([port.stream for port in stage.outputs], traced.streams)
        self._items, self._skips = traced.items, traced.skips

    @property
    def every_item(self) -> bool:
        """Whether it sees each item, so that they can't go by in stretches."""
        return bool(self._items or self._reads or self._writes)

    def around_endpoint(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, timed where a stream of it is traced."""
        if not (self._reads or self._writes):
            return endpoint
        return cast(Endpoint, TimedEndpoint(endpoint, self._worker, self._reads, self._writes))

    def around_step(self, step: Step) -> Step:
        """The step, saying what goes in and what comes out."""
        return TracedStep(step, self) if self._items else step

    def moved(self, how: str, *values: Any) -> None:
        """An input was taken or a result made."""
        self._report(Moved(self._worker, how, ", ".join(cut_repr(value) for value in values)))

    def skipped(self, error: BaseException, item: int | None, args: tuple[Any, ...]) -> None:
        """An ignored exception has skipped the item in hand."""
        if self._skips:
            shown = f" ({', '.join(cut_repr(value) for value in args)})" if args else ""
            text = f"item {item}{shown}: {type(error).__name__}: {error}"
            self._report(Moved(self._worker, "skipped", text.rstrip(": ")))


def tracer(plan: Plan, worker: Worker, endpoint: Endpoint) -> Tracer | None:
    """The worker's tracer; None when the plan asks for nothing."""
    traced = plan.tracing
    wanted = traced.items or traced.skips or traced.streams
    return Tracer(plan, worker, endpoint.report) if wanted else None


def _numbers(streams: list[int], traced: frozenset[int]) -> dict[int, int]:
    return {port: stream for port, stream in enumerate(streams) if stream in traced}


class TracedStep(Step):
    """A step whose inputs and results are told."""

    def __init__(self, step: Step, tracer: Tracer) -> None:
        self._step, self._tracer = step, tracer

    @property
    def satisfied(self) -> bool:  # type: ignore[override]
        """The step's own answer."""
        return self._step.satisfied

    def start(self) -> Iterable[Any]:
        """See `Step.start`."""
        return _Told(self._step.start(), self._tracer)

    def feed(self, *args: Any) -> Iterable[Any]:
        """See `Step.feed`."""
        self._tracer.moved("in", *args)
        results = self._step.feed(*args)
        if isinstance(results, tuple):
            made: tuple[Any, ...] = results
            for result in made:
                self._tracer.moved("out", result)
            return made
        return _Told(results, self._tracer)

    def finish(self) -> Iterable[Any]:
        """See `Step.finish`."""
        return _Told(self._step.finish(), self._tracer)

    def close(self) -> Any:
        """See `Step.close`."""
        return self._step.close()


class _Told:
    """Not a generator: an exception of the step's own iterator must not end it."""

    def __init__(self, results: Iterable[Any], tracer: Tracer) -> None:
        self._results, self._tracer = iter(results), tracer

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        result = next(self._results)
        self._tracer.moved("out", result)
        return result

    @property
    def ended(self) -> bool:
        """Of a source: see `pipes.source`."""
        return bool(getattr(self._results, "ended", False))


@dataclass
class _Use:
    """What happened at one end of a stream since it was last reported."""

    stream: int
    items: int = 0
    seconds: float = 0.0
    reported: float = 0.0


class TimedEndpoint:
    """An endpoint that says how long reads and writes took, and how full the streams were."""

    def __init__(
        self, endpoint: Endpoint, worker: Worker, reads: dict[int, int], writes: dict[int, int]
    ) -> None:
        self._endpoint, self._worker = endpoint, worker
        self._reads = {port: _Use(stream) for port, stream in reads.items()}
        self._writes = {output: _Use(stream) for output, stream in writes.items()}

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        """See `Endpoint.receive`."""
        began = time.monotonic()
        port, entry = self._endpoint.receive(ports)
        use = self._reads.get(port)
        if use is not None and entry is not ENDED and entry is not WOKEN:
            self._count(use, began, port, writing=False)
        return port, entry

    def send(self, output: int, entry: Any) -> bool:
        """See `Endpoint.send`."""
        began = time.monotonic()
        taken = self._endpoint.send(output, entry)
        use = self._writes.get(output)
        if use is not None:
            self._count(use, began, output, writing=True)
        return taken

    def report(self, message: object) -> None:
        """See `Endpoint.report`; what was not said yet comes before the worker's last word."""
        if isinstance(message, (Finished, Failed)):
            for port, use in self._reads.items():
                self._say(use, port, writing=False)
            for output, use in self._writes.items():
                self._say(use, output, writing=True)
        self._endpoint.report(message)

    def _count(self, use: _Use, began: float, port: int, *, writing: bool) -> None:
        now = time.monotonic()
        use.items += 1
        use.seconds += now - began
        if now - use.reported >= PAUSE:
            use.reported = now
            self._say(use, port, writing=writing)

    def _say(self, use: _Use, port: int, *, writing: bool) -> None:
        if use.items:
            fill = self._endpoint.underway(port) if writing else self._endpoint.arrived(port)
            self._endpoint.report(StreamUse(self._worker, use.stream, writing, use.items, use.seconds, fill))
            use.items, use.seconds = 0, 0.0

    @property
    def commands(self) -> Callable[[object], None]:
        """See `Endpoint.commands`."""
        return self._endpoint.commands

    @commands.setter
    def commands(self, call: Callable[[object], None]) -> None:
        self._endpoint.commands = call

    def __getattr__(self, name: str) -> Any:
        # The rest is the endpoint's own.
        return getattr(self._endpoint, name)
