"""PF203: the key functions of a Join."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import Join, Sink
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import pair, source

S1, S2 = source("s1"), source("s2")
K = Sink(pair, "k")


def yielding(item: Any) -> Any:
    yield item


async def waiting(item: Any) -> Any:
    return item


async def both(item: Any) -> Any:
    yield item


def strict(item: Any, *, field: str) -> Any:
    return field


class Keyed:
    def __call__(self, item: Any) -> Any:
        return item


class Pairs:
    def __call__(self, left: Any, right: Any) -> Any:
        return left


class Runs:
    def run(self, left: Any, right: Any) -> Any:
        return left

    def __call__(self, item: Any) -> Any:
        return item


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return next(function(*args))

    return wrapper


def given_one(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(1, *args)

    return wrapper


def test_too_many_arguments() -> None:
    assert text((S1, S2) >> Join(key=pair) >> K) == (
        "PF203 wrong kind of functor: 'pair' is a function of 2 arguments, as the key of a Join.\n"
        "    pair  (HERE)  def pair(left: Any, right: Any) -> Any\n"
        "    'join' was created at HERE.\n"
        "    A key function is called with one item of its own stream.\n"
        "    Fix: Join(key=attrgetter('id'))"
    )


def test_a_generator_as_a_key() -> None:
    found = only((S1, S2) >> Join(key=yielding) >> K)
    assert found.title.endswith("'yielding' is a generator function, as the key of a Join.")
    assert found.fixes == ("def yielding(item): ... return item.id",)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (waiting, "a coroutine function"),
        (both, "an async generator function"),
        (lambda: 1, "a function of no argument"),
        (strict, "a function of 1 argument that needs 'field'"),
        (Pairs(), "a function of 2 arguments"),
        ((abs, pair), "a function of 2 arguments"),
        (lambda a, b, *more: a, "a function of 2 arguments"),
        (lambda *, a: a, "a function of no argument that needs 'a'"),
    ],
)
def test_what_is_no_key(key: Any, what: str) -> None:
    found = only((S1, S2) >> Join(key=key) >> K)
    assert found.code == "PF203" and found.severity == "error"
    assert f"is {what}, as the key of a Join." in found.title


def test_each_function_is_named_once() -> None:
    assert len(report((S1, S2) >> Join(key=(pair, pair)) >> K).findings) == 1
    assert len(report((S1, S2) >> Join(key=(pair, yielding)) >> K).findings) == 2


@pytest.mark.parametrize(
    "key",
    [
        *(abs, operator.attrgetter("id"), operator.itemgetter(0), len, str, (abs, len), Keyed(), Runs()),
        *(lambda item: item, lambda item, more=1: item, lambda *parts: parts),
        *(functools.partial(pair, 1), functools.partial(strict, field="id"), decorated(yielding)),
        *(given_one(pair), functools.cache(abs)),
    ],
)
def test_what_is_a_key(key: Any) -> None:
    assert codes((S1, S2) >> Join(key=key) >> K) == []


def test_other_pairings_have_no_keys() -> None:
    assert codes((S1, S2) >> Join(pairing="arrival") >> K) == []
