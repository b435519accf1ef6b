"""PF304."""

from __future__ import annotations

from typing import Any

from pipeflow import Stream, Transform, balance
from tests.checks.asking import codes, only, text
from tests.checks.pieces import increase, regulator, sink, source, work

S, S1, S2, A, B, K = source("s"), source("s1"), source("s2"), work("a"), work("b"), sink()
KEPT = B.with_(n_processes=3, ordered=True)


def test_the_whole_text() -> None:
    found = only(S >> A * 2 >> KEPT >> K)
    assert found.severity == "warning"
    assert text(S >> A * 2 >> KEPT >> K) == (
        "PF304 no order to keep: 'b' has ordered=True, but 'a' finishes its items in any order.\n"
        "    s >> a*2 >> b*3\n"
        "    'b' was created at HERE.\n"
        "    It costs waiting, and the order is arbitrary all the same.\n"
        "    Fix: keep the order there too:  a.with_(ordered=True) ,  or  b.with_(ordered=False)"
    )


def test_behind_something_that_has_an_order() -> None:
    assert codes(S >> KEPT >> K) == []
    assert codes(S >> A >> KEPT >> K) == []
    assert codes(S >> A.with_(n_processes=2, ordered=True) >> KEPT >> K) == []


def test_further_up() -> None:
    assert only(S >> A * 2 >> work("c") >> KEPT >> K).pipes == ("b", "a")


def test_a_regulator_between_may_have_sorted_them() -> None:
    assert codes(S >> A * 2 >> regulator("sort") >> KEPT >> K) == []


def test_merges_and_competitors() -> None:
    assert "merged from several streams" in only((S1 | S2) >> KEPT >> K).title
    assert "compete for its input" in only(S >> balance(KEPT, A) >> K).title
    assert codes((S1 | S2) >> A >> KEPT >> K) == []


async def wait(item: Any) -> Any:
    return item


def test_several_in_flight() -> None:
    several = Transform(wait).with_(concurrency=4)
    assert codes(S >> several >> KEPT >> K) == ["PF304"]
    assert codes(S >> A * 2 >> several.with_(ordered=True) >> K) == ["PF304"]


def test_one_worker_keeps_what_there_is() -> None:
    assert codes(S >> A * 2 >> B.with_(ordered=True) >> K) == []
    assert codes(S >> Stream("x") >> KEPT >> increase >> K) == []


def test_who_asks_for_no_order_gets_none() -> None:
    assert codes(S >> A * 2 >> B * 3 >> K) == []


async def waits_for(item: Any) -> Any:
    return item


def test_two_are_several() -> None:
    assert codes(S >> A * 2 >> B.with_(n_processes=2, ordered=True) >> K) == ["PF304"]
    two = Transform(waits_for).with_(concurrency=2, ordered=True)
    assert codes(S >> A * 2 >> two >> K) == ["PF304"]
    assert codes(S >> A * 2 >> two.with_(concurrency=1) >> K) == []
