"""What every engine does alike: the same graph gives the same items and the same errors by name."""

from __future__ import annotations

import asyncio
import enum
import itertools
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, run_flow, stream_flow
from tests.functors import (
    Boom,
    Collect,
    chop,
    collected,
    collector,
    count_to,
    double,
    fail_on_three,
    inc,
    odd_only,
    pair,
    parity,
    rebatch,
    split_in_two,
)

pytestmark = pytest.mark.usefixtures("no_process_left")


@pytest.fixture(
    params=[
        "inline",
        "thread",
        "process",  # by the platform's start method
        pytest.param("process by forkserver", marks=pytest.mark.slow),
        pytest.param("process by spawn", marks=pytest.mark.slow),
        pytest.param("ray", marks=pytest.mark.ray),
    ]
)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    name, _, method = str(request.param).partition(" by ")
    if name == "ray":
        request.getfixturevalue("ray_cluster")
    before = multiprocessing.get_start_method(allow_none=True)
    if method:
        multiprocessing.set_start_method(method, force=True)
    yield name
    if method:
        multiprocessing.set_start_method(before, force=True)


def src(n: int = 10, name: str = "src") -> pf.Source[int]:
    return pf.Source(range(n), name)


def run(flow: Any, engine: str, **options: Any) -> Any:
    return run_flow(flow, engine, **options)


# ---------------------------------------------------------------- worked examples 1 to 14, 16, 19


def test_example_1_chain(engine: str) -> None:
    report = run(src() >> inc >> collector(), engine)
    assert collected(report) == list(range(1, 11))
    assert [(p.name, p.taken, p.sent) for p in report.pipes] == [
        ("src", 10, 10),
        ("inc", 10, 10),
        ("k", 10, 0),
    ]


def test_example_2_replicas(engine: str) -> None:
    report = run(src(50) >> pf.Transform(inc) * 3 >> collector(), engine)
    assert sorted(collected(report)) == list(range(1, 51))


def test_example_3_copy_and_merge(engine: str) -> None:
    report = run(src() >> (pf.Transform(inc) | pf.Transform(double)) >> collector(), engine)
    assert Counter(collected(report)) == Counter([x + 1 for x in range(10)] + [2 * x for x in range(10)])


def test_example_4_two_chains(engine: str) -> None:
    flow = src() >> inc >> collector("k1") | src(5, "s2") >> double >> collector("k2")
    report = run(flow, engine)
    assert collected(report, "k1") == list(range(1, 11))
    assert collected(report, "k2") == [0, 2, 4, 6, 8]


def test_example_5_merge(engine: str) -> None:
    report = run((src(5, "s1") | pf.Source(range(100, 105), "s2")) >> inc >> collector(), engine)
    received = collected(report)
    assert sorted(received) == [1, 2, 3, 4, 5, 101, 102, 103, 104, 105]
    assert [x for x in received if x < 100] == [1, 2, 3, 4, 5]  # each source's own order is kept


def test_example_6_split_drops_none_parts(engine: str) -> None:
    flow = src() >> (lambda x: (x, odd_only(x))) >> (collector("k1"), collector("k2"))
    report = run(flow, engine)
    assert collected(report, "k1") == list(range(10))
    assert collected(report, "k2") == [1, 3, 5, 7, 9]


def test_example_7_split_and_join(engine: str) -> None:
    flow = (
        src()
        >> split_in_two
        >> (pf.Transform(inc), pf.Transform(double))
        >> pf.Transform(pair)
        >> collector()
    )
    assert collected(run(flow, engine)) == [(x + 1, 2 * (100 + x)) for x in range(10)]


def test_example_8_join_two_sources(engine: str) -> None:
    flow = (src(5, "s1"), pf.Source("abcde", "s2")) >> pf.Transform(pair) >> collector()
    assert collected(run(flow, engine)) == list(zip(range(5), "abcde", strict=True))


def test_example_9_diamond_runs_the_hub_once(engine: str) -> None:
    hub = src() >> pf.Transform(double, "hub")
    flow = (hub >> pf.Transform(inc), hub >> pf.Transform(double)) >> pf.Transform(pair) >> collector()
    report = run(flow, engine)
    assert collected(report) == [(2 * x + 1, 4 * x) for x in range(10)]
    assert report["hub"].taken == 10


def test_example_10_switch_and_merge(engine: str) -> None:
    branches = {"odd": pf.Transform(inc), "even": pf.Transform(double)}
    report = run(src() >> pf.Switch(parity) >> branches >> collector(), engine)
    assert Counter(collected(report)) == Counter(x + 1 if x % 2 else 2 * x for x in range(10))


def test_example_11_balance(engine: str) -> None:
    report = run(src(40) >> pf.balance(pf.Transform(inc), pf.Transform(inc, "inc2")) >> collector(), engine)
    assert sorted(collected(report)) == list(range(1, 41))


def test_what_a_pipe_held_back_until_its_loop_had_ended_is_not_lost_in_silence(engine: str) -> None:
    loop = pf.Feedback()
    flow = (
        (pf.Source([0]) | loop)
        >> pf.batch(2)
        >> pf.unbatch()
        >> pf.Transform(inc)
        >> pf.Switch(_beyond_two)
        >> {True: collector(), False: loop}
    )
    held = r"1 on stream .* came round when the loop had ended, for 'batch' had held them back"
    with pytest.raises(pf.PipeError, match=held):
        run(flow, engine)


def _beyond_two(x: int) -> bool:
    return x > 2


def test_example_12_loop(engine: str) -> None:
    loop = pf.Feedback(init=[])
    flow = (
        (src() | loop)
        >> pf.Transform(lambda x: x + 3)
        >> pf.Switch(lambda x: x > 20)
        >> {
            True: collector(),
            False: loop,
        }
    )
    assert sorted(collected(run(flow, engine))) == sorted([21, 22, 23] * 3 + [21])


