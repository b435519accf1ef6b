from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.runtime.report import Sample
from pipeflow.views import telemetry
from pipeflow.views.progress import watch
from pipeflow.views.telemetry import Telemetry
from tests.views.graphs import pipe, sink, source
from tests.views.progress.looks import look, plan_of


class FakeMeter:
    """Keeps the callbacks, as an exporter would ask them."""

    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[[Any], list[Any]]] = {}

    def create_observable_counter(self, name: str, callbacks: list[Any], unit: str, description: str) -> None:
        assert unit
        assert description
        (self.callbacks[name],) = callbacks

    create_observable_gauge = create_observable_counter

    def read(self, name: str, **attributes: str) -> dict[str, float]:
        """The values by pipe, of the observations that have these attributes."""
        found: dict[str, float] = {}
        for value, said in self.callbacks[f"pipeflow.pipe.{name}"](None):
            if all(said[f"pipeflow.{key}"] == wanted for key, wanted in attributes.items()):
                assert said["pipeflow.pipe"] not in found
                found[said["pipeflow.pipe"]] = value
        return found


class FakeRun:
    def __init__(self, **pipes: dict[str, Any]) -> None:
        self.plan = plan_of(source() >> pipe("a") * 2 >> sink())
        self.sample: Sample = look(self.plan, 0.0, **pipes)

    def readings(self) -> Mapping[Worker, Reading]:
        return self.sample.readings


def made() -> tuple[FakeMeter, Telemetry]:
    meter = FakeMeter()
    return meter, Telemetry(meter, lambda value, attributes: (value, attributes))


def test_the_numbers_of_a_run() -> None:
    meter, instruments = made()
    assert meter.read("items") == {}
    instruments.begin(
        FakeRun(src={"item": 11}, a={"taken": 4, "sent": 3, "busy": 1.5, "waiting": 0.5}, k={"state": "over"})
    )
    assert meter.read("items") == {"src": 10, "a": 8, "k": 0}
    assert meter.read("items", kind="Source") == {"src": 10}
    assert meter.read("sent") == {"src": 10, "a": 6, "k": 0}
    assert meter.read("time", state="busy")["a"] == 3.0
    assert meter.read("time", state="waiting")["a"] == 1.0
    assert meter.read("workers") == {"src": 1, "a": 2, "k": 0}


def test_counters_never_go_back_when_a_run_ends() -> None:
    meter, instruments = made()
    first, second = FakeRun(a={"taken": 4}), FakeRun(a={"taken": 1})
    instruments.begin(first)
    instruments.begin(second)
    assert meter.read("items")["a"] == 10
    instruments.end(first)
    instruments.end(first)
    assert meter.read("items")["a"] == 10
    assert meter.read("workers")["a"] == 2
    instruments.end(second)
    assert meter.read("items")["a"] == 10
    assert meter.read("workers") == {}


def test_nothing_is_imported_for_those_who_have_no_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.metrics", raising=False)
    monkeypatch.setattr(telemetry, "_shared", None)
    assert telemetry.shared() is None
    assert "opentelemetry.metrics" not in sys.modules


def test_a_watched_run_is_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = FakeMeter()
    metrics = types.SimpleNamespace(
        get_meter=lambda name: meter, Observation=lambda value, said: (value, said)
    )
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", metrics)  # type: ignore[arg-type]
    monkeypatch.setattr(telemetry, "_shared", None)
    with watch(FakeRun(a={"taken": 4}), False):
        assert meter.read("workers")["a"] == 2
    assert meter.read("workers") == {}
    assert meter.read("items")["a"] == 8


def test_with_the_real_package() -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.metrics")
    metrics = pytest.importorskip("opentelemetry.metrics")
    export = pytest.importorskip("opentelemetry.sdk.metrics.export")
    reader = export.InMemoryMetricReader()
    instruments = Telemetry(sdk.MeterProvider([reader]).get_meter("pipeflow"), metrics.Observation)
    instruments.begin(FakeRun(a={"taken": 4}))
    data = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    points = {point.attributes["pipeflow.pipe"]: point.value for point in data[0].data.data_points}
    assert data[0].name == "pipeflow.pipe.items"
    assert points["a"] == 8
