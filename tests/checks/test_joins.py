"""PF301."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from pipeflow import (
    Feedback,
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
    batch,
    flat_map,
    shuffle,
    unbatch,
    window,
)
from tests.checks.asking import codes, neutral, only, report, text
from tests.checks.pieces import coroutine, numbers, pair, regulator, sink, source, work

LOAD, S1, S2, S3 = source("load"), source("s1"), source("s2"), source("s3")
A, B, C, D, Z, K = work("a"), work("b"), work("c"), work("d"), work("merge_xy"), sink()
RESIZE, BATCHER = work("resize"), regulator("batcher")
ARMS = (LOAD >> RESIZE, LOAD >> BATCHER)


def some(item: int) -> int | None:
    return item


def test_the_whole_text() -> None:
    assert text(ARMS >> Z >> K) == (
        "PF301 join can't pair by origin: (resize, batcher) >> merge_xy\n"
        "    argument 1 comes through  resize   - one item out for each item in\n"
        "    argument 2 comes through  batcher  - a Regulator, which changes how many items there are\n"
        "    Both start at 'load', so you expect results of the same item to meet; they would not.\n"
        "    Fix: batch after the join;\n"
        '         or pair by key:  (resize, batcher) >> Join(key=attrgetter("id")) >> merge_xy;\n'
        "         or, if any pairing will do:  "
        '(resize, batcher) >> Join(pairing="arrival") >> merge_xy'
    )


def test_the_fixes_are_fixes() -> None:
    assert codes(ARMS >> Join(key=attrgetter("id")) >> Z >> K) == []
    assert codes(ARMS >> Join(pairing="arrival") >> Z >> K) == []
    assert codes((LOAD >> RESIZE, LOAD >> B) >> Z >> BATCHER >> K) == []


def test_it_is_an_error_that_names_the_join() -> None:
    found = only(ARMS >> Z >> K)
    assert (found.severity, found.pipes) == ("error", ("merge_xy",))
    assert found.streams == ("resize -> merge_xy", "batcher -> merge_xy")


def test_a_join_that_is_written_by_itself() -> None:
    found = only(ARMS >> Join(name="j") >> Z >> K)
    assert found.title == "join can't pair by origin: (resize, batcher) >> merge_xy"
    assert found.pipes == ("j", "merge_xy")


def test_different_rates() -> None:
    found = only((LOAD >> regulator("q", 2, 1), LOAD >> regulator("r", 4, 1)) >> Z >> K)
    assert "argument 1 comes through  q  - 1 item out for 2 in" in found.message
    assert "argument 2 comes through  r  - 1 item out for 4 in" in found.message


@pytest.mark.parametrize(
    ("pipe", "said", "fix"),
    [
        (shuffle(3), "a Shuffle, which changes the order of the items", "shuffle after the join;"),
        (batch(3), "1 item out for 3 in", "batch after the join;"),
        (window(3), "a Window, which changes how many items there are", "take windows after the join;"),
        (
            unbatch(),
            "an Unbatch, which changes how many items there are",
            "take batches apart after the join;",
        ),
        (
            flat_map(range),
            "a FlatMap, which changes how many items",
            "make several items of one after the join;",
        ),
        (
            work("t").with_(rate=Rate(1, 3)),
            "3 items out for 1 in",
            "change how many items there are after the",
        ),
    ],
)
def test_what_is_done_after_the_join(pipe: Any, said: str, fix: str) -> None:
    found = only((LOAD >> pipe, LOAD) >> Z >> K).message
    assert f"  - {said}" in found
    assert f"Fix: {fix}" in found


def test_all_of_it_is_done_after_the_join() -> None:
    assert (
        "Fix: shuffle and batch after the join;" in only((LOAD >> shuffle(3), LOAD >> batch(2)) >> Z).message
    )
    both = (LOAD >> shuffle(3, name="one"), LOAD >> A, LOAD >> shuffle(4, name="other"))
    assert "Fix: shuffle after the join;" in only(both >> Z >> K).message
    twice = (LOAD >> window(3) >> window(2), LOAD >> window(2))
    assert "Fix: take windows after the join;" in only(twice >> Z >> K).message


def test_failed_items_are_told_from_results() -> None:
    found = only((LOAD >> A * 2, A.errors) >> Z >> K)
    assert found.title == "join can't pair by origin: (a*2, a.errors) >> merge_xy"
    assert "argument 2 comes through  a.errors" in found.message
    assert found.fixes[0].startswith('(a*2, a.errors) >> Join(key=attrgetter("id"))')
    several = only(((LOAD >> BATCHER | LOAD >> A | A.errors), LOAD) >> Z >> K)
    assert several.title == "join can't pair by origin: ((batcher | a | a.errors), load) >> merge_xy"


def test_equal_windows_pair() -> None:
    assert codes((LOAD >> window(3, 2), LOAD >> window(3, 2)) >> Z >> K) == []
    assert codes((LOAD >> window(3), LOAD >> A >> window(3)) >> Z >> K) == []
    assert codes((LOAD >> window(3), LOAD >> window(4)) >> Z >> K) == ["PF301"]
    assert codes((LOAD >> window(3), LOAD >> window(3, 2)) >> Z >> K) == ["PF301"]
    assert codes((LOAD >> window(3), LOAD) >> Z >> K) == ["PF301"]


def test_equal_rates_pair() -> None:
    assert codes((LOAD >> regulator("q", 4, 1), LOAD >> regulator("r", 4, 1)) >> Z >> K) == []


def test_equal_rates_of_shuffled_items_do_not() -> None:
    left = LOAD >> B * 2 >> regulator("q", 4, 1)
    found = only((left, LOAD >> regulator("r", 4, 1)) >> Z >> K)
    assert (
        "'b' finishes items in any order, so the i-th of one side is not that of the other." in found.message
    )
    assert "keep the order:  b.with_(ordered=True)" in found.message


def test_equal_rates_behind_a_pipe_that_drops_do_not() -> None:
    left = LOAD >> Transform(some) >> regulator("q", 4, 1)
    found = only((left, LOAD >> regulator("r", 4, 1)) >> Z >> K)
    assert "'some' drops some items" in found.message


@pytest.mark.parametrize("options", [{"on_error": "skip"}, {"ignore_exceptions": (ValueError,)}])
@pytest.mark.parametrize("collect", [lambda: batch(2), lambda: window(2)])
def test_nor_behind_one_whose_failures_are_left_out(
    options: dict[str, Any], collect: Callable[[], Transform[Any, Any]]
) -> None:
    skipping = Transform(abs, "skipping").with_(**options)
    found = only((LOAD >> skipping >> collect(), LOAD >> collect()) >> Z >> K)
    assert "'skipping' drops some items" in found.message


def test_nor_behind_one_whose_failures_go_elsewhere() -> None:
    failing = Transform(abs, "failing")
    joined = (LOAD >> failing >> batch(2), LOAD >> batch(2)) >> Z >> K
    found = only(joined | failing.errors >> Sink(print, "dead"))
    assert "'failing' drops some items" in found.message


def test_copies_in_one_arm() -> None:
    assert text(LOAD >> A >> (B | C, D) >> Z >> K) == (
        "PF301 join can't pair by origin: ((b | c), d) >> merge_xy\n"
        "    argument 1 comes through  (b | c)  - 'b' and 'c' each send a result: 2 items for one\n"
        "    argument 2 comes through  d        - one item out for each item in\n"
        "    It is not known which of them should meet the other argument.\n"
        "    Fix: send each item one way only, by a Switch;\n"
        '         or pair by key:  ((b | c), d) >> Join(key=attrgetter("id")) >> merge_xy;\n'
        "         or, if any pairing will do:  "
        '((b | c), d) >> Join(pairing="arrival") >> merge_xy'
    )
    assert codes(LOAD >> A >> (Switch(bool, "sw") >> {True: B, False: C}, D) >> Z >> K) == []


def test_arms_of_one_switch() -> None:
    chosen = LOAD >> Switch(len, "sw") >> {1: B >> sink("k1"), 2: C >> sink("k2")}
    found = only(chosen | (B, C) >> Z >> K)
    assert found.message.splitlines()[1:5] == [
        "    argument 1 comes through  b  - those for which 'sw' returns 1",
        "    argument 2 comes through  c  - those for which 'sw' returns 2",
        "    No item goes both ways, so nothing would ever meet.",
        "    Fix: merge them:  (b | c) >> merge_xy;",
    ]
    both = only(chosen | (B, C) >> Transform(pair) >> K)
    assert "Fix: merge them, and let 'pair' take one item:  (b | c) >> pair;" in both.message
    merged = LOAD >> Switch(len, "sw") >> {1: B, 2: C} >> Z >> K
    assert codes(merged) == []


def test_competing_arms() -> None:
    shared = LOAD >> balance(B, C) >> sink("k1")
    assert "those that it takes before another does" in only(shared | (B, C) >> Z >> K).message


def test_merged_sources() -> None:
    found = only((S1 | S2, S3) >> Z >> K)
    assert "'s1' and 's2' are merged, as they come: there is no i-th item" in found.message
    assert "Fix: pair by key:" in found.message
    assert codes((S1, S3) >> Z >> K) == []
    merged = (S1 | S2) >> A
    assert codes((merged >> B, merged >> C) >> Z >> K) == []


def test_several_workers_make_them() -> None:
    many = work("many").with_(rate=Rate(1, None), n_processes=3)
    found = only((S1 >> many, S2) >> Z >> K)
    assert "many*3 makes them in several workers at once" in found.message
    assert codes((S1 >> many * 1, S2) >> Z >> K) == []


def test_three_arms() -> None:
    found = only((LOAD >> B, LOAD >> C, LOAD >> BATCHER) >> Z >> K)
    assert "All start at 'load'" in found.message


def test_replicas_and_droppers_are_handled_by_the_join() -> None:
    assert codes((LOAD >> B * 3, LOAD >> Transform(some)) >> Z * 2 >> K) == []


def test_one_bad_join_is_said_once() -> None:
    flow = (ARMS >> Z >> D, LOAD >> C) >> work("w") >> K
    assert len(report(flow).findings) == 1


def test_loops_of_several_feedbacks() -> None:
    x, y = Feedback(init=[0], name="x"), Feedback(init=[1], name="y")
    assert codes((x, y) >> work("fib") >> (x, y)) == []


def documented(functor: Any) -> list[Pipe]:
    s1, s2, s3, s4 = (Stream(f"s{number}") for number in (1, 2, 3, 4))
    kind: Any = Regulator if functor is coroutine else Transform
    return [
        Source(lambda: numbers(), "load", downstreams=[s1, s2]),
        kind(functor, "left", upstreams=[s1], downstreams=[s3]),
        Transform(lambda item: item, "right", upstreams=[s2], downstreams=[s4]),
        Sink(lambda left, right: None, "k", upstreams=[s3, s4]),
    ]


def test_documented_joins_are_warned_of() -> None:
    found = only(documented(coroutine))
    assert found.severity == "warning"
    assert neutral(found.message) == (
        "PF301 join can't pair by origin: (left, right) >> k\n"
        "    argument 1 comes through  left   - a Regulator, which changes how many items there are\n"
        "    argument 2 comes through  right  - one item out for each item in\n"
        "    Both start at 'load', so you expect results of the same item to meet; they would not. "
        "They are paired as they arrive.\n"
        "    Fix: batch after the join"
    )
    assert codes(documented(lambda item: item)) == []