def test_example_13_two_feedbacks(engine: str) -> None:
    x, y = pf.Feedback(init=[0], name="x"), pf.Feedback(init=[1], name="y")
    fib = pf.Transform(lambda a, b: (b, a + b) if a + b < 1000 else (None, None), "fib")
    report = run((x, y) >> fib >> (x, y), engine)
    assert report["fib"].taken == 16  # 0+1 up to 610+987
    assert report["x"].taken == 15


def test_example_14_fragment_used_twice(engine: str) -> None:
    prep = pf.Transform(inc) >> pf.Transform(double)
    flow = src() >> prep >> collector("k1") | src(3, "s2") >> prep.copy("p2") >> collector("k2")
    report = run(flow, engine)
    assert collected(report, "k1") == [2 * (x + 1) for x in range(10)]
    assert collected(report, "k2") == [2, 4, 6]


def test_example_16_switch_within_an_arm(engine: str) -> None:
    inner = (
        pf.Transform(inc, "b")
        >> pf.Switch(parity)
        >> {"odd": pf.Transform(inc), "even": pf.Transform(double)}
    )
    flow = src() >> split_in_two >> (inner, pf.Transform(double, "d")) >> pf.Transform(pair) >> collector()

    def expected(x: int) -> tuple[int, int]:
        left = x + 1
        return (left + 1 if left % 2 else 2 * left, 2 * (100 + x))

    assert sorted(collected(run(flow, engine))) == sorted(expected(x) for x in range(10))


def test_example_19_iterate(engine: str) -> None:
    flow = src() >> pf.Regulator(rebatch) >> pf.Transform(sum).with_(n_processes=3, ordered=True)
    assert list(stream_flow(flow, engine)) == [6, 22, 17]


# ---------------------------------------------------------------- joins


def test_a_join_pairs_by_origin_behind_replicas_and_droppers(engine: str) -> None:
    hub = src(60)
    flow = (
        (hub >> pf.Transform(inc) * 3, hub >> pf.Transform(odd_only) * 2)
        >> pf.Transform(pair) * 2
        >> collector()
    )
    report = run(flow, engine)
    assert sorted(collected(report)) == [(x + 1, x) for x in range(1, 60, 2)]


def test_a_join_behind_a_merge_pairs_items_of_the_same_source(engine: str) -> None:
    hub = (src(20, "s1") | pf.Source(range(100, 120), "s2")) >> pf.Transform(lambda x: x, "hub")
    flow = (hub >> pf.Transform(inc), hub >> pf.Transform(double)) >> pf.Transform(pair) >> collector()
    assert sorted(collected(run(flow, engine))) == [(x + 1, 2 * x) for x in [*range(20), *range(100, 120)]]


def test_unequal_arms_end_and_stop_the_longer_source(engine: str) -> None:
    def endless() -> Iterator[int]:
        n = 0
        while True:
            yield n
            n += 1

    flow = (src(5), pf.Source(endless)) >> pf.Transform(pair) >> collector()
    assert collected(run(flow, engine)) == [(x, x) for x in range(5)]


def test_join_by_key(engine: str) -> None:
    left = pf.Source([("a", 1), ("b", 2), ("c", 3)], "left")
    right = pf.Source([("c", 30), ("a", 10), ("b", 20)], "right")
    flow = (
        (left, right)
        >> pf.Join(key=lambda item: item[0])
        >> pf.Transform(lambda x, y: (x[1], y[1]))
        >> collector()
    )
    assert sorted(collected(run(flow, engine))) == [(1, 10), (2, 20), (3, 30)]


def test_join_by_key_counts_what_found_no_partner(engine: str) -> None:
    flow = (
        (src(3), pf.Source([0, 1, 7, 8], "other"))
        >> pf.Join(key=lambda x: x)
        >> pf.Transform(pair)
        >> collector()
    )
    report = run(flow, engine)
    assert collected(report) == [(0, 0), (1, 1)]
    assert sum(pipe.unpaired for pipe in report.pipes) == 3


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("count", [0, 1, 3, 5, 7])
def test_what_is_left_of_a_stream_that_is_read_several_times_at_once_ends_the_run(
    engine: str, count: int, times: int
) -> None:
    stream = pf.Stream("s", buffer_size=2)
    pipes = [
        pf.Source(range(count), "a", downstreams=[stream]),
        pf.Sink(Collect(), "k", upstreams=[stream] * times),
    ]
    with PipeSystem(pipes) as system:
        system.build(engine=engine)
        system.run()
    assert system.report is not None
    groups = [tuple(range(n, n + times)) for n in range(0, count - times + 1, times)]
    assert collected(system.report, "k") == groups
    assert system.report["k"].unpaired == count % times


def test_a_key_that_fails_names_the_item(engine: str) -> None:
    keys = {"a": 1, "b": 2}
    flow = (
        (pf.Source(["a", "b", "x"], "left"), pf.Source(["a", "b"], "right"))
        >> pf.Join(key=lambda x: keys[x])
        >> pf.Transform(pair)
        >> collector()
    )
    with pytest.raises(pf.PipeError, match="KeyError: 'x'") as failed:
        run(flow, engine)
    assert (failed.value.item, failed.value.item_repr) == (3, "'x'")


def test_what_an_async_functor_drops_is_counted(engine: str) -> None:
    async def odd(x: int) -> int | None:
        return x if x % 2 else None

    async def keep(x: int) -> None:
        await asyncio.sleep(0)

    report = run(src(8) >> pf.Transform(odd).with_(concurrency=3) >> pf.Sink(keep, "kept"), engine)
    assert (report["odd"].taken, report["odd"].sent, report["odd"].dropped) == (8, 4, 4)
    assert (report["kept"].taken, report["kept"].dropped) == (4, 0)


def test_join_by_key_has_a_bounded_buffer(engine: str) -> None:
    left, right = pf.Source(range(50), "left"), pf.Source(range(100, 150), "right")
    flow = (left, right) >> pf.Join(key=lambda x: x, waiting=10) >> pf.Transform(pair) >> collector()
    with pytest.raises(pf.PipeError, match="wait for partners"):
        run(flow, engine)


