"""unbatch: the items of each batch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send, send_joined

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS, st.integers(1, 8))
def test_it_undoes_batch(items: list[int], n: int) -> None:
    assert send(pf.unbatch(), send(pf.batch(n), items)) == items


def test_anything_that_can_be_iterated_is_a_batch() -> None:
    assert send(pf.unbatch(), [(1, 2), range(2), {"a": 1}, iter([5])]) == [1, 2, 0, 1, "a", 5]


@pytest.mark.parametrize("text", ["abc", b"abc"])
def test_text_is_no_batch_of_letters(text: Any) -> None:
    with pytest.raises(TypeError, match="text is one item"):
        send(pf.unbatch(), [text])


def test_what_was_joined_is_a_batch() -> None:
    assert send_joined(pf.unbatch(), [(1, "a")]) == [1, "a"]


def test_its_rate_type_and_workers() -> None:
    assert pf.unbatch().rate == pf.Rate(1, None)
    assert pf.unbatch().reshaped(list[int]) is int
    assert (pf.unbatch() * 3).options.n_processes == 3
