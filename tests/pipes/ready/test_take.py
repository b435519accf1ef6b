"""take: the first n items, then no more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send, send_joined

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS, st.integers(0, 50))
def test_the_first_n(items: list[int], n: int) -> None:
    assert send(pf.take(n), items) == items[:n]


def test_it_says_when_it_wants_no_more() -> None:
    step = pf.take(2).step(pf.pipes._base.StepContext("t"))
    seen = [(list(step.feed(item)), step.satisfied) for item in "abc"]
    assert seen == [(["a"], False), (["b"], True), ([], True)]


def test_none_at_all_is_wanted_of_take_0() -> None:
    step = pf.take(0).step(pf.pipes._base.StepContext("t"))
    assert step.satisfied
    assert list(step.feed("a")) == []


def test_what_was_joined_is_a_tuple() -> None:
    assert send_joined(pf.take(1), [(1, 2), (3, 4)]) == [(1, 2)]


def test_its_rate_and_type() -> None:
    assert pf.take(3).rate.may_drop
    assert pf.take(3).reshaped(int) is int


@pytest.mark.parametrize("n", [-1, 1.0, True, None])
def test_n_is_a_whole_number_of_at_least_0(n: Any) -> None:
    with pytest.raises(pf.CompositionError, match=r"Take 'take' .*n must be a whole number of at least 0"):
        pf.take(n)


def test_several_workers_are_refused() -> None:
    with pytest.raises(pf.CompositionError, match="it keeps or counts items"):
        pf.take(2) * 3