def test_join_by_arrival_shows_tuples_when_iterated(engine: str) -> None:
    flow = (src(4), pf.Source("abcdef", "letters")) >> pf.Join(pairing="arrival")
    assert list(stream_flow(flow, engine)) == list(zip(range(4), "abcd", strict=True))


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        (pf.batch(2), [[0, 1], [2, 3], [4, 5]]),
        (pf.window(3), [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]),
        (pf.filter(odd_only), [1, 3, 5]),
        (pf.Regulator(rebatch), [[0, 1, 2, 3], [4, 5]]),
        (pf.take(1), [0]),
    ],
    ids=["batch", "window", "filter", "regulator", "take"],
)
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_a_join_by_arrival_ends_with_the_shorter_arm_of_a_fork(
    engine: str, short: pf.Pipe, expected: list[Any], first: bool
) -> None:
    hub = src(6)
    arms = (hub >> short, hub) if first else (hub, hub >> short)
    pairs = list(stream_flow(arms >> pf.Join(pairing="arrival"), engine))
    whole = list(zip(expected, range(6), strict=False))
    assert pairs == (whole if first else [(right, left) for left, right in whole])


def test_what_such_a_join_left_over_is_in_the_report(engine: str) -> None:
    hub = src(6)
    flow = (hub >> pf.batch(2), hub) >> pf.Join(pairing="arrival") >> pf.Transform(pair) >> collector()
    report = run(flow, engine)
    assert collected(report) == [([0, 1], 0), ([2, 3], 1), ([4, 5], 2)]
    left = report["src"].not_needed + sum(pipe.unpaired for pipe in report.pipes)
    assert left + 3 == 6


def test_a_root_seed_gives_the_same_shuffle_again(engine: str) -> None:
    def order(seed: int) -> list[int]:
        return list(stream_flow(src(30) >> pf.shuffle(30), engine, seed=seed))

    assert order(1) == order(1) != order(2)
    assert sorted(order(1)) == list(range(30))


def test_a_join_may_be_split_again(engine: str) -> None:
    flow = (src(4), pf.Source("abcd", "letters")) >> pf.Join() >> (collector("k1"), collector("k2"))
    report = run(flow, engine)
    assert (collected(report, "k1"), collected(report, "k2")) == ([0, 1, 2, 3], list("abcd"))


def test_batches_of_equal_arms_meet(engine: str) -> None:
    hub = src(12)
    arms = (hub >> pf.batch(4), hub >> pf.Transform(double) >> pf.batch(4))
    flow = arms >> pf.Transform(pair) >> collector()
    assert [sum(a) * 2 == sum(b) for a, b in collected(run(flow, engine))] == [True] * 3


async def odd_later(x: int):  # type: ignore[no-untyped-def]  # unannotated: nothing says that it drops
    return x if x % 2 else None


def odd_unsaid(x):  # type: ignore[no-untyped-def]
    return x if x % 2 else None


def odd_first(x, y):  # type: ignore[no-untyped-def]
    return x if x % 2 else None


def halves(x):  # type: ignore[no-untyped-def]
    return x, x if x % 2 else None


def odd_pairs(pair_):  # type: ignore[no-untyped-def]
    return pair_ if sum(pair_) % 3 == 0 else None


@pytest.mark.parametrize(
    ("arm", "size"),
    [
        (pf.Transform(odd_unsaid, "drops") >> pf.batch(2, name="count"), 2),
        (pf.Transform(odd_unsaid, "drops").with_(retries=1) >> pf.batch(2, name="count"), 2),
        (
            pf.Transform(odd_unsaid, "drops").with_(n_processes=2, ordered=True) >> pf.batch(2, name="count"),
            2,
        ),
        (pf.Transform(odd_later, "drops") >> pf.batch(2, name="count"), 2),
        (pf.Transform(odd_unsaid, "drops") >> pf.Transform(inc) >> pf.batch(2, name="count"), 2),
        (pf.batch(2) >> pf.Transform(odd_pairs, "drops") >> pf.batch(2, name="count"), 4),
    ],
    ids=["plain", "retries", "replicas", "async", "chain", "batches"],
)
def test_a_drop_that_nobody_mentions_in_front_of_a_batch_is_an_error(
    arm: pf.ThroughFlow[Any, Any], size: int, engine: str
) -> None:
    hub = src(12)
    flow = (hub >> arm, hub >> pf.batch(size)) >> pf.Transform(pair, "meet") >> collector()
    told = r"pipe 'drops'.* it returned None.*'count' behind it counts.*'meet' pairs by that count"
    with pytest.raises(pf.PipeError, match=told):
        run(flow, engine)


def test_an_inner_join_may_leave_nothing_out_in_front_of_a_batch(engine: str) -> None:
    hub = src(12)
    inner = (hub, hub >> pf.Transform(inc)) >> pf.Transform(odd_first, "inner")
    flow = (inner >> pf.window(3), hub >> pf.window(3)) >> pf.Transform(pair) >> collector()
    with pytest.raises(pf.PipeError, match=r"pipe 'inner'.*'window' behind it counts"):
        run(flow, engine)


def test_a_part_that_is_none_in_front_of_a_batch_is_an_error(engine: str) -> None:
    arms = (pf.Transform(inc) >> pf.batch(2), pf.Transform(double) >> pf.batch(2))
    flow = src(12) >> pf.Transform(halves, "halves") >> arms >> pf.Transform(pair) >> collector()
    with pytest.raises(pf.PipeError, match=r"pipe 'halves'.*a part of what it returned is None"):
        run(flow, engine)


def test_items_may_be_left_out_where_all_arms_lose_them_and_behind_what_counts(engine: str) -> None:
    hub = src(12) >> pf.Transform(odd_unsaid)
    arms = (hub >> pf.batch(2) >> pf.Transform(odd_pairs), hub >> pf.Transform(double) >> pf.batch(2))
    assert collected(run(arms >> pf.Transform(pair) >> collector(), engine)) == [([5, 7], [10, 14])]


