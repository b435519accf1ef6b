"""Who waits for whom, and which stream grows."""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.instructions import SetTimer
from pipeflow.runtime.messages import Blocked, Worker
from pipeflow.runtime.waits import ALL, SETTLING, SOME, SURE, Waits
from tests.functors import collector, inc


def planned(flow: Any) -> Plan:
    return compile_plan(build_graph(flow))


def place(plan: Plan, name: str) -> Worker:
    return Worker([stage.name for stage in plan.stages].index(name), 0)


def into(plan: Plan, name: str) -> int:
    return plan.stages[place(plan, name).stage].inputs[0].stream


def two_chains() -> tuple[Plan, Waits]:
    def chain(n: int) -> Any:
        work = pf.Transform(inc, f"t{n}").with_(buffer_size=2)
        return pf.Source(range(3), f"s{n}") >> work >> collector(f"k{n}").with_(buffer_size=5)

    plan = planned(chain(1) | chain(2))
    return plan, Waits(plan, 3)


def test_a_part_that_waits_for_itself_alone_is_found_while_others_work() -> None:
    plan, waits = two_chains()
    alive = {Worker(*pair) for pair in plan.workers()}
    assert waits.heard(Blocked(place(plan, "s1"), into(plan, "t1")), alive) == []
    assert waits.heard(Blocked(place(plan, "t1"), into(plan, "k1")), alive) == [], "k1 is at work"
    assert waits.heard(Blocked(place(plan, "k1"), None), alive) == [SetTimer(SOME, SURE)]
    assert waits.time_up(SOME, alive) == into(plan, "t1")
    assert waits.grow(into(plan, "t1")) == 4
    waits.heard(Blocked(place(plan, "k1"), None, free=True), alive)
    assert waits.time_up(SOME, alive) == []


def test_a_part_is_watched_anew_when_one_of_it_has_moved() -> None:
    plan, waits = two_chains()
    alive = {Worker(*pair) for pair in plan.workers()}
    for name, stream in (("s1", into(plan, "t1")), ("t1", into(plan, "k1")), ("k1", None)):
        waits.heard(Blocked(place(plan, name), stream), alive)
    waits.heard(Blocked(place(plan, "t1"), None), alive)
    waits.heard(Blocked(place(plan, "t1"), into(plan, "k1")), alive)
    waits.heard(Blocked(place(plan, "s1"), None, free=True), alive)
    assert waits.time_up(SOME, alive) == [SetTimer(SOME, SURE)], "s1 is no longer one of them"
    assert waits.time_up(SOME, alive) == into(plan, "k1")


def test_everybody_is_sooner_believed() -> None:
    plan, waits = two_chains()
    alive = {Worker(*pair) for pair in plan.workers()} - {place(plan, f"{kind}2") for kind in "stk"}
    for name, stream in (("s1", into(plan, "t1")), ("t1", into(plan, "k1"))):
        assert waits.heard(Blocked(place(plan, name), stream), alive) == []
    assert waits.heard(Blocked(place(plan, "k1"), None), alive) == [SetTimer(ALL, SETTLING)]
    assert waits.time_up(ALL, alive | {place(plan, "s2")}) == [SetTimer(SOME, SURE)]
    assert waits.time_up(ALL, alive) == into(plan, "t1")


def test_who_waits_for_a_worker_that_works_waits_for_good_reason() -> None:
    left, right = pf.Source(range(3), "s1"), pf.Source(range(3), "s2")
    plan = planned((left >> pf.Transform(inc, "t") | right) >> collector("k").with_(buffer_size=1))
    waits, alive = Waits(plan, 3), {Worker(*pair) for pair in plan.workers()}
    waits.heard(Blocked(place(plan, "s1"), into(plan, "t")), alive)
    waits.heard(Blocked(place(plan, "t"), into(plan, "k")), alive)
    assert waits.heard(Blocked(place(plan, "k"), None), alive) == [], "s2 may still send to k"
    assert waits.time_up(ALL, alive - {place(plan, "s2")}) == into(plan, "k"), "who has ended sends nothing"
    assert waits.heard(Blocked(place(plan, "s2"), into(plan, "k")), alive) == [SetTimer(ALL, SETTLING)]


def test_a_stream_whose_writer_has_no_more_to_write_does_not_grow() -> None:
    plan, waits = two_chains()
    alive = {place(plan, f"{kind}1") for kind in "stk"}
    waits.heard(Blocked(place(plan, "s1"), into(plan, "t1"), draining=True), alive)
    waits.heard(Blocked(place(plan, "t1"), into(plan, "k1")), alive)
    waits.heard(Blocked(place(plan, "k1"), None), alive)
    assert waits.time_up(ALL, alive) == into(plan, "k1"), "the smaller one is only waiting to be read"
