from __future__ import annotations

from typing import Any

import pytest

from pipeflow import Sink, Source, Transform
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.runtime.messages import Finished, Summary, Worker
from pipeflow.runtime.report import RunReport, Sample, make_report
from pipeflow.runtime.report.making import lost_items
from pipeflow.runtime.report.timeline import rows
from tests.runtime.report.reports import reading


def made(**options: Any) -> RunReport:
    """Of a source and two workers of one pipe, ten seconds, four of them with work in them."""
    flow = Source([1], name="src") >> Transform(str, name="work") * 2 >> Sink(repr, name="end")
    plan = compile_plan(build_graph(flow))
    first, second = Worker(1, 0), Worker(1, 1)
    readings = {first: reading(3, busy=3.0), second: reading(1, busy=1.0)}
    summaries = {
        first: Summary(taken=3, sent=2, dropped=1, ignored={"ValueError": 1}, not_needed={0: 1}),
        second: Summary(
            taken=1, sent=1, ignored={"ValueError": 2, "KeyError": 1}, retried=4, not_needed={0: 2}
        ),
    }
    finished = {first: Finished(first, summaries[first], "mine"), second: Finished(second, summaries[second])}
    samples = [
        Sample(seconds, {first: reading(taken), second: reading(0)})
        for seconds, taken in ((0.0, 0), (5.0, 0), (7.0, 2), (9.0, 3), (10.0, 3))
    ]
    return make_report(
        plan, summaries, finished, readings, seconds=10.0, engine="process", samples=samples, **options
    )


def test_workers_are_added_up() -> None:
    row = made()["work"]
    assert (row.taken, row.sent, row.dropped, row.retried, row.not_needed) == (4, 3, 1, 4, 3)
    assert row.ignored == {"ValueError": 3, "KeyError": 1}
    assert (row.replicas, row.busy) == (2, 4.0)


def test_loads_are_of_the_time_with_work_in_it() -> None:
    report = made()
    assert report.active == 4.0
    assert report["work"].load == pytest.approx(4.0 / (2 * 4.0))
    assert report["src"].load is None, "nothing was measured"


def test_results_are_those_of_whoever_returned_something() -> None:
    assert made().results == {"work": ["mine", None]}


def test_what_a_kind_cannot_do_is_known_to_the_verdict() -> None:
    assert "can't be replicated" in made()["src"].fixed
    assert made()["work"].fixed == ""


def test_the_rows_of_a_timeline_are_workers() -> None:
    assert [row.name for row in rows(made())] == ["work[0]", "work[1]"]


def test_pipes_that_share_a_worker_have_one_row_there() -> None:
    flow = (
        Source(range(50), name="src")
        >> Transform(str, name="a")
        >> Transform(len, name="b")
        >> Sink(repr, name="end")
    )
    report = flow.run("thread", fuse=True)
    assert {pipe.name for pipe in report.pipes} == {"src", "a", "b", "end"}
    names = [row.name for row in rows(report)]
    assert len(names) == len(report.stages) < len(report.pipes)
    assert names == [name for name, _ in report.stages]


def test_what_the_planner_adds_behind_the_caller_keeps_its_number() -> None:
    def meet(x: str, y: str) -> str:
        return x + y

    arms = Source(range(60), name="src") >> Transform(str, name="a")
    items = (
        (arms >> Transform(str, name="b"), arms >> Transform(str, name="c")) >> Transform(meet) * 2
    ).stream("thread")
    assert len(list(items)) == 60
    assert {"meet[0]", "meet[1]", "meet join"} <= {row.name for row in rows(items.report)}


def test_what_was_written_is_read_or_not_needed_or_was_not_read_when_its_writer_had_died() -> None:
    flow = Source([1], name="src") >> Sink(repr, name="end")
    plan = compile_plan(build_graph(flow))
    writer = Summary(written={0: 9}, not_needed={0: 2})
    reader = Summary(read={0: 4}, unread={0: 3})
    assert lost_items(plan, {Worker(0, 0): writer, Worker(1, 0): reader}) == []
    missing = lost_items(plan, {Worker(0, 0): writer, Worker(1, 0): Summary(read={0: 4})})
    assert missing == ["3 of 9 items on stream 'src -> end'"]
