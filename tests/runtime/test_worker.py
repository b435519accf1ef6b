"""The run loop of each kind of pipe between scripted ends."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from pipeflow.pipes._base import Step
from pipeflow.runtime.messages import EndInput, Failed, Finished, Idle, Probe, Worker
from pipeflow.runtime.meter import FIELDS, Meter
from pipeflow.runtime.worker import RunLoop
from tests.functors import Boom, collector, double, fail_on_three, inc, odd_only, pair, rebatch, split_in_two
from tests.runtime.fakes import FakeEndpoint, loop_for, planned, result_of, source, stage_number, worked

LINE = (1, 0, 0)


def through(functor: Any, **options: Any):
    return source() >> pf.Transform(functor, "work").with_(**options) >> collector()


def test_a_source_sends_all_it_makes_and_ends() -> None:
    endpoint = FakeEndpoint()
    report = worked(source(5) >> collector(), "src", endpoint)
    assert endpoint.sent() == [0, 1, 2, 3, 4]
    assert endpoint.finished
    assert (report.summary.taken, report.summary.sent, report.stopped) == (5, 5, False)


def test_a_source_that_nobody_wants_stops_being_asked() -> None:
    endpoint, made = FakeEndpoint(), []
    endpoint.room = {0: 3}

    def endless():
        try:
            while True:
                made.append(len(made))
                yield made[-1]
        finally:
            made.append("closed")

    report = worked(pf.Source(endless, "src") >> collector(), "src", endpoint)
    assert isinstance(report, Finished)
    assert endpoint.sent() == [0, 1, 2]
    assert made[-1] == "closed"


def test_a_transform_acknowledges_after_its_result_was_sent() -> None:
    endpoint = FakeEndpoint([10, 20])
    report = worked(through(inc), "work", endpoint)
    order = [(what, *rest) for what, _, *rest in endpoint.log]
    assert [entry for entry in order if entry[0] != "flushed"][-1] == ("done",)
    assert endpoint.sent() == [11, 21]
    for number, entry in ((1, 11), (2, 21)):
        dones = [at for at, line in enumerate(order) if line == ("done",)]
        assert len(dones) == 2
        assert order.index(("sent", entry)) < dones[number - 1]
    assert (report.summary.taken, report.summary.sent, report.summary.read) == (2, 2, {0: 2})


def test_none_is_dropped_and_counted() -> None:
    endpoint = FakeEndpoint(list(range(6)))
    report = worked(through(odd_only), "work", endpoint)
    assert endpoint.sent() == [1, 3, 5]
    assert (report.summary.sent, report.summary.dropped) == (3, 3)


def test_a_failure_names_the_item_and_ends_the_worker() -> None:
    endpoint = FakeEndpoint([1, 2, 3, 4])
    report = worked(through(fail_on_three), "work", endpoint)
    assert isinstance(report, Failed)
    failure = report.failure
    assert (failure.item, failure.item_repr, failure.kind, failure.during) == (3, "3", "Boom", "run")
    assert endpoint.sent() == [1, 2]
    assert not endpoint.finished
    assert (report.summary.taken, report.summary.sent) == (3, 2)


def test_an_ignored_exception_skips_that_item_alone() -> None:
    endpoint = FakeEndpoint([1, 2, 3, 4, 3])
    report = worked(through(fail_on_three, ignore_exceptions=[Boom]), "work", endpoint)
    assert endpoint.sent() == [1, 2, 4]
    assert report.summary.ignored == {"Boom": 2}
    assert sum(line[0] == "done" for line in endpoint.log) == 5


def test_a_result_that_cannot_leave_is_the_fault_of_its_maker() -> None:
    endpoint = FakeEndpoint([1, 2, 3])
    report = worked(through(lambda x: (lambda: x) if x == 2 else x), "work", endpoint)
    assert isinstance(report, Failed)
    assert (report.failure.during, report.failure.item, report.failure.kind) == ("send", 2, "TypeError")
    assert endpoint.sent() == [1]


def test_an_item_that_cannot_be_read_is_the_fault_of_its_reader() -> None:
    report = worked(through(inc), "work", FakeEndpoint([1, ValueError("garbled"), 3]))
    assert isinstance(report, Failed)
    assert (report.failure.during, report.failure.kind) == ("receive", "ValueError")


def test_a_sink_returns_its_result() -> None:
    report = worked(source() >> collector(), "k", FakeEndpoint(["a", None, ()], outputs=0))
    assert result_of(report) == ["a", None, ()]
    assert (report.summary.taken, report.summary.sent) == (3, 0)


def test_a_regulator_sends_what_it_holds_at_the_end() -> None:
    endpoint = FakeEndpoint(list(range(10)))
    worked(source() >> pf.Regulator(rebatch, "work") >> collector(), "work", endpoint)
    assert endpoint.sent() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert sum(line[0] == "done" for line in endpoint.log) == 10


class FirstThree(pf.Transform):
    """A kind whose step is satisfied after three items."""

    def step(self, context: Any) -> Any:
        return _FirstThree()


class _FirstThree(Step):
    def __init__(self) -> None:
        self.left = 3

    def feed(self, *args: Any) -> tuple[Any, ...]:
        self.left -= 1
        self.satisfied = not self.left
        return args


def test_a_satisfied_step_wants_no_more_and_says_so() -> None:
    endpoint = FakeEndpoint(list(range(100)))
    report = worked(source() >> FirstThree(inc, "take") >> collector(), "take", endpoint)
    assert isinstance(report, Finished)
    assert endpoint.sent() == [0, 1, 2]
    assert ("closed", 0) in endpoint.log
    assert report.summary.taken == 3


def test_nobody_wants_results_any_more() -> None:
    endpoint = FakeEndpoint(list(range(100)))
    endpoint.room = {0: 2}
    report = worked(through(inc), "work", endpoint)
    assert isinstance(report, Finished)
    assert endpoint.sent() == [1, 2]
    assert ("closed", 0) in endpoint.log


def test_a_join_pairs_by_origin() -> None:
    arms = (pf.Transform(inc), pf.Transform(double))
    flow = source() >> split_in_two >> arms >> pf.Transform(pair, "work") >> collector()
    endpoint = FakeEndpoint([(0, "a"), (1,), (2, "c")], [(2, "C"), (1, "B"), (0, "A")])
    report = worked(flow, "work", endpoint)
    assert sorted(endpoint.sent()) == [("a", "A"), ("c", "C")]
    assert report.summary.unpaired == 1


def test_order_is_restored_behind_replicas() -> None:
    flow = source() >> (pf.Transform(inc) * 2).with_(ordered=True) >> collector()
    endpoint = FakeEndpoint(
        [((LINE, 1), ("b",)), ((LINE, 2), ()), ((LINE, 0), ("a", "A")), ((LINE, 3), ("d",))], outputs=0
    )
    assert result_of(worked(flow, "k", endpoint)) == ["a", "A", "b", "d"]


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_stop_lets_go_of_the_functor_and_sends_nothing_more(after: int) -> None:
    closed = []

    class Work:
        def run(self, x: int) -> int:
            return x

        def local_term(self) -> None:
            closed.append(True)

    endpoint = FakeEndpoint([1, 2, 3])
    endpoint.stop_after = after
    report = worked(through(Work()), "work", endpoint)
    assert isinstance(report, Finished)
    assert report.stopped
    assert not endpoint.finished
    assert closed == [True]


def test_local_init_and_local_term_can_fail_too() -> None:
    class Bad:
        def __init__(self, where: str) -> None:
            self.where = where

        def local_init(self) -> None:
            if self.where == "local_init":
                raise Boom

        def run(self, x: int) -> int:
            return x

        def local_term(self) -> None:
            if self.where == "local_term":
                raise Boom

    for where in ("local_init", "local_term"):
        report = worked(through(Bad(where)), "work", FakeEndpoint([1]))
        assert isinstance(report, Failed)
        assert report.failure.during == where


def test_the_meter_shows_the_item_in_hand_and_then_none() -> None:
    slots, seen = [0] * FIELDS, []

    def look(x: int) -> int:
        seen.append(Meter(slots, 0).read().item)
        return x

    endpoint = FakeEndpoint(["a", "b", "c"])
    loop = loop_for(through(look), "work", endpoint)
    loop.meter = Meter(slots, 0)
    while not loop.over:
        loop.tick()
    assert seen == [1, 2, 3]
    reading = loop.meter.read()
    assert (reading.item, reading.taken, reading.sent, reading.state) == (0, 3, 3, "over")


def test_an_input_can_be_ended_from_outside() -> None:
    endpoint = FakeEndpoint([1, 2, 3])
    loop = loop_for(through(inc), "work", endpoint)
    loop.tick()
    loop.command(EndInput(loop_only=False))
    while not loop.over:
        loop.tick()
    assert ("closed", 0) in endpoint.log
    assert isinstance(endpoint.reports[-1], Finished)


def test_a_probe_is_answered_only_by_the_idle() -> None:
    endpoint = FakeEndpoint([1])
    loop = loop_for(through(inc), "work", endpoint)
    loop.command(Probe(3))
    assert endpoint.reports == []
    loop._idle_said = True
    loop.command(Probe(4))
    assert endpoint.reports == [Idle(loop.worker, 0, 0, 4)]


def test_workers_of_one_process_do_not_share_a_functor() -> None:
    class Tally:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def run(self, x: int) -> int:
            self.seen.append(x)
            return len(self.seen)

    plan = planned(source() >> pf.Transform(Tally(), "work") * 2 >> collector())
    for replica in (0, 1):
        endpoint = FakeEndpoint(["x"])
        loop = RunLoop(plan, Worker(stage_number(plan, "work"), replica), endpoint, Meter([0] * FIELDS, 0))
        while not loop.over:
            loop.tick()
        assert endpoint.sent() == [1]
