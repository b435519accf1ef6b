from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

import pipeflow as pf
from pipeflow.errors import GraphError
from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from tests.functors import collector, count_to, double, inc, odd_only, pair, split_in_two


def plan_of(flow, **options) -> Plan:
    return compile_plan(build_graph(flow), **options)


def stage(plan: Plan, name: str):
    return next(stage for stage in plan.stages if stage.name == name)


def src(n: int = 3, name: str = "src") -> pf.Source[int]:
    return pf.Source(range(n), name)


def test_a_chain_has_a_stage_for_each_pipe_and_a_stream_between() -> None:
    plan = plan_of(src() >> pf.Transform(inc).with_(buffer_size=7) >> collector())
    assert [s.name for s in plan.stages] == ["src", "inc", "k"]
    assert [(s.writers, s.readers, s.capacity) for s in plan.streams] == [((0,), (1,), 7), ((1,), (2,), None)]
    assert not any(s.tagged or s.sequenced or s.discards for s in plan.streams)
    assert list(plan.workers()) == [(0, 0), (1, 0), (2, 0)]


def drops(x):
    return x if x % 2 else None


def test_what_is_counted_for_a_join_is_owed_to_it_and_keeps_its_own_worker() -> None:
    hub = src(12) >> pf.Transform(drops, "above")
    arm = pf.Transform(drops, "first") >> pf.Transform(drops, "second") >> pf.batch(2)
    below = pf.Transform(len, "below")
    flow = (
        (hub >> arm >> below, hub >> pf.batch(2, name="other")) >> pf.Transform(pair, "meet") >> collector()
    )
    plan = plan_of(flow, fuse=True)
    assert {s.name: (s.owed.counter, s.owed.join) for s in plan.stages if s.owed and s.owed.whole} == {
        "first": ("batch", "meet"),
        "second": ("batch", "meet"),
    }
    assert [s.owed.outputs for s in plan.stages if s.owed and not s.owed.whole] == [frozenset({0, 1})]
    assert not any(s.fused for s in plan.stages)


def test_where_a_join_goes_by_numbers_alone_nothing_is_owed() -> None:
    hub = src(12)
    flow = (hub >> pf.Transform(drops), hub >> pf.Transform(inc)) >> pf.Transform(pair) >> collector()
    assert not any(s.owed for s in plan_of(flow).stages)
    two = (src() >> pf.Transform(drops) >> pf.batch(2), src(3, "src2") >> pf.batch(2)) >> pf.Transform(pair)
    assert not any(s.owed for s in plan_of(two >> collector()).stages)


def test_plans_print_and_travel() -> None:
    plan = plan_of(src() >> pf.Transform(inc) * 3 >> collector())
    text = str(plan)
    assert "5 workers, 2 streams" in text
    assert "inc x 3 (Transform)" in text
    assert "[auto]" in text
    again = pickle.loads(pickle.dumps(plan))
    assert str(again) == text
    assert again == plan


def test_iterating_needs_one_open_output() -> None:
    plan = plan_of(src() >> inc, iterate=True)
    assert plan.caller == 2
    assert plan.stages[2].kind == "caller"
    with pytest.raises(GraphError, match="exactly one open output"):
        plan_of(src() >> collector(), iterate=True)


def test_arms_of_a_join_carry_numbers_where_their_ways_part() -> None:
    arms = (pf.Transform(inc), pf.Transform(double))
    plan = plan_of(src() >> split_in_two >> arms >> pf.Transform(pair) >> collector())
    assert [s.name for s in plan.stages if s.numbers] == ["split_in_two"]
    assert stage(plan, "pair").pairing == "origin"
    tagged = [s for s in plan.streams if s.tagged]
    assert len(tagged) == 4  # into each arm and out of it
    assert not any(s.tagged for s in plan.streams if plan.stages[s.writers[0]].name in ("src", "pair"))


