"""filter: the items that a function says yes to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send, send_joined

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS)
def test_as_pythons_filter(items: list[int]) -> None:
    assert send(pf.filter(lambda x: x % 2), items) == [x for x in items if x % 2]


def test_falsy_items_pass() -> None:
    assert send(pf.filter(lambda x: True), [0, "", False]) == [0, "", False]


def test_what_was_joined_is_asked_about_part_by_part_and_leaves_as_a_tuple() -> None:
    assert send_joined(pf.filter(lambda a, b: a < b), [(1, 2), (2, 1)]) == [(1, 2)]


def test_its_rate_type_name_and_workers() -> None:
    def odd(x: int) -> bool:
        return x % 2 == 1

    assert pf.filter(odd).rate == pf.Rate(1, 1, may_drop=True)
    assert pf.filter(odd).reshaped(int) is int
    assert (pf.filter(odd).label, pf.filter(lambda x: x).label, pf.filter(odd, "mine").label) == (
        "odd",
        "filter",
        "mine",
    )
    assert (pf.filter(odd) * 3).options.n_processes == 3


def test_what_is_refused() -> None:
    async def later(x: int) -> bool:
        return True

    bad: Any = 3
    with pytest.raises(pf.CompositionError, match="can't be called"):
        pf.filter(bad)
    with pytest.raises(pf.CompositionError, match="filter calls a plain function, not an  async def"):
        pf.filter(later)
