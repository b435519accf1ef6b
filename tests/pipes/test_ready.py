"""The ready-made pipes: what they send, what they refuse, what rate they declare."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from tests.functors import odd_only

ITEMS = st.lists(st.integers(), max_size=40)


def send(pipe: Any, items: list[Any]) -> list[Any]:
    """What the pipe's step sends for `items`, its input's end included."""
    step = pipe.step(StepContext("under test"))
    sent = list(step.start())
    for item in items:
        if step.satisfied:
            break
        sent.extend(step.feed(item))
    sent.extend(step.finish())
    step.close()
    return sent


@given(ITEMS, st.integers(1, 8), st.booleans())
def test_batch_keeps_all_items_in_order(items: list[int], n: int, drop_last: bool) -> None:
    batches = send(pf.batch(n, drop_last=drop_last), items)
    full = len(items) - len(items) % n
    assert [x for batch in batches for x in batch] == (items[:full] if drop_last else items)
    assert all(len(batch) == n for batch in batches[:-1])


@given(ITEMS, st.integers(1, 8))
def test_unbatch_undoes_batch(items: list[int], n: int) -> None:
    assert send(pf.unbatch(), send(pf.batch(n), items)) == items


@given(ITEMS, st.integers(1, 6), st.integers(1, 6))
def test_window_shows_the_last_n_every_step_items(items: list[int], n: int, step: int) -> None:
    expected = [items[end - n : end] for end in range(n, len(items) + 1, step)]
    assert send(pf.window(n, step), items) == expected


@given(ITEMS, st.integers(1, 10), st.integers())
def test_shuffle_loses_nothing_and_repeats_with_its_seed(items: list[int], buffer: int, seed: int) -> None:
    once = send(pf.shuffle(buffer, seed), items)
    assert sorted(once) == sorted(items)
    assert once == send(pf.shuffle(buffer, seed), items)
    # An item can overtake only as far as the buffer reaches.
    assert all(once[k] in items[: k + buffer + 1] for k in range(len(once)))


def test_shuffle_without_a_seed_follows_the_workers() -> None:
    items = list(range(50))
    random.seed(7)
    once = send(pf.shuffle(20), items)
    assert once != send(pf.shuffle(20), items)
    random.seed(7)
    assert once == send(pf.shuffle(20), items)


@given(ITEMS, st.integers(0, 50))
def test_take_sends_the_first_n_and_then_wants_no_more(items: list[int], n: int) -> None:
    assert send(pf.take(n), items) == items[:n]


@given(ITEMS)
def test_filter_map_and_flat_map_are_what_python_calls_so(items: list[int]) -> None:
    assert send(pf.filter(lambda x: x % 2), items) == [x for x in items if x % 2]
    assert send(pf.map(lambda x: x + 1), items) == [x + 1 for x in items]
    assert send(pf.flat_map(lambda x: range(x % 3)), items) == [y for x in items for y in range(x % 3)]


def test_filter_passes_falsy_items_on() -> None:
    assert send(pf.filter(lambda x: True), [0, "", False]) == [0, "", False]


RATES: list[tuple[Any, tuple[int | None, int | None]]] = [
    (pf.batch(4), (4, 1)),
    (pf.unbatch(), (1, None)),
    (pf.window(3, 2), (2, None)),
    (pf.shuffle(5), (None, None)),
    (pf.take(3), (1, None)),
    (pf.filter(odd_only), (1, 1)),
    (pf.map(odd_only), (1, 1)),
    (pf.flat_map(range), (1, None)),
    (pf.collate(), (1, 1)),
]


@pytest.mark.parametrize(("pipe", "rate"), RATES, ids=lambda value: getattr(value, "label", ""))
def test_each_declares_its_rate(pipe: Any, rate: tuple[int | None, int | None]) -> None:
    assert (pipe.rate.consumes, pipe.rate.produces) == rate


def test_a_filter_may_drop() -> None:
    assert pf.filter(odd_only).rate.may_drop


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: pf.batch(0), r"Batch 'batch' .*test_ready\.py:\d+.*size must be .* at least 1, not 0"),
    (lambda: pf.batch(2.5), "at least 1, not 2.5"),  # type: ignore[arg-type]
    (lambda: pf.batch(True), "not True"),
    (lambda: pf.window(0), "size must be"),
    (lambda: pf.window(3, step=0), "step must be"),
    (lambda: pf.shuffle(0), "buffer must be"),
    (lambda: pf.take(-1), "count must be .* at least 0"),
    (lambda: pf.batch(2) * 3, "several workers would each see only some"),
    (lambda: pf.take(2) * 3, "several workers"),
    (lambda: pf.shuffle(2) * 3, "several workers"),
    (lambda: pf.window(2) * 3, "several workers"),
    (lambda: pf.filter(3), "can't be called"),  # type: ignore[arg-type]
    (lambda: pf.batch(2).with_(n_processes=2), "several workers"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_what_is_refused_says_why_and_where(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(pf.CompositionError, match=message):
        make()


def test_a_coroutine_can_not_filter() -> None:
    async def later(x: int) -> bool:
        return True

    with pytest.raises(pf.CompositionError, match="async"):
        pf.filter(later)
    with pytest.raises(pf.CompositionError, match="async"):
        pf.flat_map(later)


@pytest.mark.parametrize(
    "pipe", [pf.filter(odd_only), pf.map(odd_only), pf.flat_map(range), pf.unbatch(), pf.collate()]
)
def test_what_keeps_nothing_may_have_several_workers(pipe: Any) -> None:
    assert (pipe * 3).options.n_processes == 3
