from __future__ import annotations

import pytest

from pipeflow import Source, Stream, Transform, balance
from pipeflow.views.progress.panel import panel
from tests.views.graphs import pipe, sink, source, two
from tests.views.progress.looks import look, plan_of


def test_rates_and_times_are_of_the_last_moments() -> None:
    plan = plan_of(source() >> pipe("a") * 2 >> sink())
    samples = [
        look(plan, 0.0),
        look(plan, 8.0, a={"taken": 100, "busy": 1.0}),
        look(plan, 10.0, a={"taken": 200, "busy": 2.8, "waiting": 0.2}),
    ]
    row = next(each for each in panel(plan, samples).rows if each.name == "a")
    assert (row.taken, row.rate, row.workers) == (400, 100.0, 2)
    assert (row.busy, row.waiting, row.blocked) == pytest.approx((0.9, 0.1, 0.0))


def test_at_the_end_they_are_of_the_whole_run() -> None:
    plan = plan_of(source() >> pipe("a") >> sink())
    samples = [
        look(plan, 0.0),
        look(plan, 8.0),
        look(plan, 10.0, a={"taken": 100, "busy": 5.0, "state": "over"}),
    ]
    whole = panel(plan, samples, finished=True)
    assert whole.rows[1].rate == 10.0
    assert whole.rows[1].busy == 0.5
    assert whole.rows[1].over
    assert not whole.rows[0].over
    assert whole.finished


def test_a_source_that_was_over_before_the_first_look_has_a_rate_in_the_end() -> None:
    plan = plan_of(source() >> sink())
    samples = [look(plan, 0.1, src={"taken": 50}), look(plan, 5.0, src={"taken": 50})]
    assert panel(plan, samples, finished=True).rows[0].rate == 10.0


def test_one_sample_is_enough() -> None:
    plan = plan_of(source() >> sink())
    assert panel(plan, [look(plan, 0.0)]).rows[0].rate == 0


def test_the_busiest_is_marked_when_it_is_busy_enough() -> None:
    plan = plan_of(source() >> pipe("a") >> pipe("b") >> sink())
    samples = [look(plan, 0.0), look(plan, 2.0, a={"busy": 1.2}, b={"busy": 1.9})]
    assert [row.name for row in panel(plan, samples).rows if row.bottleneck] == ["b"]
    samples = [look(plan, 0.0), look(plan, 2.0, a={"busy": 0.2}, b={"busy": 0.9})]
    assert not any(row.bottleneck for row in panel(plan, samples).rows)


def test_what_waits_in_front_is_what_was_sent_and_not_taken() -> None:
    plan = plan_of(source() >> Stream("s", buffer_size=8) >> pipe("a") >> pipe("b") >> sink())
    rows = panel(plan, [look(plan, 1.0, src={"item": 11}, a={"taken": 7, "sent": 5}, b={"taken": 5})]).rows
    assert [(row.waiting_items, row.room) for row in rows] == [(None, None), (3, 8), (0, None), (5, None)]


def test_merged_and_competing_streams() -> None:
    plan = plan_of((source("s1") | source("s2")) >> balance(pipe("a"), pipe("b")) >> sink())
    rows = panel(
        plan, [look(plan, 1.0, s1={"taken": 10}, s2={"taken": 10}, a={"taken": 6}, b={"taken": 5})]
    ).rows
    assert {row.name: row.waiting_items for row in rows} == {"s1": None, "s2": None, "a": 9, "b": 9, "k": 11}


def test_what_parts_go_where_the_meters_do_not_know() -> None:
    plan = plan_of(
        Source([(1, 2)], name="src") >> (pipe("a"), pipe("b")) >> Transform(two, name="z") >> sink()
    )
    rows = {
        row.name: row.waiting_items for row in panel(plan, [look(plan, 1.0, z={"taken": 1, "sent": 1})]).rows
    }
    assert rows["a"] is None
    assert rows["k"] == 1


def test_the_caller_of_an_iteration_has_no_row() -> None:
    plan = plan_of(source() >> pipe("a"), iterate=True)
    assert [row.name for row in panel(plan, [look(plan, 1.0)]).rows] == ["src", "a"]


def test_time_left() -> None:
    plan = plan_of(Source(range(100), name="src") >> pipe("a") >> sink())
    samples = [look(plan, 0.0), look(plan, 10.0, src={"taken": 50}, a={"taken": 25}, k={"taken": 25})]
    half = panel(plan, samples)
    assert (half.done, half.left) == (0.25, 30.0)
    assert panel(plan, samples, finished=True).left is None
