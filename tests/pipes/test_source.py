"""Source: everything that items can come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from tests.pipes.feeding import send


def count() -> Iterator[int]:
    yield from range(3)


class Rows:
    def local_init(self, n: int = 3) -> None:
        self.n = n

    def run(self) -> Iterator[int]:
        yield from range(self.n)

    def local_term(self) -> str:
        return "closed"


class Numbered:
    """As torch's map-style datasets."""

    def __init__(self, n: int = 3) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> int:
        if index == 1:
            raise ValueError("a broken sample")
        return 10 * index


class Endless:
    def __getitem__(self, index: int) -> int:
        return index


class Old:
    """An iterator of before ``__iter__`` was needed."""

    def __init__(self) -> None:
        self.left = 3

    def __next__(self) -> int:
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return 2 - self.left


async def ticks() -> AsyncIterator[int]:
    for item in range(3):
        yield item


@pytest.mark.parametrize(
    "functor",
    [
        pytest.param(count, id="generator function"),
        pytest.param(count(), id="started generator"),
        pytest.param([0, 1, 2], id="list"),
        pytest.param(range(3), id="range"),
        pytest.param(iter([0, 1, 2]), id="iterator"),
        pytest.param(lambda: [0, 1, 2], id="callable"),
        pytest.param({0: "a", 1: "b", 2: "c"}, id="dict"),
        pytest.param(Rows(), id="class"),
        pytest.param(Old(), id="next"),
        pytest.param(ticks, id="async generator function"),
        pytest.param(ticks(), id="async generator"),
    ],
)
def test_items_come_from(functor: Any) -> None:
    assert send(pf.Source(functor), []) == [0, 1, 2]


def test_settings_reach_it() -> None:
    assert send(pf.Source(Rows(), init_kwargs={"n": 2}), []) == [0, 1]
    assert send(pf.Source(lambda n: range(n), init_kwargs={"n": 2}), []) == [0, 1]


def test_the_sentinel_class_ends_it_and_its_instances_do_not() -> None:
    instance = pf.Sentinel()
    assert send(pf.Source([1, instance, pf.Sentinel, 2]), []) == [1, instance]


def test_its_end_ends_the_generator_and_the_functor() -> None:
    ended: list[str] = []

    def items() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append("generator")

    step = pf.Source(items).step(StepContext("x"))
    assert next(iter(step.start())) == 1
    step.close()
    assert ended == ["generator"]
    rows = pf.Source(Rows()).step(StepContext("x"))
    rows.start()
    assert rows.close() == "closed"


def test_an_exception_of_an_iterator_does_not_end_it() -> None:
    class Flaky:
        at = 0

        def __iter__(self) -> Flaky:
            return self

        def __next__(self) -> int:
            self.at += 1
            if self.at == 2:
                raise ValueError
            if self.at > 3:
                raise StopIteration
            return self.at

    items: Any = pf.Source(Flaky()).step(StepContext("x")).start()
    assert next(items) == 1
    with pytest.raises(ValueError):
        next(items)
    assert not items.ended
    assert list(items) == [3]


def test_an_exception_of_a_generator_has_ended_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError

    made: Any = pf.Source(items).step(StepContext("x")).start()
    assert next(made) == 1
    with pytest.raises(ValueError):
        next(made)
    assert made.ended


def test_a_functor_that_returns_nothing_to_iterate_is_an_error() -> None:
    with pytest.raises(TypeError, match="must return an iterable of items, not 3"):
        pf.Source(lambda: 3).step(StepContext("x")).start()


def test_a_dataset_with_numbers_ends_by_its_length() -> None:
    source = pf.Source(Numbered())
    assert source.total == 3
    items: Any = source.step(StepContext("x")).start()
    assert next(items) == 0
    with pytest.raises(ValueError, match="a broken sample"):
        next(items)
    assert not items.ended
    assert list(items) == [20]


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_broken_samples_of_a_dataset_can_be_skipped(engine: str, no_process_left: None) -> None:
    for made in (Numbered(4), lambda: Numbered(4)):
        source: Any = pf.Source(made).with_(on_error="skip")
        assert source.check(intent="stream").ok
        with source.stream(engine) as items:
            assert list(items) == [0, 20, 30]


def test_a_function_that_says_it_returns_a_dataset() -> None:
    def make() -> Numbered:
        return Numbered(1)

    flow = pf.Source(make) >> pf.map(str)
    assert list(flow.stream("inline")) == ["0"]


def test_numbers_without_an_end_are_refused() -> None:
    with pytest.raises(pf.CompositionError, match=r"an iterable; beside  __getitem__  it needs  __len__$"):
        pf.Source(Endless())


@pytest.mark.parametrize("functor", [3, None, object()])
def test_what_is_refused(functor: Any) -> None:
    with pytest.raises(pf.CompositionError, match=r"nothing that items could come from.* or an iterable"):
        pf.Source(functor)


def test_how_many_it_will_make() -> None:
    assert pf.Source([1, 2]).total == 2
    assert pf.Source(count).total is None
    assert pf.Source(count, total=3).total == 3
    assert pf.Source(count).with_(total=4).total == 4


def test_it_starts_its_stream_and_has_no_failed_items() -> None:
    assert pf.Source([1]).rate == pf.Rate(None, None)
    assert not hasattr(pf.Source([1]), "errors")