def test_replicas_of_a_joining_pipe_share_one_join_in_front() -> None:
    flow = (
        (src(3, "a") >> inc, src(3, "b") >> double) >> pf.Transform(pair).with_(n_processes=3) >> collector()
    )
    plan = plan_of(flow)
    join = stage(plan, "pair join")
    assert (join.replicas, join.kind, len(join.inputs)) == (1, "Join", 2)
    assert stage(plan, "pair").pairing == ""
    assert stage(plan, "pair").inputs[0].spread


def test_ordered_numbers_what_enters_and_restores_behind() -> None:
    flow = src() >> (pf.Transform(inc) * 3).with_(ordered=True) >> collector()
    plan = plan_of(flow)
    assert all(s.sequenced for s in plan.streams)
    assert stage(plan, "k").inputs[0].reorder
    assert not stage(plan, "inc").inputs[0].reorder
    merged = (src(3, "a") | src(3, "b")) >> (pf.Transform(inc) * 2).with_(ordered=True) >> collector()
    assert all(s.sequenced for s in plan_of(merged).streams)  # each source's own order is kept
    unordered = (
        src() >> pf.Transform(double) * 2 >> (pf.Transform(inc) * 2).with_(ordered=True) >> collector()
    )
    assert any("no effect" in note for note in plan_of(unordered).notes)


def test_ordered_gives_every_replica_room_and_says_so() -> None:
    sink = collector().with_(buffer_size=1)
    plan = plan_of(src() >> (pf.Transform(inc) * 3).with_(ordered=True) >> sink)
    assert plan.streams[stage(plan, "k").inputs[0].stream].capacity == 3
    assert any("3 items instead of 1" in note for note in plan.notes)


def test_a_started_generator_stays_with_the_caller() -> None:
    def numbers() -> Iterator[int]:
        yield 1

    assert stage(plan_of(pf.Source(numbers(), "g") >> collector()), "g").hosted
    assert not stage(plan_of(pf.Source(count_to, "g", init_kwargs={"n": 3}) >> collector()), "g").hosted


def test_loops_are_numbered_and_end_at_their_feedback() -> None:
    loop = pf.Feedback(init=[1])
    flow = (
        (src() | loop)
        >> pf.Transform(inc, "work")
        >> pf.Switch(lambda x: x > 5)
        >> {
            True: collector(),
            False: loop,
        }
    )
    plan = plan_of(flow)
    inside = {s.name for s in plan.stages if s.loop is not None}
    assert "work" in inside
    assert not {"src", "k"} & inside
    assert [s.name for s in plan.stages if s.ends_loop] != []


def test_copies_fan_out_and_merges_fan_in() -> None:
    plan = plan_of(src() >> (pf.Transform(inc) | pf.Transform(odd_only)) >> collector())
    assert len(stage(plan, "src").outputs) == 2
    assert [len(s.writers) for s in plan.streams].count(2) == 1


def test_groups_are_held_for_their_turn_only_where_no_later_one_can_stand_before_them() -> None:
    def holds(flow: pf.Flow, name: str) -> bool:
        plan = compile_plan(build_graph(flow))
        (stage,) = [stage for stage in plan.stages if stage.name == name]
        assert stage.inputs[0].reorder
        return stage.inputs[0].holds

    def ordered(name: str) -> pf.Transform[int, int]:
        return pf.Transform(inc, name).with_(n_processes=3, ordered=True)

    source, other = pf.Source([1], "source"), pf.Source([2], "other")
    assert holds(source >> ordered("a") >> pf.Sink(print, "sink"), "sink")
    assert holds(
        source >> ordered("a") >> pf.Transform(inc, "b") >> ordered("c") >> pf.Sink(print, "sink"), "sink"
    )
    # Numbers that come to a replica by several ways don't rise: holding would be a deadlock.
    assert not holds(source >> ordered("a") >> ordered("b") >> pf.Sink(print, "sink"), "sink")
    assert not holds((source | other) >> ordered("a") >> pf.Sink(print, "sink"), "sink")
