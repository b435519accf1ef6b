"""Transform: one result for each input."""

from __future__ import annotations

import functools
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from tests.functors import inc, pair
from tests.pipes.feeding import send, send_joined


class Scale:
    def __init__(self, by: int = 1) -> None:
        self.by = by
        self.log: list[str] = []

    def local_init(self, plus: int = 0) -> None:
        self.plus = plus
        self.log.append("init")

    def run(self, x: int) -> int:
        return x * self.by + self.plus

    def local_term(self) -> list[str]:
        return [*self.log, "term"]


class Waiting:
    async def run(self, x: int) -> int:
        return x

    async def __call__(self, x: int) -> int:
        return x


async def wait(x: int) -> int:
    return x


def test_it_calls_its_functor_with_each_item() -> None:
    assert send(pf.Transform(inc), [1, 2]) == [2, 3]
    assert send(pf.Transform(functools.partial(pair, 1)), [2]) == [(1, 2)]
    assert send(pf.Transform(pair, init_kwargs={"b": 7}), [1]) == [(1, 7)]


def test_behind_a_join_with_one_argument_for_each() -> None:
    assert send_joined(pf.Transform(pair), [(1, 2), (3, 4)]) == [(1, 2), (3, 4)]


def test_a_class_is_initialised_once_and_terminated_once() -> None:
    step = pf.Transform(Scale(2), init_kwargs={"plus": 1}).step(StepContext("x"))
    assert [*step.feed(1), *step.feed(2)] == [3, 5]
    assert step.close() == ["init", "term"]


def test_the_run_loop_may_call_it_directly() -> None:
    step = pf.Transform(inc).step(StepContext("x"))
    assert step.each is not None
    assert step.each(1) == 2


def test_a_functor_built_in_the_worker() -> None:
    pipe = pf.Transform.of(Scale, by=3).with_(init_kwargs={"plus": 1})
    step = pipe.step(StepContext("x"))
    assert list(step.feed(2)) == [7]
    assert step.close() == ["init", "term"]
    assert send(pf.Transform.of(functools.partial, inc), [1]) == [2]
    assert pf.Transform.of(Scale, 2).functor.args == (2,)


@pytest.mark.parametrize("functor", [wait, Waiting().run, functools.partial(wait), Waiting()])
def test_coroutines_run_on_an_event_loop(functor: Any) -> None:
    step = pf.Transform(functor).with_(concurrency=2).step(StepContext("x"))
    try:
        assert isinstance(step, ConcurrentStep)
        assert step.limit == 2
    finally:
        step.close()


def test_coroutines_built_in_the_worker() -> None:
    step = pf.Transform.of(Waiting).step(StepContext("x"))
    assert isinstance(step, ConcurrentStep)
    step.close()
    with pytest.raises(TypeError, match="made an async functor"):
        pf.Transform.of(lambda: wait).step(StepContext("x"))


def test_its_rate_is_one_for_one_unless_declared() -> None:
    assert pf.Transform(inc).rate == pf.Rate(1, 1)
    assert pf.Transform(inc).with_(rate=pf.Rate(1, 0)).rate == pf.Rate(1, 0)
