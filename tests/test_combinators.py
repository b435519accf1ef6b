"""balance, chain and lanes: the brackets as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pipeflow as pf
from tests.functors import double, inc
from tests.wiring import wiring

SRC, S2, K, K2 = pf.Source([1], "src"), pf.Source([2], "s2"), pf.Sink(print, "k"), pf.Sink(print, "k2")
A, B, C = pf.Transform(inc, "a"), pf.Transform(double, "b"), pf.Transform(inc, "c")


def test_chain_is_order() -> None:
    assert pf.chain(SRC, A, B, K) == SRC >> A >> B >> K
    assert pf.chain(SRC, inc, (A, B), C).expression.exit == (SRC >> inc >> (A, B) >> C).expression.exit
    assert pf.chain(A) is A
    assert pf.chain(*[A, B]) == A >> B


def test_lanes_are_side_by_side() -> None:
    assert pf.lanes(A, B, C) == A | B | C
    assert pf.lanes(SRC >> K, S2 >> K2) == (SRC >> K | S2 >> K2)
    assert pf.lanes(A) is A


def test_balance_lets_them_compete() -> None:
    flow = SRC >> pf.balance(A * 3, B >> C, K)
    assert wiring(flow) == {"src -> a, b, k", "b -> c", "a, c -> ?"}


def test_balance_of_copies() -> None:
    flow = pf.Source([1, 2, 3]) >> pf.balance(A, A.copy("a_2"), A.copy("a_3") * 2)
    assert sorted(flow.stream("inline")) == [2, 3, 4]


def test_balance_of_a_loop() -> None:
    loop = pf.Feedback(init=[1])
    assert isinstance(pf.balance(A, loop), pf.ThroughFlow)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: pf.balance(A), r"two or more pipes; replicas of a single one are written  pipe \* 3"),
    (
        lambda: pf.balance(A, SRC),
        r"argument 1, Source 'src' \(created at .*must be a pipe or a chain that begins",
    ),
    (lambda: pf.balance(A | B, C), r"argument 0, a \| b, must be"),
    (lambda: pf.balance(A, inc), "argument 1, the function inc, must be"),
    (
        lambda: pf.balance(A, A),
        (
            r"balance: Transform 'a' \(created at .*\) stands twice, arguments 0 and 1 begin with it. "
            r"Two workers of it are  a \* 2 ; another pipe with the same functor is  a.copy\('a_2'\)"
        ),
    ),
    (lambda: pf.balance(A >> K, B, A >> C), "'a' .* stands twice, arguments 0 and 2 begin"),
    (lambda: pf.balance(A, A * 2), "'a' .* stands twice"),
    (lambda: pf.chain(), "chain needs at least one pipe"),
    (lambda: pf.chain(A, SRC), "Source 'src' .* has no open input"),
    (lambda: pf.lanes(), "lanes needs at least one pipe"),
    (lambda: pf.lanes(A, inc), r"lanes\(the function inc\): a bare function can only stand after >>"),
    (lambda: pf.lanes([A, B]), "a list is ambiguous here"),
    (lambda: pf.lanes(SRC >> (A, B), C), "one side ends in round brackets"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(pf.CompositionError, match=message):
        make()


def test_a_thousand_lanes_take_no_time() -> None:
    flow = pf.lanes(*(pf.Source([n], f"s{n}") for n in range(1000)))
    assert len(pf.flow.pipes_of(flow)) == 1000
