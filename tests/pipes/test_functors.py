"""A functor in its worker."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import pytest

from pipeflow.pipes.functors import Deferred, UnawaitedCoroutine, bound, has_method, is_coroutine, unwrapped
from tests.functors import inc, pair


class Life:
    def local_init(self, start: int = 0) -> None:
        self.start = start

    def run(self, x: int) -> int:
        return self.start + x

    def local_term(self) -> str:
        return "over"


async def wait(x: int) -> int:
    return x


class AsyncCall:
    async def __call__(self, x: int) -> int:
        return x


class AsyncRun:
    async def run(self, x: int) -> int:
        return x


def test_a_function_is_called_with_its_settings() -> None:
    call, term = bound(pair, {"b": 2})
    assert call(1) == (1, 2)
    assert term() is None


def test_a_class_is_initialised_with_its_settings() -> None:
    call, term = bound(Life(), {"start": 5})
    assert call(1) == 6
    assert term() == "over"


def test_a_class_without_local_init_gets_them_with_each_call() -> None:
    class Plain:
        def run(self, x: int, y: int) -> int:
            return x + y

    assert bound(Plain(), {"y": 3})[0](1) == 4


@pytest.mark.parametrize(
    ("functor", "expected"),
    [
        (inc, False),
        (wait, True),
        (functools.partial(wait), True),
        (AsyncCall(), True),
        (AsyncRun(), True),
        (AsyncRun().run, True),
        (Life(), False),
        (int, False),
        (AsyncCall, False),
        (Deferred(AsyncRun, (), {}), True),
        (Deferred(AsyncCall, (), {}), True),
        (Deferred(Life, (), {}), False),
        (Deferred(inc, (), {}), False),
    ],
)
def test_whether_calling_it_gives_something_to_await(functor: Any, expected: bool) -> None:
    assert is_coroutine(functor) is expected


class AsyncInit:
    async def local_init(self) -> None: ...

    def run(self, x: int) -> int:
        return x


class AsyncTerm:
    def run(self, x: int) -> int:
        return x

    async def local_term(self) -> None: ...


def test_a_plain_functor_can_not_be_initialised_by_a_coroutine() -> None:
    for functor in (AsyncInit(), Deferred(AsyncInit, (), {})):
        with pytest.raises(UnawaitedCoroutine, match="its  local_init  is an  async def"):
            bound(functor, None)


def test_nor_terminated_by_one() -> None:
    _, term = bound(AsyncTerm(), None)
    with pytest.raises(UnawaitedCoroutine, match="its  local_term  is an  async def"):
        term()


def test_what_is_inside() -> None:
    assert unwrapped(functools.partial(functools.partial(inc))) is inc
    assert unwrapped(Life) is Life
    assert unwrapped(3) == 3


def test_a_deferred_functor_is_built_where_it_runs() -> None:
    functor = pickle.loads(pickle.dumps(Deferred(Life, (), {})))
    functor.local_init(start=2)
    assert functor.run(1) == 3
    assert functor.local_term() == "over"
    assert functor.__name__ == "Life"


def test_deferred_functors_compare_by_what_they_build() -> None:
    assert Deferred(Life, (1,), {}) == Deferred(Life, (1,), {})
    assert Deferred(Life, (1,), {}) != Deferred(Life, (2,), {})
    assert Deferred(Life, (), {}) != Life
    assert len({Deferred(Life, (), {}), Deferred(Life, (), {})}) == 1


def test_methods_are_looked_up_on_the_class() -> None:
    class Proxy:
        def __getattr__(self, name: str) -> Any:
            return None

    assert not has_method(Proxy(), "run")
    assert has_method(Life(), "run")
