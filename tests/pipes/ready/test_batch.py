"""batch: items in lists of n."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send, send_joined

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS, st.integers(1, 8), st.booleans())
def test_all_items_stay_in_order(items: list[int], n: int, drop_last: bool) -> None:
    batches = send(pf.batch(n, drop_last=drop_last), items)
    full = len(items) - len(items) % n
    assert [x for batch in batches for x in batch] == (items[:full] if drop_last else items)
    assert all(len(batch) == n for batch in batches[:-1])


def test_a_batch_is_a_list_of_its_own() -> None:
    first, second = send(pf.batch(2), [1, 2, 3, 4])
    assert (first, second) == ([1, 2], [3, 4])
    assert type(first) is list and first is not second


def test_what_was_joined_is_a_tuple() -> None:
    assert send_joined(pf.batch(2), [(1, "a"), (2, "b")]) == [[(1, "a"), (2, "b")]]


def test_its_rate_and_type() -> None:
    assert pf.batch(4).rate == pf.Rate(4, 1)
    assert pf.batch(4).reshaped(int) == list[int]


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "3", None])
def test_n_is_a_whole_number_of_at_least_1(n: Any) -> None:
    with pytest.raises(
        pf.CompositionError, match=r"Batch 'batch' .*test_batch\.py:\d+.*n must be .* at least 1, not"
    ):
        pf.batch(n)


def test_several_workers_are_refused() -> None:
    for make in (lambda: pf.batch(2) * 3, lambda: pf.batch(2).with_(n_processes=2)):
        with pytest.raises(pf.CompositionError, match="several workers would each see only some"):
            make()


def test_a_name_in_the_place_of_drop_last_is_refused() -> None:
    with pytest.raises(pf.CompositionError, match="drop_last must be True or False, not 'train'"):
        pf.batch(2, "train")  # type: ignore[arg-type]