def test_a_part_for_nobody_who_counts_may_be_none(engine: str) -> None:
    arms = (pf.Transform(inc) >> pf.batch(2), pf.Transform(double) >> pf.batch(2), collector("third"))
    made = src(4) >> pf.Transform(lambda x: (x, x, x if x % 2 else None)) >> arms
    report = run(made >> pf.Transform(pair) >> collector(), engine)
    assert collected(report) == [([1, 2], [0, 2]), ([3, 4], [4, 6])]
    assert collected(report, "third") == [1, 3]


# ---------------------------------------------------------------- order, ready-made, regulators


def test_ordered_keeps_the_order_of_the_input(engine: str) -> None:
    work = pf.Transform(odd_only).with_(n_processes=3, ordered=True)
    then = pf.Transform(inc, "then").with_(n_processes=2, ordered=True)
    flow = src(60) >> work >> then >> collector()
    assert collected(run(flow, engine)) == [x + 1 for x in range(1, 60, 2)]


def test_order_is_kept_within_each_arm_of_a_merge(engine: str) -> None:
    slow = pf.Transform(inc, "slow").with_(n_processes=3, ordered=True)
    flow = src(40) >> (slow | pf.Transform(lambda x: -x, "quick") | pf.Transform(odd_only) * 2) >> collector()
    received = collected(run(flow, engine))
    assert len(received) == 100
    assert [x for x in received if x < 0] == [-x for x in range(1, 40)]


def test_two_sources_keep_their_order_through_ordered_replicas(engine: str) -> None:
    both = src(30, "s1") | pf.Source(range(100, 130), "s2")
    received = collected(
        run(both >> pf.Transform(inc).with_(n_processes=3, ordered=True) >> collector(), engine)
    )
    assert [x for x in received if x < 100] == list(range(1, 31))
    assert [x for x in received if x >= 100] == list(range(101, 131))


def test_ordered_workers_take_all_that_became_of_one_item(engine: str) -> None:
    three = pf.flat_map(lambda x: [x, x + 100, x + 200]).with_(n_processes=2, ordered=True)
    unordered = src() >> three >> pf.Transform(inc) * 2 >> collector()
    expected = [x + y + 1 for x in range(10) for y in (0, 100, 200)]
    assert sorted(collected(run(unordered, engine))) == sorted(expected)
    odd = pf.Transform(odd_only).with_(n_processes=2, ordered=True)
    ordered = src() >> three >> odd >> pf.Transform(inc).with_(n_processes=3, ordered=True) >> collector()
    assert collected(run(ordered, engine)) == [x for x in expected if x % 2 == 0]


def test_coroutines_take_all_that_became_of_one_item(engine: str) -> None:
    async def late(x: int) -> int:
        await asyncio.sleep(0.001 * (x % 3))  # a result leaves while entries of another group are taken up
        return x

    three = pf.flat_map(lambda x: [x, x + 100, x + 200]).with_(n_processes=2, ordered=True)
    work = pf.Transform(late).with_(concurrency=2, n_processes=2, ordered=True)
    received = collected(run(src() >> three >> work >> collector(), engine))
    assert received == [x + y for x in range(10) for y in (0, 100, 200)]


def test_what_waits_for_a_partner_is_no_error_where_nobody_wants_more(engine: str) -> None:
    """Both sources are endless, so the join ends for one reason alone: what is behind it has enough."""
    left = pf.Source(itertools.count, "left")
    right = pf.Source(lambda: itertools.count(-1), "right")  # -1 never finds its partner
    pairs: Any = (left, right) >> pf.Join(key=lambda x: x)
    few = pairs >> pf.Transform(lambda x, _: x, "one") >> pf.take(3)
    assert collected(run(few >> collector(), engine)) == [0, 1, 2]


def test_a_loop_of_which_nobody_wants_more_ends_with_its_endless_source(engine: str) -> None:
    loop = pf.Feedback()
    endless = pf.Source(itertools.count, "endless")
    round_again = (endless | loop) >> pf.Transform(inc) >> pf.Switch(lambda x: x % 3 == 0)
    flow: Any = round_again >> {True: pf.take(3) >> collector(), False: loop}
    received = collected(run(flow, engine))
    assert len(received) == 3
    assert all(x % 3 == 0 for x in received)


def test_pipes_may_compete_for_what_ordered_workers_send(engine: str) -> None:
    work = pf.Transform(inc).with_(n_processes=2, ordered=True)
    both = pf.balance(pf.Transform(double), pf.Transform(double, "double2"))
    after = pf.Transform(inc, "after").with_(n_processes=2, ordered=True)
    received = collected(run(src(40) >> work >> both >> after >> collector(), engine))
    assert sorted(received) == [2 * (x + 1) + 1 for x in range(40)]


def test_ordered_workers_may_have_an_output_that_nobody_reads(engine: str) -> None:
    numbers, kept, unread = pf.Stream("numbers"), pf.Stream("kept"), pf.Stream("unread")
    pipes = [
        pf.Source(range(20), "src", downstreams=[numbers]),
        pf.Transform(split_in_two, "t", [numbers], [kept, unread]).with_(n_processes=2, ordered=True),
        pf.Sink(Collect(), "k", [kept]),
    ]
    system = pf.PipeSystem(pipes)
    with pytest.warns(pf.DanglingStreamWarning, match="unread"):
        system.build()
    system.compile(engine=engine)
    system.run()
    system.close()
    assert collected(system.report) == list(range(20))


def test_take_ends_an_endless_source(engine: str) -> None:
    def endless() -> Iterator[int]:
        n = 0
        while True:
            yield n
            n += 1

    report = run(pf.Source(endless) >> inc >> pf.take(5) >> collector(), engine)
    assert collected(report) == [1, 2, 3, 4, 5]


def test_take_nothing(engine: str) -> None:
    assert collected(run(src(100_000) >> inc >> pf.take(0) >> collector(), engine)) == []


