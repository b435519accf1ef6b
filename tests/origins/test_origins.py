"""Where the items of a join begin, and whether it can pair them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from time import process_time
from typing import Any

import pytest

from pipeflow import (
    Discard,
    Feedback,
    Flow,
    Join,
    Pipe,
    Rate,
    Regulator,
    Sink,
    Source,
    Stream,
    Switch,
    Transform,
    balance,
)
from pipeflow.graph import build_graph
from pipeflow.origins import JoinPlan, joins


def items() -> Iterator[int]:
    yield 1


def coroutine() -> Generator[Any, Any, None]:
    yield (yield)


def source(name: str) -> Source[Any]:
    return Source(items, name)


def work(name: str) -> Transform[Any, Any]:
    return Transform(lambda *parts: parts, name)


def regulator(name: str, consumes: int | None = None, produces: int | None = None) -> Regulator[Any, Any]:
    rate = None if consumes is None else Rate(consumes, produces)
    return Regulator(coroutine, name, rate=rate)


def plans(flow: Flow | list[Pipe]) -> dict[str, JoinPlan]:
    return {plan.join.label: plan for plan in joins(build_graph(flow))}


def plan(flow: Any, name: str = "z") -> JoinPlan:
    return plans(flow >> Sink(print, "k"))[name]


def begins(found: JoinPlan) -> set[str]:
    return {pipe.label for pipe in found.numbered_by}


S, S1, S2, S3 = source("s"), source("s1"), source("s2"), source("s3")
A, B, C, D, E, Z, W = (work(name) for name in "abcdezw")
HUB = S >> A


# ---------------------------------------------------------------- what pairs, and where its numbers begin


def test_the_arms_of_a_split_are_numbered_where_they_part() -> None:
    found = plan(S >> A >> (B, C) >> Z)
    assert (found.pairable, begins(found), len(found.tagged)) == (True, {"a"}, 4)


def test_independent_sources_pair_index_by_index() -> None:
    found = plan((S1, S2) >> Z)
    assert (found.pairable, begins(found), found.by_index) == (True, {"s1", "s2"}, True)


def test_a_diamond_is_numbered_where_it_parts() -> None:
    found = plan((HUB >> B, HUB >> C) >> Z)
    assert (found.pairable, begins(found), found.by_index) == (True, {"a"}, False)


def test_a_fork_with_several_workers_is_numbered_above_them() -> None:
    hub = S >> A * 3
    assert begins(plan((hub >> B * 2, hub >> C) >> Z)) == {"s"}


def test_a_fork_with_several_workers_behind_a_merge_numbers_itself() -> None:
    hub = (S1 | S2) >> A * 3
    found = plan((hub >> B, hub >> C) >> Z)
    assert (found.pairable, begins(found), found.by_index) == (True, {"a"}, False)


def test_a_switch_that_is_merged_again_keeps_the_count() -> None:
    switch = Switch(bool, "sw")
    found = plan(S >> A >> (B >> switch >> {True: C, False: E}, D) >> Z)
    assert (found.pairable, begins(found)) == (True, {"a"})


def test_a_switch_in_a_switch_that_is_merged_again_keeps_the_count() -> None:
    inner = B >> Switch(bool, "inner") >> {True: C, False: E}
    outer = A >> Switch(bool, "outer") >> {"x": inner, "y": D, "z": work("f")}
    found = plan((S >> outer >> work("g"), S >> work("h")) >> Z)
    assert (found.pairable, begins(found)) == (True, {"s"})


def test_a_switch_with_a_discarded_branch_drops_like_a_filter() -> None:
    filtered = HUB >> Switch(bool, "sw") >> {True: B, False: Discard()}
    found = plan((filtered, HUB >> C) >> Z)
    assert (found.pairable, begins(found)) == (True, {"a"})


def test_competing_pipes_that_merge_again_keep_the_count() -> None:
    found = plan((HUB >> balance(B, C), HUB >> D) >> Z)
    assert (found.pairable, begins(found)) == (True, {"a"})


def test_arms_that_batch_alike_pair_by_the_index_of_the_batch() -> None:
    found = plan((HUB >> regulator("q", 4, 1), HUB >> regulator("r", 4, 1)) >> Z)
    assert (found.pairable, begins(found), found.by_index) == (True, {"q", "r"}, True)


def test_rates_that_balance_pair() -> None:
    left = HUB >> regulator("q", 1, 2) >> B >> regulator("r", 4, 1)
    right = HUB >> regulator("t", 2, 1)
    assert begins(plan((left, right) >> Z)) == {"r", "t"}


def test_behind_a_batch_the_batch_is_the_origin() -> None:
    hub = S >> regulator("q", 4, 1)
    assert begins(plan((hub >> B, hub >> C) >> Z)) == {"q"}


def test_a_regulator_on_one_of_two_independent_streams_is_fine() -> None:
    found = plan((S1 >> regulator("r"), S2) >> Z)
    assert (found.pairable, begins(found)) == (True, {"r", "s2"})


def test_one_stream_may_be_joined_with_itself() -> None:
    found = plan((HUB, HUB) >> Z)
    assert (found.pairable, begins(found)) == (True, {"a"})


def test_a_merge_that_forks_again_counts_for_each_of_its_sources() -> None:
    both = S1 | S2
    found = plan((both >> B, both >> C) >> Z)
    assert (found.pairable, begins(found), found.by_index) == (True, {"s1", "s2"}, False)


def test_loops_count_at_their_feedback() -> None:
    x, y = Feedback(init=[0], name="x"), Feedback(init=[1], name="y")
    found = plans((x, y) >> Z >> (x, y))["z"]
    assert (found.pairable, begins(found), found.by_index) == (True, {"x", "y"}, True)


def test_a_diamond_inside_a_loop_counts_inside_it() -> None:
    loop = Feedback(init=[], name="loop")
    hub = (S | loop) >> A
    done = (hub >> B, hub >> C) >> Z >> Switch(bool, "done")
    found = plans(done >> {True: Sink(print, "k"), False: loop})["z"]
    assert (found.pairable, begins(found), len(found.tagged)) == (True, {"a"}, 4)


# ---------------------------------------------------------------- one number for each stream


def test_nested_diamonds_share_the_outer_numbers() -> None:
    inner = (HUB >> B, HUB >> C) >> Z
    found = plans((inner >> D, HUB >> E) >> W >> Sink(print, "k"))
    assert begins(found["z"]) == begins(found["w"]) == {"a"}
    assert found["z"].numbering is found["w"].numbering


def test_a_fork_inside_a_diamond_uses_the_numbers_that_come_through_it() -> None:
    left = HUB >> B
    inner = (left >> C, left >> D) >> Z
    found = plans((inner, HUB >> E) >> W >> Sink(print, "k"))
    assert begins(found["z"]) == {"a"}


def test_diamonds_in_a_row_are_numbered_each_on_its_own() -> None:
    first = (HUB >> B, HUB >> C) >> Z
    hub = first >> work("hub")
    found = plans((hub >> D, hub >> E) >> W >> Sink(print, "k"))
    assert (begins(found["z"]), begins(found["w"])) == ({"a"}, {"hub"})
    assert not found["z"].tagged & found["w"].tagged


def test_a_join_of_sources_and_one_of_them_again_share_a_count() -> None:
    pair = (S1, S2) >> Z
    found = plans((pair >> D, S1 >> E) >> W >> Sink(print, "k"))
    assert begins(found["z"]) == begins(found["w"]) == {"s1", "s2"}


# ---------------------------------------------------------------- what doesn't


def refused(flow: Any, name: str = "z") -> tuple[str, tuple[int, ...]]:
    found = plan(flow, name)
    assert not found.pairable
    assert not found.numbered_by
    assert found.reason
    return found.match.cause, found.match.arms


def test_a_regulator_in_one_arm() -> None:
    assert refused((HUB >> regulator("r"), HUB >> C) >> Z) == ("counts", (0, 1))


def test_different_batches() -> None:
    arms = (HUB >> regulator("q", 4, 1), HUB >> regulator("r", 2, 1))
    assert refused(arms >> Z) == ("counts", (0, 1))


def test_batches_of_what_was_shuffled_by_several_workers() -> None:
    left = HUB >> B * 2 >> regulator("q", 4, 1)
    assert refused((left, HUB >> regulator("r", 4, 1)) >> Z)[0] == "counts"
    ordered = HUB >> B.with_(n_processes=2, ordered=True) >> regulator("q", 4, 1)
    assert plan((ordered, HUB >> regulator("r", 4, 1)) >> Z).pairable


def test_batches_behind_a_pipe_that_drops() -> None:
    def some(item: int) -> int | None:
        return item

    left = HUB >> Transform(some) >> regulator("q", 4, 1)
    assert refused((left, HUB >> regulator("r", 4, 1)) >> Z)[0] == "counts"


def test_a_copy_inside_one_arm() -> None:
    assert refused(S >> A >> (B | C, D) >> Z) == ("copies", (0,))


def test_arms_of_one_switch() -> None:
    switch = Switch(bool, "sw")
    left, right = work("left"), work("right")
    chosen = S >> switch >> {True: left, False: right}
    pipes = {pipe.label: pipe for pipe in build_graph(chosen) if isinstance(pipe, Pipe)}
    assert set(pipes) == {"s", "sw", "left", "right"}
    flow = (chosen | ((left, right) >> Z)) >> Sink(print, "k")
    found = plans(flow)["z"]
    assert (found.pairable, found.match.cause) == (False, "switch")


def test_merged_sources_with_another() -> None:
    assert refused((S1 | S2, S3) >> Z) == ("sources", (0,))
    assert refused(((S1 | S2) >> A, S1 >> B) >> Z) == ("sources", (0,))


def test_results_of_several_workers_have_no_index() -> None:
    many = work("many").with_(rate=Rate(1, None), n_processes=3)
    assert refused((S1 >> many, S2) >> Z) == ("workers", (0,))


def test_what_is_behind_a_join_that_cannot_pair_is_not_blamed_again() -> None:
    bad = (HUB >> regulator("r"), HUB >> C) >> Z
    found = plans((bad >> D, HUB >> E) >> W >> Sink(print, "k"))
    assert (found["z"].pairable, found["w"].pairable) == (False, True)


@pytest.mark.parametrize("join", [Join(key=len), Join(pairing="arrival")])
def test_other_pairings_need_no_origin(join: Join) -> None:
    found = plan((HUB >> regulator("r"), HUB >> C) >> join >> Z, "join")
    assert (found.pairable, found.pairing, found.numbered_by) == (True, join.pairing, frozenset())
    assert found.reason


# ---------------------------------------------------------------- any graph at all


def test_documented_joins_pair_by_arrival() -> None:
    s1, s2, s3, s4 = (Stream() for _ in range(4))
    pipes: list[Pipe] = [
        Source(items, "s", downstreams=[s1, s2]),
        Transform(len, "a", upstreams=[s1], downstreams=[s3]),
        Transform(max, "z", upstreams=[s2, s3], downstreams=[s4]),
        Sink(print, "k", upstreams=[s4]),
    ]
    found = plans(pipes)["z"]
    assert (found.pairing, found.pairable, found.match.pairable, found.numbered_by) == (
        "arrival",
        True,
        True,
        frozenset(),
    )


def test_documented_loops_are_left_alone() -> None:
    s1, s2 = Stream(), Stream()
    found = plans([Transform(max, "fib", upstreams=[s1, s2], downstreams=[s1, s2])])["fib"]
    assert (found.pairable, found.match.pairable, found.numbered_by) == (True, True, frozenset())


def test_undeclared_cycles_and_open_inputs_are_left_alone() -> None:
    cycle = S >> A >> B >> A
    assert plans((cycle, S1) >> Z >> Sink(print, "k"))["z"].pairable
    fragment = A >> B
    assert plans((fragment >> C, fragment >> D) >> Z)["z"].pairable


def diamonds(count: int) -> Any:
    flow: Any = source("start")
    for number in range(count):
        hub = flow >> work(f"hub{number}")
        flow = (hub >> work(f"b{number}"), hub >> work(f"c{number}")) >> work(f"z{number}")
    return flow


def comb(count: int) -> Any:
    start: Any = source("start")
    flow = start
    for number in range(count):
        flow = (flow, start >> work(f"b{number}")) >> work(f"z{number}")
    return flow


def seconds(flow: Any) -> float:
    graph = build_graph(flow)
    began = process_time()
    joins(graph)
    return process_time() - began


@pytest.mark.parametrize("shape", [diamonds, comb])
def test_the_time_grows_in_proportion(shape: Any) -> None:
    small, large = (min(seconds(shape(count)) for _ in range(2)) for count in (50, 400))
    assert large < 40 * small


def test_neighbours_in_a_row_share_no_streams() -> None:
    found = joins(build_graph(diamonds(50)))
    assert {len(each.tagged) for each in found} == {4}


def test_a_comb_counts_at_its_beginning() -> None:
    assert {frozenset(begins(each)) for each in joins(build_graph(comb(50)))} == {frozenset({"start"})}
