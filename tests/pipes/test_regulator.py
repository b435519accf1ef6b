"""Regulator: a coroutine that takes with ``x = yield`` and sends any number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from tests.functors import chop, rebatch
from tests.pipes.feeding import send, send_joined


@given(st.lists(st.integers()), st.integers(1, 6))
def test_what_is_held_is_sent_at_the_end(items: list[int], size: int) -> None:
    sent = send(pf.Regulator(rebatch, init_kwargs={"size": size}), items)
    assert [x for batch in sent for x in batch] == items


def test_it_starts_again_when_it_finishes() -> None:
    assert send(pf.Regulator(chop), [[1, 2, 3, 4], [5, 6], [7]]) == [[1, 2], [3, 4], [5, 6]]


def test_one_that_finishes_without_yielding_has_sent_nothing() -> None:
    def quiet() -> Any:
        yield

    assert send(pf.Regulator(quiet), [1, 2]) == []


def test_falsy_items_go_through() -> None:
    def again() -> Any:
        x = yield
        yield x

    assert send(pf.Regulator(again), [0, "", False, []]) == [0, "", False, []]


def test_what_is_joined_arrives_as_one_tuple() -> None:
    def again() -> Any:
        x = yield
        yield x

    assert send_joined(pf.Regulator(again), [(1, 2)]) == [(1, 2)]


def test_a_class_whose_run_is_a_coroutine() -> None:
    class Pairs:
        def local_init(self, n: int = 2) -> None:
            self.n = n

        def run(self) -> Any:
            held = []
            while len(held) < self.n:
                held.append((yield))
            yield tuple(held)

    assert send(pf.Regulator(Pairs()), [1, 2, 3, 4]) == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("functor", "message"),
    [
        (lambda: 3, "must be a coroutine function"),
        (lambda: iter([1]), "must be a coroutine function"),
        (lambda: (x for x in ()), "finished without ever waiting for input"),
        (lambda: (x for x in (1,)), "yielded 1 before it received anything"),
    ],
)
def test_what_is_no_coroutine_function(functor: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        send(pf.Regulator(functor), [1])


def test_its_finally_runs_in_close() -> None:
    log: list[str] = []

    def held() -> Any:
        try:
            while True:
                yield
        finally:
            log.append("closed")

    step = pf.Regulator(held).step(StepContext("x"))
    list(step.feed(1))
    step.close()
    assert log == ["closed"]


def test_its_functor_is_let_go_of_though_its_finally_raises() -> None:
    log: list[str] = []

    class Held:
        def run(self) -> Any:
            try:
                while True:
                    yield
            finally:
                raise ValueError("in finally")

        def local_term(self) -> None:
            log.append("let go")

    step = pf.Regulator(Held()).step(StepContext("x"))
    list(step.feed(1))
    with pytest.raises(ValueError, match="in finally"):
        step.close()
    assert log == ["let go"]


def test_an_exception_ends_only_this_coroutine() -> None:
    def picky() -> Any:
        x = yield
        if x == 2:
            raise ValueError
        yield x

    step = pf.Regulator(picky).step(StepContext("x"))
    assert list(step.feed(1)) == [1]
    with pytest.raises(ValueError):
        list(step.feed(2))
    assert list(step.feed(3)) == [3]


def test_its_rate_is_unknown_unless_declared() -> None:
    assert pf.Regulator(chop).rate == pf.Rate(None, None)
    assert pf.Regulator(chop, rate=pf.Rate(2, 1)).rate == pf.Rate(2, 1)
    assert pf.Regulator(chop).with_(rate=pf.Rate(2, 1)).rate == pf.Rate(2, 1)


def test_several_workers_only_where_items_are_independent() -> None:
    with pytest.raises(pf.CompositionError, match=r"with_\(independent=True, n_processes=\.\.\.\)"):
        pf.Regulator(chop).with_(n_processes=3)
    several = pf.Regulator(chop).with_(independent=True, n_processes=3)
    assert several.options.n_processes == 3
    assert pf.Regulator(chop).with_(independent=True).with_(n_processes=2).options.n_processes == 2
    assert pf.batch(2).with_(independent=True, n_processes=2).options.n_processes == 2
    with pytest.raises(pf.CompositionError, match="keeps what it has received"):
        several.with_(independent=False, n_processes=4)
    chunks = [[n, n + 1] for n in range(10)]
    assert sorted((pf.Source(chunks) >> several).stream("inline")) == chunks