def test_a_regulator_flushes_what_it_holds(engine: str) -> None:
    assert collected(run(src(10) >> pf.Regulator(rebatch) >> collector(), engine)) == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]


def test_a_regulator_that_ends_without_yielding_produced_nothing(engine: str) -> None:
    chunks = pf.Source([[1, 2, 3], [4], [5, 6]], "chunks")
    assert collected(run(chunks >> pf.Regulator(chop) >> collector(), engine)) == [[1, 2], [5, 6]]


def test_a_regulator_that_never_waits_is_an_error_that_names_it(engine: str) -> None:
    def hasty() -> Iterator[int]:
        yield 1

    with pytest.raises(pf.PipeError, match=r"pipe 'hasty'.*before it received anything"):
        run(src() >> pf.Regulator(hasty) >> collector(), engine, check=False)


# ---------------------------------------------------------------- values


class Shade(enum.Enum):
    LIGHT = 1


VALUES: list[Any] = [
    0,
    False,
    "",
    (),
    [],
    {},
    0.0,
    StopIteration,
    ValueError("data"),
    Shade.LIGHT,
    pf.EndOfStream,
    ...,
]


def test_no_value_but_none_is_special(engine: str) -> None:
    mixed = [value for each in VALUES for value in (each, None)]
    received = collected(run(pf.Source(mixed, "values") >> pf.Transform(lambda x: x) >> collector(), engine))
    assert [repr(value) for value in received] == [repr(value) for value in VALUES]


def test_the_sentinel_class_ends_a_source_and_is_data_elsewhere(engine: str) -> None:
    flow = (
        pf.Source([1, 2, pf.Sentinel, 3], "s")
        >> pf.Transform(lambda x: pf.Sentinel if x == 2 else x)
        >> collector()
    )
    assert collected(run(flow, engine)) == [1, pf.Sentinel]


def test_arrays_arrive_writable_and_nobody_else_sees_the_writes(engine: str) -> None:
    def scribble(x: Any) -> float:
        total = float(x.sum())
        x[:] = -1
        return total

    arrays = pf.Source([np.full(1000, i, dtype=float) for i in range(5)], "arrays")
    hub = arrays >> pf.Transform(lambda x: x.copy())
    flow = hub >> pf.Transform(scribble) >> collector()
    assert collected(run(flow, engine)) == [1000.0 * i for i in range(5)]


# ---------------------------------------------------------------- coroutines


def test_coroutines_run_concurrently_and_keep_order_when_asked(engine: str) -> None:
    running = [0, 0]

    async def work(x: int) -> tuple[int, int]:
        running[0] += 1
        running[1] = max(running)
        await asyncio.sleep(0.02 * (10 - x))
        running[0] -= 1
        return x, running[1]

    flow = src(10) >> pf.Transform(work).with_(concurrency=5, ordered=True)
    received = list(stream_flow(flow, engine))
    assert [x for x, _ in received] == list(range(10))
    assert received[-1][1] == 5  # as many in flight as asked for, and no more


def test_an_async_generator_is_a_source(engine: str) -> None:
    async def letters() -> Any:
        for letter in "abc":
            await asyncio.sleep(0)
            yield letter

    assert collected(run(pf.Source(letters) >> collector(), engine)) == ["a", "b", "c"]


def test_a_failing_coroutine_names_the_item(engine: str) -> None:
    async def work(x: int) -> int:
        if x == 3:
            raise Boom("three")
        return x

    with pytest.raises(pf.PipeError, match=r"pipe 'work'.*on item 4 \(3\): .*Boom: three"):
        run(src() >> pf.Transform(work).with_(concurrency=2) >> collector(), engine)


class Session:
    """A client as async libraries have them."""

    async def local_init(self, first: int) -> None:
        await asyncio.sleep(0)
        self.first, self.done = first, list[int]()

    async def run(self, x: int) -> int:
        self.done.append(x)
        return self.first + x

    async def local_term(self) -> list[int]:
        await asyncio.sleep(0)
        return self.done


def test_a_functor_of_coroutines_is_initialised_and_terminated(engine: str) -> None:
    session = pf.Transform(Session(), "session", init_kwargs={"first": 5})
    report = run(src(3) >> session >> collector(), engine)
    assert collected(report) == [5, 6, 7]
    assert report.results["session"] == [[0, 1, 2]]


class Opened:
    async def local_init(self) -> None:
        await asyncio.sleep(0)

    def run(self, x: int) -> int:
        return x


def test_a_plain_functor_is_not_initialised_by_a_coroutine(engine: str) -> None:
    flow = src(3) >> pf.Transform(Opened(), "opened") >> collector()
    with pytest.raises(
        pf.PipeError, match=r"pipe 'opened'.*failed in local_init.*its  local_init  is an  async def"
    ):
        run(flow, engine, check=False)


# ---------------------------------------------------------------- failures


def test_a_failure_names_pipe_item_and_cause(engine: str) -> None:
    with pytest.raises(pf.PipeError) as caught:
        run(src() >> fail_on_three >> collector(), engine)
    error = caught.value
    assert (error.pipe, error.replica, error.item, error.item_repr) == ("fail_on_three", 0, 4, "3")
    assert isinstance(error.__cause__, Boom)
    assert "in fail_on_three" in error.worker_traceback
    assert error.report is not None


RAISED: list[BaseException] = [
    ValueError("bad"),
    StopIteration("stop"),
    GeneratorExit("gone"),
    SystemExit(0),
    MemoryError(),
    RecursionError("deep"),
    AssertionError(),
]


PLACES = ["transform", "sink", "source", "regulator", "local_init", "local_term"]


