from __future__ import annotations

from dataclasses import replace

import pytest

import pipeflow as pf
from pipeflow.graph import Errors
from pipeflow.pipes.failures import FailedItem
from pipeflow.runtime.outlet import Outlet
from pipeflow.runtime.routing import RoutingError
from tests.functors import collector, double, inc, pair, split_in_two
from tests.runtime.fakes import FakeEndpoint, planned, source, stage_number


def outlet(flow, name: str, endpoint: FakeEndpoint) -> Outlet:
    plan = planned(flow)
    return Outlet(plan, stage_number(plan, name), 0, endpoint)


def test_a_plain_stream_gets_every_value_but_none() -> None:
    endpoint = FakeEndpoint()
    out = outlet(source() >> inc >> collector(), "inc", endpoint)
    out.open_item(None)
    for value in (0, None, False, ""):
        out.give(value)
    out.close_item()
    assert endpoint.sent() == [0, False, ""]
    assert (out.sent, out.dropped) == (3, 1)


def test_copies_go_to_every_reader() -> None:
    endpoint = FakeEndpoint(outputs=2)
    out = outlet(source() >> (collector("a") | collector("b")), "src", endpoint)
    out.give("x")
    assert endpoint.sent(0) == endpoint.sent(1) == ["x"]
    assert out.sent == 1


def diamond():
    return (
        source()
        >> split_in_two
        >> (pf.Transform(inc), pf.Transform(double))
        >> pf.Transform(pair)
        >> collector()
    )


def test_streams_to_a_join_carry_numbers_and_hear_of_dropped_items() -> None:
    endpoint = FakeEndpoint(outputs=2)
    out = outlet(diamond(), "split_in_two", endpoint)
    out.give((1, 2))
    out.give((None, 3))
    first, second = endpoint.sent(0), endpoint.sent(1)
    assert [entry[1:] for entry in first] == [(1,), ()]
    assert [entry[1:] for entry in second] == [(2,), (3,)]
    assert [entry[0] for entry in first] == [entry[0] for entry in second]
    assert first[0][0] != first[1][0]


def test_an_input_without_results_leaves_a_mark_for_the_join() -> None:
    endpoint = FakeEndpoint()
    out = outlet(diamond(), "inc", endpoint)
    out.open_item(7)
    out.give(None)
    out.close_item()
    out.open_item(8)
    out.give("there")
    out.close_item()
    assert endpoint.sent() == [(7,), (8, "there")]


def test_order_is_numbered_behind_one_worker_and_grouped_behind_several() -> None:
    flow = source() >> (pf.Transform(inc) * 2).with_(ordered=True) >> collector()
    into = FakeEndpoint()
    first = outlet(flow, "src", into)
    for value in "ab":
        first.give(value)
    assert into.sent() == [(((0, 0), 0), ("a",)), (((0, 0), 1), ("b",))]
    behind = FakeEndpoint()
    second = outlet(flow, "inc", behind)
    for number, values in ((4, "xy"), (2, "")):
        second.sequence = (0, 0), number
        second.open_item(None)
        for value in values:
            second.give(value)
        second.close_item()
    line = (1, 0, 0)  # of stage 1, what it made of the source's line
    assert behind.sent() == [((line, 4), ("x", "y")), ((line, 2), ())]


def test_failed_items_go_to_the_dead_letters_alone() -> None:
    plan = planned(source() >> pf.Transform(inc, "work") >> (collector("good") | collector("bad")))
    number = stage_number(plan, "work")
    work = plan.stages[number]
    second = replace(work.outputs[1], routes=((Errors(),),))
    stages = list(plan.stages)
    stages[number] = replace(work, outputs=(work.outputs[0], second))
    endpoint = FakeEndpoint(outputs=2)
    out = Outlet(replace(plan, stages=tuple(stages)), number, 0, endpoint)
    failed = FailedItem(1, "work", "Boom", "text", "trace")
    out.fail(failed)
    out.give("fine")
    assert (endpoint.sent(0), endpoint.sent(1)) == (["fine"], [failed])
    assert (out.failed, out.sent) == (1, 1)


def test_a_value_that_does_not_fit_the_brackets_is_refused() -> None:
    out = outlet(diamond(), "split_in_two", FakeEndpoint(outputs=2))
    with pytest.raises(RoutingError):
        out.give((1, 2, 3))
