"""shuffle: items in another order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS, st.integers(1, 10), st.integers())
def test_nothing_is_lost_and_a_seed_repeats_it(items: list[int], buffer: int, seed: int) -> None:
    once = send(pf.shuffle(buffer, seed), items)
    assert sorted(once) == sorted(items)
    assert once == send(pf.shuffle(buffer, seed), items)
    # An item can overtake only as far as the buffer reaches.
    assert all(once[k] in items[: k + buffer + 1] for k in range(len(once)))


def test_it_mixes() -> None:
    items = list(range(100))
    assert send(pf.shuffle(50, seed=1), items) != items
    assert send(pf.shuffle(50, seed=1), items) != send(pf.shuffle(50, seed=2), items)


def test_a_buffer_as_large_as_the_data_can_give_every_order() -> None:
    orders = {tuple(send(pf.shuffle(3, seed), [1, 2, 3])) for seed in range(200)}
    assert len(orders) == 6


def test_without_a_seed_it_follows_the_workers() -> None:
    items = list(range(50))
    random.seed(7)
    once = send(pf.shuffle(20), items)
    assert once != send(pf.shuffle(20), items)
    random.seed(7)
    assert once == send(pf.shuffle(20), items)


def test_its_rate_and_type() -> None:
    assert not pf.shuffle(5).rate.keeps_origin
    assert pf.shuffle(5).reshaped(int) is int


@pytest.mark.parametrize(
    ("buffer", "seed", "message"), [(0, None, "buffer must be"), (3, "a", "seed must be"), (3, True, "seed")]
)
def test_what_is_refused(buffer: Any, seed: Any, message: str) -> None:
    with pytest.raises(pf.CompositionError, match=message):
        pf.shuffle(buffer, seed)


def test_several_workers_are_refused() -> None:
    with pytest.raises(pf.CompositionError, match="it keeps or counts items"):
        pf.shuffle(2) * 3
