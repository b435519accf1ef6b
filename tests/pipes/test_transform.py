"""Transform: one result for each input."""

from __future__ import annotations

import functools
import inspect
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


class Bare:
    """Neither called nor run: what it is can only be known when it is built."""

    def setting(self) -> int:
        return 1


def test_a_functor_that_is_built_in_the_worker_has_the_place_of_its_code() -> None:
    line = inspect.getsourcelines(Scale.run)[1]
    pipe = pf.Transform.of(Scale, 2)
    assert repr(pipe) == f"<Transform 'Scale' at tests/pipes/test_transform.py:{line}>"
    assert (pipe.functor_place.file, pipe.functor_place.line) == (__file__, line)
    assert pipe.label == "Scale"


def test_of_what_can_not_be_looked_at_it_is_the_place_of_what_builds() -> None:
    def build() -> Any:
        return inc

    for maker, name in ((build, "build"), (Bare, "Bare")):
        pipe = pf.Transform.of(maker)
        assert (pipe.functor_place.file, pipe.label) == (__file__, name)
        code = getattr(maker, "setting", maker).__code__
        assert pipe.functor_place.line == code.co_firstlineno
    builtin = pf.Transform.of(int)
    assert builtin.functor_place == builtin.place


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            3,
            r"Transform 'int' \(created at .*Transform\.of takes a class or .* a functor, and 3 ",
        ),
        (
            Scale(1),
            r"can't be called\. Write  Transform\.of\(Scale, \.\.\.\) , or .* object  Transform\(obj\)$",
        ),
        (pf.transform(inc), r"and this is a pipe already: write  \.\.\. >> inc$"),
    ],
)
def test_what_builds_must_be_something_to_call(build: Any, text: str) -> None:
    with pytest.raises(pf.CompositionError, match=text):
        pf.Transform.of(build)
