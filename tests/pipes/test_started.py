"""Iterators as a source's functor."""

from __future__ import annotations

import io
import itertools
import pickle
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from pipeflow.pipes.started import Rest, is_iterator, stays
from tests.functors import count_to


async def ticks() -> AsyncIterator[int]:
    yield 1


class Own:
    """An iterator of a user's class."""

    left = 2

    def __iter__(self) -> Own:
        return self

    def __next__(self) -> int:
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left


class Anew(Own):
    """One that begins anew."""

    def __iter__(self) -> Anew:
        self.left = 2
        return self


class Both(Own):
    def run(self) -> list[int]:
        return [1]


class Called(Own):
    def __call__(self) -> list[int]:
        return [1]


@pytest.mark.parametrize(
    ("functor", "iterates", "stay"),
    [
        pytest.param(count_to(3), True, True, id="generator"),
        pytest.param(ticks(), False, True, id="async generator"),
        pytest.param(zip([1], [2], strict=True), True, True, id="zip"),
        pytest.param(iter([1]), True, True, id="list iterator"),
        pytest.param(io.StringIO("a"), True, True, id="file"),
        pytest.param(np.arange(3).flat, True, True, id="flat array"),
        pytest.param(Own(), True, False, id="a user's class"),
        pytest.param(sqlite3.connect(":memory:").cursor(), True, False, id="cursor, bound to its thread"),
        pytest.param([1], False, False, id="list"),
        pytest.param(range(3), False, False, id="range"),
        pytest.param(np.arange(3), False, False, id="array"),
        pytest.param(count_to, False, False, id="function"),
        pytest.param(Own, False, False, id="class"),
        pytest.param(Both(), False, False, id="an object with run"),
        pytest.param(Called(), False, False, id="an object that is called"),
    ],
)
def test_what_stays_with_the_caller(functor: Any, iterates: bool, stay: bool) -> None:
    assert (is_iterator(functor), stays(functor)) == (iterates, stay)


@pytest.mark.parametrize("make", [lambda: map(str, [1]), lambda: iter([1]), Own, lambda: io.StringIO("a")])
def test_it_is_used_up_when_a_run_has_come_to_its_end(make: Any) -> None:
    iterator = make()
    rest = Rest(iterator)
    assert not rest.used_up(iterator)
    items = rest.items(iterator)
    next(items)
    assert not rest.used_up(iterator)
    assert not list(items) or isinstance(iterator, Own)
    assert rest.used_up(iterator)
    assert rest.used_up(iterator)


def test_what_a_run_has_left_is_there_for_the_next() -> None:
    iterator = itertools.count()
    rest = Rest(iterator)
    for first in (0, 1):
        assert not rest.used_up(iterator)
        assert next(rest.items(iterator)) == first


def test_a_file_may_be_rewound() -> None:
    file = io.StringIO("a\nb\n")
    rest = Rest(file)
    for _ in range(3):
        assert not rest.used_up(file)
        assert list(rest.items(file)) == ["a\n", "b\n"]
        file.seek(0)


def test_a_class_may_begin_anew() -> None:
    iterator = Anew()
    rest = Rest(iterator)
    for _ in range(3):
        assert not rest.used_up(iterator)
        assert not rest.used_up(iterator)  # asked twice: the first item isn't lost
        assert list(rest.items(iterator)) == [1, 0]


def test_a_closed_file_is_left_to_the_run() -> None:
    file = io.StringIO("a")
    rest = Rest(file)
    list(rest.items(file))
    file.close()
    assert not rest.used_up(file)


def test_an_exception_does_not_end_it() -> None:
    class Flaky(Own):
        left = 3

        def __next__(self) -> int:
            item = super().__next__()
            if item == 1:
                raise ValueError
            return item

    rest = Rest()
    items = rest.items(Flaky())
    assert next(items) == 2
    with pytest.raises(ValueError):
        next(items)
    assert not rest.ended
    assert list(items) == [0]
    assert rest.ended


def test_generators_say_it_themselves() -> None:
    generator = count_to(1)
    assert not Rest().used_up(generator)
    list(generator)
    assert Rest().used_up(generator)
    other = ticks()
    assert not Rest().used_up(other)
    with pytest.raises(StopIteration):
        other.aclose().send(None)
    assert Rest().used_up(other)


def test_changed_copies_of_a_source_share_what_is_known() -> None:
    source = pf.Source(iter([1]))
    assert source.with_(name="other").rest is source.copy("twin").rest is source.rest
    source.rest.ended = True
    assert not pickle.loads(pickle.dumps(source)).rest.ended


def test_a_sources_length_is_that_of_its_iterator() -> None:
    assert pf.Source(np.arange(3).flat).total == 3
    assert pf.Source(iter([1])).total is None


def test_a_pipe_that_was_given_another_functor_is_not_taken_for_it() -> None:
    source = pf.Source(Own())
    source.rest.ended = True
    assert not source.rest.used_up(Own())
    source.functor = Own()  # as a run that is followed does
    assert list(source.step(StepContext("x")).start()) == [1, 0]
    assert source.rest.ended
    source.rest.ended = False
    source.functor = Own()
    list(source.step(StepContext("x")).start())
    assert not source.rest.ended