@pytest.mark.parametrize("raised", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", PLACES)
def test_every_exception_in_every_place_is_raised_in_the_caller(
    engine: str, where: str, raised: BaseException
) -> None:
    raised_in_the_caller(engine, where, raised)


@pytest.mark.parametrize("engine", ["thread", "process"])  # inline, it is the user's own Ctrl-C
@pytest.mark.parametrize("where", PLACES)
def test_so_is_a_keyboard_interrupt_that_a_functor_raises(engine: str, where: str) -> None:
    raised_in_the_caller(engine, where, KeyboardInterrupt())


def raised_in_the_caller(engine: str, where: str, raised: BaseException) -> None:
    def throw(*_: Any) -> Any:
        raise raised

    def source() -> Iterator[int]:
        yield 1
        throw()

    def regulator() -> Any:
        yield
        throw()

    class Functor(Collect):
        def local_init(self) -> None:
            super().local_init()
            if where == "local_init":
                throw()

        def local_term(self) -> Any:
            if where == "local_term":
                throw()

    first = pf.Source(source, "bad") if where == "source" else src()
    middle = {
        "transform": pf.Transform(throw, "bad"),
        "regulator": pf.Regulator(regulator, "bad"),
    }.get(where, pf.Transform(inc))
    last = (
        pf.Sink(throw, "bad") if where == "sink" else pf.Sink(Functor(), "bad" if "local" in where else "k")
    )
    with pytest.raises(pf.PipeError) as caught:
        run(first >> middle >> last, engine)
    assert caught.value.pipe == "bad"
    expected = type(raised).__name__
    # A StopIteration out of a generator is a RuntimeError by the language's own rule (PEP 479).
    known = {expected, "RuntimeError"} if isinstance(raised, StopIteration) else {expected}
    assert any(name in str(caught.value) for name in known)


@pytest.mark.parametrize("raised", [Boom("late"), SystemExit(3)], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "where", ["source at its end", "source that is closed", "regulator", "results of an item"]
)
def test_what_a_generators_finally_raises_is_raised_in_the_caller(
    engine: str, where: str, raised: BaseException
) -> None:
    def source() -> Iterator[int]:
        try:
            yield from range(5) if where == "source at its end" else itertools.count()
        finally:
            raise raised

    def regulator() -> Any:
        try:
            while True:
                yield (yield)
        finally:
            raise raised

    def results(_: int) -> Iterator[int]:
        yield from source()

    flows: dict[str, Any] = {
        "source at its end": pf.Source(source, "bad"),
        "source that is closed": pf.Source(source, "bad") >> pf.take(3),
        "regulator": src() >> pf.Regulator(regulator, "bad"),
        "results of an item": pf.Source([1]) >> pf.flat_map(results, "bad") >> pf.take(3),
    }
    with pytest.raises(pf.PipeError, match=type(raised).__name__) as caught:
        run(flows[where] >> collector(), engine)
    assert caught.value.pipe == "bad"


def test_ignored_exceptions_match_subclasses_and_skip_one_item(engine: str) -> None:
    flow = src() >> pf.Transform(fail_on_three).with_(ignore_exceptions=[Exception]) >> collector()
    report = run(flow, engine)
    assert collected(report) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert dict(report["fail_on_three"].ignored) == {"Boom": 1}


def test_an_ignored_exception_that_ended_a_generator_is_an_error(engine: str) -> None:
    def source() -> Iterator[int]:
        yield 1
        raise Boom("mid-stream")

    pipe = pf.Source(source, ignore_exceptions=[Boom])
    with pytest.raises(pf.PipeError, match="mid-stream"):
        run(pipe >> collector(), engine)


def test_on_error_skip_within_a_diamond_takes_the_partner_along(engine: str) -> None:
    hub = src()
    arms = (hub >> pf.Transform(fail_on_three).with_(on_error="skip"), hub >> pf.Transform(inc))
    report = run(arms >> pf.Transform(pair) >> collector(), engine)
    assert collected(report) == [(x, x + 1) for x in range(10) if x != 3]


@pytest.mark.parametrize("bound", [1, 2, 3])
def test_workers_that_wait_for_room_do_not_count_on_the_item_another_takes(engine: str, bound: int) -> None:
    async def now_and_then(x: int) -> int:
        await asyncio.sleep(0.02 if x % 3 == 0 else 0)
        return x

    async def slow(x: int) -> int:
        await asyncio.sleep(0.005)
        return x

    come = pf.Transform(now_and_then).with_(concurrency=4)
    work = pf.Transform(inc).with_(n_processes=3)
    flow = src(30) >> come >> work >> pf.Transform(slow).with_(buffer_size=bound, concurrency=2)
    assert sorted(collected(run(flow >> collector(), engine))) == list(range(1, 31))


def test_retries_call_again(engine: str) -> None:
    class Flaky:
        def local_init(self) -> None:
            self.calls: Counter[int] = Counter()

        def run(self, x: int) -> int:
            self.calls[x] += 1
            if x % 4 == 0 and self.calls[x] < 3:
                raise Boom("again")
            return x

    report = run(src(8) >> pf.Transform(Flaky(), "flaky").with_(retries=2) >> collector(), engine)
    assert collected(report) == list(range(8))
    assert report["flaky"].retried == 4


def _shown(item: Any) -> Any:
    return f"{item.error_type} on {item.item}" if isinstance(item, pf.FailedItem) else item


def test_failed_items_merge_with_the_results_on_one_stream(engine: str) -> None:
    work = pf.Transform(fail_on_three, "work")
    flow = (src(5) >> work | work.errors) >> pf.Transform(_shown) >> collector()
    report = run(flow, engine)
    assert sorted(collected(report), key=str) == [0, 1, 2, 4, "Boom on 3"]
    assert (report["work"].sent, report["work"].dead_letters) == (4, 1)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("through", [False, True], ids=["at once", "through a pipe"])
def test_a_failed_item_meets_what_it_was_made_of(engine: str, through: bool, workers: int) -> None:
    hub, work = src(9), pf.Transform(fail_on_three, "work").with_(n_processes=workers)
    failed = work.errors >> pf.Transform(_shown, "seen") if through else work.errors
    pairs = list(stream_flow((hub >> work | failed, hub) >> pf.Join(), engine))
    expected = [(item, item) for item in range(9) if item != 3]
    assert sorted((left, right) for left, right in pairs if right != 3) == expected
    assert [_shown(left) for left, right in pairs if right == 3] == ["Boom on 3"]


def test_failed_items_alone_meet_what_they_were_made_of(engine: str) -> None:
    """The others hear that nothing comes."""
    hub, work = src(200), pf.Transform(fail_on_three, "work")
    failed = (work.errors >> pf.Transform(_shown), hub) >> pf.Join() >> pf.Transform(pair) >> collector()
    report = run(failed | hub >> work >> pf.Discard(), engine)
    assert collected(report) == [("Boom on 3", 3)]
    assert sum(pipe.unpaired for pipe in report.pipes) == 199


def test_failed_items_go_to_the_dead_letters(engine: str) -> None:
    work = pf.Transform(fail_on_three, "work").with_(retries=1)
    flow: Any = (src() >> work >> collector("good")) | (
        work.errors
        >> pf.Transform(lambda failed: (failed.item, failed.pipe, failed.error_type))
        >> collector("bad")
    )
    report = run(flow, engine)
    assert collected(report, "good") == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert collected(report, "bad") == [(3, "work", "Boom")]
    assert (report["work"].retried, report["work"].dead_letters, report["work"].sent) == (1, 1, 9)
    assert "1 to the dead letters" in str(report)


def test_a_wrong_number_of_parts_names_the_pipe(engine: str) -> None:
    flow = src() >> pf.Transform(lambda x: (x, x, x), "three") >> (collector("k1"), collector("k2"))
    with pytest.raises(pf.PipeError, match=r"pipe 'three'.*3 parts .* 2 branches"):
        run(flow, engine)


def test_a_key_without_a_branch_names_the_known_ones(engine: str) -> None:
    flow = src() >> pf.Switch(lambda x: x % 3, "sw") >> {0: collector("k1"), 1: collector("k2")}
    with pytest.raises(pf.PipeError, match=r"pipe 'sw'.*no branch for the key 2.*name 0, 1"):
        run(flow, engine)


def test_an_unhashable_key_is_an_error_that_names_the_pipe(engine: str) -> None:
    flow = src() >> pf.Switch(lambda x: [x], "sw") >> {0: collector("k1"), 1: collector("k2")}
    with pytest.raises(pf.PipeError, match=r"pipe 'sw'.*can't be hashed"):
        run(flow, engine)


@pytest.mark.parametrize("fails", [2, 9])
def test_retries_of_what_fails_between_its_results_begin_again(engine: str, fails: int) -> None:
    class Flaky:
        def local_init(self) -> None:
            self.calls = 0

        def run(self, x: int) -> Iterator[int]:
            yield 10 * x
            if x == 3:
                self.calls += 1
                if self.calls <= fails:
                    raise Boom("again")
            yield 10 * x + 1

    pipe = pf.flat_map(Flaky(), name="flaky").with_(retries=2)
    if fails > 2:
        with pytest.raises(pf.PipeError, match=r"item 4 .*Boom"):
            run(src(5) >> pipe >> collector(), engine)
        return
    report = run(src(5) >> pipe >> collector(), engine)
    assert collected(report) == [10 * x + part for x in range(5) for part in (0, 1)]
    assert report["flaky"].retried == 2


def test_retries_call_a_coroutine_again(engine: str) -> None:
    class Flaky:
        def local_init(self) -> None:
            self.calls: Counter[int] = Counter()

        async def run(self, x: int) -> int:
            self.calls[x] += 1
            if x % 4 == 0 and self.calls[x] < 3:
                raise Boom("again")
            return x

    flaky = pf.Transform(Flaky(), "flaky").with_(retries=2, concurrency=3, ordered=True)
    report = run(src(8) >> flaky >> collector(), engine)
    assert collected(report) == list(range(8))
    assert report["flaky"].retried == 4


class Untold:
    def __repr__(self) -> str:
        raise Boom("no repr")

    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Untold)


