"""flat_map: any number of results for each item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send, send_joined

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS)
def test_every_element_of_what_the_function_returns(items: list[int]) -> None:
    assert send(pf.flat_map(lambda x: range(x % 3)), items) == [y for x in items for y in range(x % 3)]


def test_a_generator_function() -> None:
    def twice(x: int) -> Iterator[int]:
        yield x
        yield x

    assert send(pf.flat_map(twice), [1, 2]) == [1, 1, 2, 2]
    assert pf.flat_map(twice).reshaped(str) is int


def test_none_among_the_results_is_not_sent() -> None:
    def some(x: int) -> list[int | None]:
        return [x, None]

    def double(x: int) -> int:
        return 2 * x

    flow = pf.Source([1, 2]) >> pf.flat_map(some)
    assert (flow >> double).check().findings == ()
    assert list((flow >> double).stream("inline")) == [2, 4]
    assert (flow >> (lambda x: [x, None]) >> pf.unbatch() >> double).check().findings == ()


def test_none_is_nothing_to_send() -> None:
    assert send(pf.flat_map(lambda x: None), [1]) == []


@pytest.mark.parametrize("result", [3, "text"])
def test_what_can_not_be_iterated_is_an_error(result: Any) -> None:
    with pytest.raises(TypeError, match="must yield its results or return a list"):
        send(pf.flat_map(lambda x: result), [1])


def test_a_join_calls_it_with_the_parts() -> None:
    assert send_joined(pf.flat_map(lambda a, b: [b] * a), [(2, "x"), (1, "y")]) == ["x", "x", "y"]


def test_its_rate_name_and_workers() -> None:
    assert pf.flat_map(range).rate == pf.Rate(1, None)
    assert pf.flat_map(range).with_(rate=pf.Rate(1, 2)).rate == pf.Rate(1, 2)
    assert (pf.flat_map(range).label, pf.flat_map(lambda x: x).label) == ("range", "flat_map")
    assert (pf.flat_map(range) * 3).options.n_processes == 3


def test_a_coroutine_is_refused() -> None:
    async def later(x: int) -> list[int]:
        return [x]

    with pytest.raises(pf.CompositionError, match="flat_map calls a plain function, not an  async def"):
        pf.flat_map(later)


def test_an_async_generator_is_refused() -> None:
    async def pages(x: int) -> AsyncIterator[int]:
        yield x

    with pytest.raises(pf.CompositionError, match=r"FlatMap 'pages' .*plain function, not an  async def "):
        pf.flat_map(pages)
