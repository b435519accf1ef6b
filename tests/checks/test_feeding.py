"""PF107."""

from __future__ import annotations

from pipeflow import balance
from tests.checks.asking import codes, only, text
from tests.checks.pieces import sink, source, work

S1, S2, S3, F, G = source("s1"), source("s2"), source("s3"), work("f"), work("g")
K1, K2 = sink("k1"), sink("k2")


def test_the_whole_text() -> None:
    assert text(S1 >> F >> K1 | S2 >> F >> K2) == (
        "PF107 'f' is fed twice.\n"
        "    s1 >> f\n"
        "    s2 >> f\n"
        "    'f' was created at HERE.\n"
        "    A pipe's input is one expression, so it isn't known whether these should be merged.\n"
        "    Fix: merge them:  (s1 | s2) >> f\n"
        "         or use a second pipe of the same functor:  s2 >> f.copy('f_2')"
    )


def test_merged_or_copied_it_is_fine() -> None:
    assert codes((S1 | S2) >> F >> (K1 | K2)) == []
    assert codes(S1 >> F >> K1 | S2 >> F.copy("f_2") >> K2) == []


def test_the_same_feed_written_twice_is_one() -> None:
    assert codes(S1 >> F >> K1 | S1 >> F >> K2) == []


def test_three_times() -> None:
    flow = S1 >> F >> K1 | S2 >> F >> K1 | S3 >> F >> K1
    assert only(flow).title == "'f' is fed 3 times."


def test_alone_and_among_competing_pipes() -> None:
    assert codes(S1 >> F >> K1 | S2 >> balance(F, G) >> K2) == ["PF107"]


def test_a_cycle_explains_it_better() -> None:
    assert codes(S1 >> F >> G >> F) == ["PF105"]
