"""What the checks know of a functor in its pipe."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from pipeflow import Feedback, Join, Regulator, Sink, Source, Transform
from pipeflow.checks._functors import Functor, forget, functor_of, is_called
from pipeflow.pipes import Pipe
from tests.checks.pieces import coroutine, increase, numbers, pair


class Runs:
    def run(self, item: Any) -> Any:
        return item


class Yields:
    def __call__(self) -> Any:
        yield 1


class Initialised:
    def local_init(self, size: int) -> None: ...

    def run(self, item: Any, size: int) -> Any:
        return item


def traced(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def of(functor: Any, **options: Any) -> Functor:
    return functor_of(Transform(functor, "t", **options))


@pytest.mark.parametrize(
    ("functor", "shape"),
    [
        (increase, "function"),
        (numbers, "generator"),
        (Runs(), "function"),
        (Yields(), "generator"),
        (traced(increase), "function"),
        (traced(numbers), ""),
        (Runs, "class"),
    ],
)
def test_its_shape(functor: Any, shape: str) -> None:
    assert of(functor).shape == shape


def test_its_name_and_place() -> None:
    assert of(increase).spelled == "increase"
    assert of(Runs()).spelled == "Runs"
    assert functor_of(Source([1, 2], "data")).spelled == "data"
    assert of(increase).source_line == "def increase(item: int) -> int"
    assert of(len).source_line == ""
    assert of(increase).place.file.endswith("pieces.py")


def three(a: Any, b: Any, c: Any = 1, *, d: Any, e: Any = 2) -> Any:
    return a


def test_what_is_missing() -> None:
    assert of(three).missing(0) == ["a", "b", "d"]
    assert of(three).missing(1) == ["b", "d"]
    assert of(three).missing(3) == ["d"]
    assert of(three, init_kwargs={"d": 1, "b": 2}).missing(1) == []


def test_what_is_too_much() -> None:
    assert [of(three).surplus(count) for count in (0, 2, 3, 4, 6)] == [0, 0, 0, 1, 3]
    assert of(three, init_kwargs={"d": 1}).surplus(3) == 0
    assert of(three, init_kwargs={"c": 1}).surplus(3) == 1
    assert of(print).surplus(100) == 0


def test_what_settings_give() -> None:
    assert of(pair, init_kwargs={"right": 1}).settings == {"right"}
    assert of(pair).settings == frozenset()
    assert of(Initialised(), init_kwargs={"size": 1}).settings == frozenset()
    assert of(Runs(), init_kwargs={"size": 1}).settings == {"size"}


class Built:
    def __init__(self, path: str) -> None:
        raise AssertionError(path)

    def run(self, item: Any) -> Any:
        return item


def test_what_the_worker_will_build_is_not_built_here() -> None:
    found = functor_of(Transform.of(Built, "path"))
    assert found.function is Built.run
    assert found.facts.run_form == "function"
    assert functor_of(Transform.of(lambda: increase)).function is None
    assert functor_of(Transform.of(int)).function is None


def test_it_is_read_once() -> None:
    pipe = Transform(increase)
    found = functor_of(pipe)
    assert functor_of(pipe) is found
    assert functor_of(Transform(increase)) is not found
    forget()
    assert functor_of(pipe) is not found
    forget()


def test_one_that_has_the_place_of_another_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Transform(increase), Transform(numbers)
    monkeypatch.setattr("pipeflow.checks._functors.id", lambda pipe: 1, raising=False)
    assert functor_of(one).pipe is one
    assert functor_of(other).pipe is other
    forget()


@pytest.mark.parametrize(
    ("pipe", "called"),
    [
        (Transform(increase), True),
        (Sink(increase), True),
        (Source(numbers), False),
        (Regulator(coroutine), False),
        (Join(), False),
        (Feedback(init=[1]), False),
    ],
)
def test_who_is_called_with_each_item(pipe: Pipe, called: bool) -> None:
    assert is_called(pipe) is called
