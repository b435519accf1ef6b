"""OpenTelemetry: the numbers of running pipelines as observable instruments.

    pipeflow.pipe.items      counter   items taken        {pipeflow.pipe, pipeflow.kind}
    pipeflow.pipe.sent       counter   results sent
    pipeflow.pipe.time       counter   seconds            {..., pipeflow.state: busy, waiting or blocked}
    pipeflow.pipe.workers    gauge     workers at work

The exporter asks when it wants to know: a callback reads the workers' meters, so an item costs nothing.
Needs the extra ``otel``, and an application that has set a meter provider up.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.views.progress.panel import RunLike, sent_by, taken_by

STATES = ("busy", "waiting", "blocked")
Observed = tuple[float, dict[str, str]]


class Telemetry:
    """The instruments of one meter, and the runs they speak of.

    Totals of runs that have ended are kept, for a counter must not go back.

    Args:
        meter: an OpenTelemetry ``Meter``.
        observation: makes an OpenTelemetry ``Observation`` of a value and its attributes.
    """

    def __init__(self, meter: Any, observation: Callable[[float, dict[str, str]], Any]) -> None:
        self._lock = threading.Lock()
        self._runs: list[RunLike] = []
        self._ended: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
        self._observation = observation
        for name, (observe, unit, text) in _COUNTERS.items():
            meter.create_observable_counter(name, [_Callback(self, name, observe)], unit, text)
        workers = _Callback(self, "pipeflow.pipe.workers", _workers, sums=False)
        meter.create_observable_gauge("pipeflow.pipe.workers", [workers], "{worker}", "Workers at work")

    def begin(self, run: RunLike) -> None:
        """Speak of this run from now on."""
        with self._lock:
            self._runs.append(run)

    def end(self, run: RunLike) -> None:
        """The run has ended: only its totals count from now on."""
        with self._lock:
            if run not in self._runs:
                return
            self._runs.remove(run)
            for name, (observe, _, _) in _COUNTERS.items():
                totals = self._ended.setdefault(name, {})
                for value, attributes in observe(run):
                    key = tuple(sorted(attributes.items()))
                    totals[key] = totals.get(key, 0.0) + value

    def observe(self, name: str, observe: Callable[[RunLike], Iterator[Observed]], sums: bool) -> list[Any]:
        """What an instrument shows now: pipes of one name in several runs are added up."""
        with self._lock:
            totals = dict(self._ended.get(name, {})) if sums else {}
            runs = list(self._runs)
        for run in runs:
            for value, attributes in observe(run):
                key = tuple(sorted(attributes.items()))
                totals[key] = totals.get(key, 0.0) + value
        return [self._observation(value, dict(key)) for key, value in totals.items()]


class _Callback:
    def __init__(
        self,
        telemetry: Telemetry,
        name: str,
        observe: Callable[[RunLike], Iterator[Observed]],
        sums: bool = True,
    ) -> None:
        self._telemetry, self._name, self._observe, self._sums = telemetry, name, observe, sums

    def __call__(self, options: Any) -> list[Any]:
        return self._telemetry.observe(self._name, self._observe, self._sums)


def _pipes(run: RunLike) -> Iterator[tuple[Any, dict[str, str], list[Reading]]]:
    readings = run.readings()
    for number, stage in enumerate(run.plan.stages):
        if stage.pipe is not None:
            workers = (Worker(number, replica) for replica in range(stage.replicas))
            found = [readings[worker] for worker in workers if worker in readings]
            yield stage, {"pipeflow.pipe": stage.name, "pipeflow.kind": stage.kind}, found


def _items(run: RunLike) -> Iterator[Observed]:
    for stage, attributes, readings in _pipes(run):
        yield taken_by(stage, readings), attributes


def _sent(run: RunLike) -> Iterator[Observed]:
    for stage, attributes, readings in _pipes(run):
        yield sent_by(stage, readings), attributes


def _time(run: RunLike) -> Iterator[Observed]:
    for _, attributes, readings in _pipes(run):
        for state in STATES:
            seconds = sum(getattr(reading, state) for reading in readings)
            yield seconds, {**attributes, "pipeflow.state": state}


def _workers(run: RunLike) -> Iterator[Observed]:
    for _, attributes, readings in _pipes(run):
        yield sum(reading.state != "over" for reading in readings), attributes


_COUNTERS: dict[str, tuple[Callable[[RunLike], Iterator[Observed]], str, str]] = {
    "pipeflow.pipe.items": (_items, "{item}", "Items taken by a pipe"),
    "pipeflow.pipe.sent": (_sent, "{item}", "Results sent by a pipe"),
    "pipeflow.pipe.time": (_time, "s", "Where the time of a pipe's workers goes"),
}

_shared: Telemetry | None = None
_making = threading.Lock()


def shared() -> Telemetry | None:
    """The instruments of this process; None while nobody here has imported OpenTelemetry's metrics.

    An application that wants metrics has imported them to set a provider up; all others must not pay for the
    import.
    """
    global _shared
    if "opentelemetry.metrics" not in sys.modules:
        return None
    with _making:
        if _shared is None:
            metrics: Any = importlib.import_module("opentelemetry.metrics")
            _shared = Telemetry(metrics.get_meter("pipeflow"), metrics.Observation)
        return _shared
