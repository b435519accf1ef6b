"""What the instructions of a function say about it."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from pipeflow.checks._code import function_of, may_yield_none, receives, returns_nothing


def plain(item: Any) -> Any:
    return item


@functools.wraps(plain)
def wrapper(*args: Any) -> Any:
    return plain(*args)


class Runs:
    def run(self, item: Any) -> Any:
        return item


class Called:
    def __call__(self, item: Any) -> Any:
        return item


def test_the_function_that_does_the_work() -> None:
    assert function_of(plain) is plain
    assert function_of(wrapper) is plain
    assert function_of(functools.partial(functools.partial(plain, 1))) is plain
    assert function_of(Runs()) is Runs.run
    assert function_of(Runs().run) is Runs.run
    assert function_of(Called()) is Called.__call__
    assert function_of(len) is None
    assert function_of(3) is None


def endless() -> Any:
    function: Any = lambda: None  # noqa: E731
    function.__wrapped__ = function
    return function


def test_a_wrapper_of_itself_has_an_end() -> None:
    assert function_of(endless()) is None


def nothing(item: Any) -> Any:
    if item:
        return
    print(item)


def raises(item: Any) -> Any:
    raise ValueError(item)


def something(item: Any) -> Any:
    if item:
        return None
    return item


def a_constant(item: Any) -> Any:
    return 3


def test_whether_something_is_returned() -> None:
    found = [returns_nothing(function) for function in (nothing, raises, something, a_constant)]
    assert found == [True, True, False, False]
    assert isinstance(found[2], bool)


def takes() -> Any:
    item = yield
    yield item


def bare() -> Any:
    yield


def said() -> Any:
    yield None


def passes(items: Any) -> Any:
    yield from items


def uses() -> Any:
    print((yield 1))


def makes() -> Any:
    yield 1
    yield 2


def makes_of(items: Any) -> Any:
    for item in items:  # noqa: UP028 - what is sent to it is not handed on
        yield item


def test_whether_something_is_received() -> None:
    assert [receives(function) for function in (takes, bare, said, passes, uses)] == [True] * 5
    assert [receives(function) for function in (makes, makes_of, plain)] == [False] * 3


def maybe(item: Any) -> int | None:
    return item


def surely(item: Any) -> int:
    return 1


def branches(item: Any) -> Any:
    yield item if item else None


def nested(item: Any) -> Any:
    yield 1 if item else (2 if item is None else None)


def calls(item: Any) -> Any:
    yield maybe(item)


def calls_surely(item: Any) -> Any:
    yield surely(item)
    yield print
    yield len([])


def uses_the_answer(item: Any) -> Any:
    item = yield maybe(item)


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (branches, "yield (item if item else None)"),
        (nested, "yield (1 if item else 2 if item is None else None)"),
        (calls, "yield maybe(item)"),
        (calls_surely, None),
        (uses_the_answer, None),
        (bare, None),
        (makes, None),
    ],
)
def test_what_may_be_none(function: Any, line: str | None) -> None:
    assert may_yield_none(function) == (None if line is None else line)


def test_without_its_source_nothing_is_said() -> None:
    scope: dict[str, Any] = {}
    exec("def f(x):\n    yield x if x else None", scope)
    assert may_yield_none(scope["f"]) is None
