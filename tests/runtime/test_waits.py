"""Who waits for whom, and which stream grows."""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.messages import Blocked, Worker
from pipeflow.runtime.waits import Waits
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
    waits.heard(Blocked(place(plan, "s1"), into(plan, "t1")), alive)
    waits.heard(Blocked(place(plan, "t1"), into(plan, "k1")), alive)
    assert waits.smallest_full(alive) is None, "k1 is at work"
    waits.heard(Blocked(place(plan, "k1"), None), alive)
    assert waits.smallest_full(alive) == into(plan, "t1")
    assert waits.grow(into(plan, "t1")) == 4
    waits.heard(Blocked(place(plan, "k1"), None, free=True), alive)
    assert waits.smallest_full(alive) is None


def test_who_waits_for_a_worker_that_works_waits_for_good_reason() -> None:
    left, right = pf.Source(range(3), "s1"), pf.Source(range(3), "s2")
    plan = planned((left >> pf.Transform(inc, "t") | right) >> collector("k").with_(buffer_size=1))
    waits, alive = Waits(plan, 3), {Worker(*pair) for pair in plan.workers()}
    waits.heard(Blocked(place(plan, "s1"), into(plan, "t")), alive)
    waits.heard(Blocked(place(plan, "t"), into(plan, "k")), alive)
    waits.heard(Blocked(place(plan, "k"), None), alive)
    assert waits.smallest_full(alive) is None, "s2 may still send to k"
    waits.heard(Blocked(place(plan, "s2"), into(plan, "k")), alive)
    assert waits.smallest_full(alive) is not None
    assert waits.smallest_full(alive - {place(plan, "s2")}) is not None, "who has ended sends nothing"


def test_a_stream_whose_writer_has_no_more_to_write_does_not_grow() -> None:
    plan, waits = two_chains()
    alive = {Worker(*pair) for pair in plan.workers()}
    waits.heard(Blocked(place(plan, "s1"), into(plan, "t1"), draining=True), alive)
    waits.heard(Blocked(place(plan, "t1"), into(plan, "k1")), alive)
    waits.heard(Blocked(place(plan, "k1"), None), alive)
    assert waits.smallest_full(alive) == into(plan, "k1"), "the smaller one is only waiting to be read"