def test_keys_that_can_not_be_shown_name_branches_all_the_same(engine: str) -> None:
    switch = pf.Switch(lambda x: Untold() if x < 3 else "more", "sw")
    flow = src(5) >> switch >> {Untold(): collector("k1"), "more": collector("k2")}
    assert "<Untold>" in repr(flow)
    report = run(flow, engine)
    assert (collected(report, "k1"), collected(report, "k2")) == ([0, 1, 2], [3, 4])
    with pytest.raises(pf.PipeError, match=r"pipe 'sw'.*no branch for the key <Untold>"):
        run(src(1) >> switch >> {"less": collector("k1"), "more": collector("k2")}, engine)


def test_an_unhashable_key_of_a_join_is_an_error_that_says_so(engine: str) -> None:
    flow = (src(3), src(3, "other")) >> pf.Join(key=lambda x: [x]) >> pf.Transform(pair) >> collector()
    with pytest.raises(pf.PipeError, match=r"pipe 'join'.*the key \[0\] of an item .*can't be hashed"):
        run(flow, engine)


# ---------------------------------------------------------------- stopping, running again


def test_a_loop_left_early_closes_the_source(engine: str) -> None:
    def endless() -> Iterator[int]:
        n = 0
        while True:
            yield n
            n += 1

    received = []
    with stream_flow(pf.Source(endless) >> inc, engine) as stream:
        for item in stream:
            received.append(item)
            if len(received) == 5:
                break
    assert received == [1, 2, 3, 4, 5]
    assert stream.report is not None
    assert stream.report.stopped


def test_a_flow_can_be_iterated_again(engine: str) -> None:
    flow = pf.Source(count_to, "s", init_kwargs={"n": 4}) >> inc
    assert list(stream_flow(flow, engine)) == list(stream_flow(flow, engine)) == [1, 2, 3, 4]


def test_a_started_generator_is_pulled_by_the_caller(engine: str) -> None:
    report = run(pf.Source(count_to(5), "started") >> inc >> collector(), engine)
    assert collected(report) == [1, 2, 3, 4, 5]


