"""What workers say about their items where a plan asks, with an endpoint that is only played."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.pipes._base import Step
from pipeflow.plan import Plan, Tracing, compile_plan
from pipeflow.runtime.messages import Finished, Moved, StreamUse, Summary, Worker
from pipeflow.runtime.tracing import TimedEndpoint, TracedStep, Tracer, tracer
from pipeflow.transports import ENDED, WOKEN

WORK = Worker(1, 0)


@pytest.fixture
def plan() -> Plan:
    flow = pf.Source(range(3), "source") >> pf.Transform(str, "work") >> pf.Sink(print, "sink")
    return compile_plan(flow.graph)


class PlayedEndpoint:
    """Receives and sends at once."""

    def __init__(self) -> None:
        self.reports: list[Any] = []
        self.report = self.reports.append
        self.entries: list[Any] = []
        self.commands: Any = None

    def receive(self, ports: Any = None) -> tuple[int, Any]:
        return 0, self.entries.pop(0)

    def send(self, output: int, entry: Any) -> bool:
        return True

    def arrived(self, port: int) -> int:
        return len(self.entries)

    def underway(self, output: int) -> int:
        return 7


def traced(plan: Plan, **asked: Any) -> tuple[Tracer | None, PlayedEndpoint]:
    endpoint: Any = PlayedEndpoint()
    return tracer(replace(plan, tracing=Tracing(**asked)), WORK, endpoint), endpoint


def test_a_plan_that_asks_for_nothing_has_no_tracer(plan: Plan) -> None:
    assert traced(plan)[0] is None


@pytest.mark.parametrize(
    ("asked", "every_item"),
    [
        ({"skips": True}, False),
        ({"items": True}, True),
        ({"streams": frozenset({0})}, True),  # it reads that one
        ({"streams": frozenset({1})}, True),  # it writes that one
        ({"streams": frozenset({9}), "skips": True}, False),
    ],
)
def test_only_what_looks_at_each_item_costs_each_item(plan: Plan, asked: Any, every_item: bool) -> None:
    made, endpoint = traced(plan, **asked)
    assert made is not None
    assert made.every_item is every_item
    if not asked.get("streams", set()) & {0, 1}:
        assert made.around_endpoint(endpoint) is endpoint  # type: ignore[arg-type,comparison-overlap]
    step = Step()
    assert isinstance(made.around_step(step), TracedStep) is bool(asked.get("items"))


def test_reads_and_writes_are_added_up_until_they_are_told(plan: Plan) -> None:
    made, endpoint = traced(plan, streams=frozenset({0, 1}))
    assert made is not None
    timed: Any = made.around_endpoint(endpoint)  # type: ignore[arg-type]
    assert isinstance(timed, TimedEndpoint)
    endpoint.entries = ["a", WOKEN, "b", "c", ENDED]
    for _ in range(5):
        timed.receive()
    assert timed.send(0, "a")
    first = endpoint.reports[0]
    assert isinstance(first, StreamUse)
    assert (first.worker, first.stream, first.writing, first.items, first.fill) == (WORK, 0, False, 1, 4)
    last = Finished(WORK, Summary())
    timed.report(last)
    assert endpoint.reports[-1] is last, "what was not told yet comes before the worker's last word"
    uses = endpoint.reports[:-1]
    assert sum(use.items for use in uses if not use.writing) == 3, "an end and a wake-up are no items"
    (written,) = [use for use in uses if use.writing]
    assert (written.stream, written.items, written.fill) == (1, 1, 7)


def test_commands_reach_the_worker_through_a_timed_endpoint(plan: Plan) -> None:
    made, endpoint = traced(plan, streams=frozenset({0}))
    assert made is not None
    timed: Any = made.around_endpoint(endpoint)  # type: ignore[arg-type]
    timed.commands = print
    assert endpoint.commands is print
    assert timed.commands is print


class Pairs(Step):
    def feed(self, *args: Any) -> Any:
        return iter((*args, None))


def test_inputs_and_results_are_told_in_their_order(plan: Plan) -> None:
    made, endpoint = traced(plan, items=True)
    assert made is not None
    step = made.around_step(Pairs())
    assert list(step.start()) == []
    assert list(step.feed(1, "x")) == [1, "x", None]
    assert list(step.finish()) == []
    assert [(message.how, message.text) for message in endpoint.reports] == [
        ("in", "1, 'x'"),
        ("out", "1"),
        ("out", "'x'"),
        ("out", "None"),
    ]
    assert not step.satisfied
    assert step.close() is None


def test_a_skipped_item_is_told_with_its_number(plan: Plan) -> None:
    made, endpoint = traced(plan, skips=True)
    assert made is not None
    made.skipped(ValueError("bad"), 3, ("x",))
    assert endpoint.reports == [Moved(WORK, "skipped", "item 3 ('x'): ValueError: bad")]
    silent, other = traced(plan, items=True)
    assert silent is not None
    silent.skipped(ValueError("bad"), 3, ("x",))
    assert other.reports == []
