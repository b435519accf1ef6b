"""window: the last n items, again and again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send, send_joined

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS, st.integers(1, 6), st.integers(1, 6))
def test_the_last_n_every_step_items(items: list[int], n: int, step: int) -> None:
    expected = [items[end - n : end] for end in range(n, len(items) + 1, step)]
    assert send(pf.window(n, step), items) == expected


def test_what_was_joined_is_a_tuple() -> None:
    assert send_joined(pf.window(2), [(1, 2), (3, 4)]) == [[(1, 2), (3, 4)]]


def test_its_rate_and_type() -> None:
    assert pf.window(3, 2).rate == pf.Rate(2, None)
    assert pf.window(3).reshaped(int) == list[int]


@pytest.mark.parametrize(
    ("n", "step", "word"), [(0, 1, "n"), (3, 0, "step"), (True, 1, "n"), (2, 1.5, "step")]
)
def test_both_are_whole_numbers_of_at_least_1(n: Any, step: Any, word: str) -> None:
    with pytest.raises(pf.CompositionError, match=f": {word} must be a whole number of at least 1"):
        pf.window(n, step)


def test_several_workers_are_refused() -> None:
    with pytest.raises(pf.CompositionError, match="several workers would each see only some"):
        pf.window(2) * 3