async def ticking() -> Any:
    for tick in "ab":
        yield tick


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: iter(["a", "b"]), id="list iterator"),
        pytest.param(lambda path: zip("a", "b", strict=True), id="zip"),
        pytest.param(lambda path: path.open(), id="file"),
        pytest.param(lambda path: ticking(), id="async generator"),
    ],
)
def test_an_iterator_gives_its_items_once(engine: str, make: Any, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("a\nb\n")
    expected = [("a", "b")] if isinstance(made := make(path), zip) else ["a", "b"]
    flow = pf.Source(made, "once") >> (lambda item: item.strip() if isinstance(item, str) else item)
    assert list(stream_flow(flow, engine)) == expected
    for _ in range(2):
        with pytest.raises(pf.PipelineStateError, match=r"Source 'once'.*has been used up.*Source\("):
            list(stream_flow(flow, engine))
    if hasattr(made, "close"):
        made.close()


def test_an_iterator_goes_on_where_a_run_has_left_it(engine: str) -> None:
    flow = pf.Source(itertools.count(), "once") >> inc >> pf.take(3)
    assert list(stream_flow(flow, engine)) == [1, 2, 3]
    assert min(list(stream_flow(flow, engine))) > 3


@pytest.mark.parametrize(
    "make", [lambda: (n for n in range(6)), lambda: zip(range(3), range(3), strict=True)]
)
def test_one_iterator_is_not_pulled_by_two_sources(engine: str, make: Any) -> None:
    items = make()
    flow = (pf.Source(items, "a"), pf.Source(items, "b")) >> pf.Transform(pair) >> collector()
    with pytest.raises(pf.PipelineStateError, match=r"'b'.*would pull the same (generator|zip) as.*'a'"):
        run(flow, engine)
    assert len(list(items)) in (3, 6), "nothing was taken"


class Countdown:
    """An iterator of a user's class: each worker has a copy."""

    def __init__(self, start: int) -> None:
        self.left = start

    def __iter__(self) -> Countdown:
        return self

    def __next__(self) -> int:
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left


def test_two_workers_may_have_copies_of_an_iterator_of_a_users_class() -> None:
    items = Countdown(4)
    flow = (pf.Source(items, "a"), pf.Source(items, "b")) >> pf.Transform(pair) >> collector()
    assert collected(run(flow, "process")) == [(n, n) for n in (3, 2, 1, 0)]


def test_a_rewound_file_gives_its_lines_again(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("a\nb\n")
    with path.open() as file:
        flow = pf.Source(file, "lines") >> str.strip
        for _ in range(2):
            assert list(stream_flow(flow, engine)) == ["a", "b"]
            file.seek(0)


def test_results_of_local_term_are_in_the_report_one_for_each_worker(engine: str) -> None:
    report = run(src(30) >> pf.Sink(Collect(), "k").with_(n_processes=3), engine)
    assert len(report.results["k"]) == 3
    assert sorted(collected(report)) == list(range(30))


def test_a_worker_knows_who_it_is(engine: str) -> None:
    async def awaited(x: Any) -> Any:
        return x, pf.worker()

    who = pf.Transform(lambda x: pf.worker(), "who").with_(n_processes=2)
    flow = src(4) >> who >> pf.Transform(awaited, "awaited") >> collector()
    identities = set(collected(run(flow, engine)))
    assert identities <= {(("who", 0, 2), ("awaited", 0, 1)), (("who", 1, 2), ("awaited", 0, 1))}
    assert identities
    assert pf.worker() is None


# ---------------------------------------------------------------- no artificial deadlock


def branch() -> Iterator[Any]:
    n = yield
    yield n - 1
    yield n - 1


def doubling_loop() -> Any:
    """Every item becomes two that come round again: the loop holds more than its streams have room for."""
    loop = pf.Feedback(init=[]).with_(buffer_size=1)
    tree = pf.Regulator(branch).with_(buffer_size=1)
    over = pf.Switch(lambda n: n <= 0).with_(buffer_size=1)
    back = pf.Transform(lambda n: n, "back").with_(buffer_size=1)
    return (src(7) | loop) >> tree >> over >> {True: collector(), False: back >> loop}


def test_a_stream_grows_where_everybody_waits_and_the_report_says_so(engine: str) -> None:
    report = run(doubling_loop(), engine)
    assert len(collected(report)) == 2 + sum(2**n for n in range(1, 7))  # 0 becomes two of -1
    assert any("was given room for" in note for note in report.notes)


@pytest.mark.parametrize("engine", ["thread", "process"])
def test_growth_can_be_turned_off(engine: str) -> None:
    system = PipeSystem(doubling_loop()).compile(
        engine=engine, settings=Settings(grow=False, stop_timeout=1.0)
    )
    system.run()
    active: Any = system._run
    assert not active.wait(1.5), "it should have locked up"
    system.stop()
    assert system.report is not None
    assert system.report.stopped


@pytest.mark.parametrize("engine", ["thread", "process"])
def test_restoring_order_behind_a_slow_replica_keeps_the_bounds(engine: str, tmp_path: Path) -> None:
    gate = tmp_path / "open"

    def slow_first(x: int) -> int:
        deadline = time.monotonic() + 30
        while x == 0 and not gate.exists() and time.monotonic() < deadline:
            time.sleep(0.005)  # the gate is a file: the worker may be a process
        return x

    work = pf.Transform(slow_first).with_(n_processes=3, ordered=True, buffer_size=2)
    sink = collector().with_(buffer_size=3)
    system = PipeSystem(pf.Source(range(500), "s") >> work >> sink).compile(engine=engine)
    system.run()
    active: Any = system._run
    source = active.workers[0]
    bound = (2 + 3) + (3 + 1) + 1  # both streams, and the item the source has in hand
    until = time.monotonic() + 20
    while active.readings()[source].item < 6 and time.monotonic() < until:
        time.sleep(0.005)  # between looks: the source may be a process
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        assert 6 <= active.readings()[source].item <= bound
    gate.touch()
    system.close()
    assert collected(system.report) == list(range(500))
