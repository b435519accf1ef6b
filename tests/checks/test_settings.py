"""PF202: what is called with ``init_kwargs``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import pipeflow as pf
from pipeflow import Regulator, Sink, Source, Stream, Switch, Transform
from tests.checks.asking import codes, only, text
from tests.checks.pieces import pair, sink, source

S, S1, S2, K = source("s"), source("s1"), source("s2"), sink()


# ---------------------------------------------------------------- what is called once, without items


def rows(path: str) -> Any:
    yield path


def rebatch(size: int = 2) -> Any:
    item = yield
    yield item


def rebatch_by(size: int) -> Any:
    item = yield
    yield item


def test_a_source_without_its_settings() -> None:
    assert text(Source(rows) >> K) == (
        "PF202 arity mismatch: 'rows' needs 'path', which nobody gives it.\n"
        "    rows  (HERE)  def rows(path: str) -> Any\n"
        "    The functor of a Source is called once, without items, to begin with.\n"
        "    Fix: say it where the pipe is made:  Source(rows, init_kwargs=dict(path=...))"
    )


def test_a_source_with_its_settings() -> None:
    assert codes(Source(rows, init_kwargs={"path": "x"}) >> K) == []
    assert codes(Source(functools.partial(rows, "x"), "s") >> K) == []
    assert codes(Source(rows("x")) >> K) == []
    assert codes(Source([1, 2, 3]) >> K) == []


def test_a_regulator_and_its_settings() -> None:
    assert codes(S >> Regulator(rebatch) >> K) == []
    assert codes(S >> Regulator(rebatch_by, init_kwargs={"size": 3}) >> K) == []
    assert only(S >> Regulator(rebatch_by) >> K).fixes == (
        "Regulator(rebatch_by, init_kwargs=dict(size=...))",
    )


def scale(item: Any, size: int = 1, *, factor: float = 2.0) -> Any:
    return item


def test_a_source_with_settings_that_it_has_not() -> None:
    assert text(Source(rows, init_kwargs={"path": "x", "sep": ","}) >> K) == (
        "PF202 arity mismatch: 'rows' takes no 'sep', which init_kwargs give it.\n"
        "    rows  (HERE)  def rows(path: str) -> Any\n"
        "    By name it takes 'path'.\n"
        "    The functor of a Source is called once, without items, to begin with.\n"
        "    Fix: give it only what it takes:  init_kwargs=dict(path=...)"
    )
    found = only(Source(rows, init_kwargs={"pth": "x"}) >> K)
    assert found.title.endswith("'rows' needs 'path' and takes no 'pth', which init_kwargs give it.")
    assert "did you mean 'path' instead of 'pth'?" in found.message
    assert found.fixes == ("init_kwargs=dict(path=...)",)


# ---------------------------------------------------------------- settings of what is called for each item


def test_a_function_with_settings_that_it_has_not() -> None:
    assert text(S >> Transform(scale, "t", init_kwargs={"sise": 2, "factor": 1.0}) >> K) == (
        "PF202 arity mismatch: 't' takes no 'sise', which init_kwargs give it.\n"
        "    t  (HERE)  def scale(item: Any, size: int = 1, *, factor: float = 2.0) -> Any\n"
        "    By name it takes 'size' and 'factor'.\n"
        "    Every item would fail.\n"
        "    Fix: did you mean 'size' instead of 'sise'?  init_kwargs=dict(size=..., factor=...)"
    )
    found = only(S >> Transform(lambda item: item, "t", init_kwargs={"zz": 1}) >> K)
    assert "By name" not in found.message
    assert found.fixes == ("init_kwargs=dict()",)
    assert codes(S >> pf.filter(scale).with_(init_kwargs={"zz": 1}) >> K) == ["PF202"]
    assert codes(S >> Transform(functools.cache(scale), "t", init_kwargs={"zz": 1}) >> K) == ["PF202"]
    assert codes(S >> Transform(functools.partial(scale, 1), "t", init_kwargs={"zz": 1}) >> K) == ["PF202"]


def test_what_a_function_has() -> None:
    assert codes(S >> Transform(scale, init_kwargs={"size": 2, "factor": 1.0}) >> K) == []
    assert (
        codes(S >> Transform(functools.partial(scale, factor=1.0), "t", init_kwargs={"factor": 2}) >> K) == []
    )
    assert codes(S >> Transform(lambda item, **more: item, init_kwargs={"zz": 2}) >> K) == []
    assert codes(S >> Transform(max, "max", init_kwargs={"key": len}) >> K) == []


def test_given_by_an_item_and_by_a_setting() -> None:
    found = only(S >> Transform(scale, "t", init_kwargs={"item": 1, "size": 2}) >> K)
    assert found.title == "arity mismatch: 't' is given 'item' twice: by position and by init_kwargs."
    assert found.fixes == ("init_kwargs=dict(size=...)",)
    two = only((S1, S2) >> Transform(pair, "t", init_kwargs={"left": 1}) >> K)
    assert "is given 'left' twice" in two.title
    partial = functools.partial(scale, 1)
    assert "is given 'item' twice" in only(S >> Transform(partial, "t", init_kwargs={"item": 1}) >> K).title
    assert "is given 'size' twice" in only(S >> Transform(partial, "t", init_kwargs={"size": 1}) >> K).title


def test_a_name_beside_a_parameter_without_one() -> None:
    def first(item: int, /, **more: Any) -> int:
        return item

    def second(item: int, factor: int, /, **more: Any) -> int:
        return item

    def strict(item: int, /) -> int:
        return item

    assert codes(S >> Transform(first, "t", init_kwargs={"item": 3}) >> K) == []
    assert (
        "takes 2 arguments but one stream"
        in only(S >> Transform(second, "t", init_kwargs={"factor": 3}) >> K).title
    )
    assert codes((S1, S2) >> Transform(second, "t", init_kwargs={"factor": 3}) >> K) == []
    found = only(S >> Transform(strict, "t", init_kwargs={"item": 3}) >> K)
    assert found.title == "arity mismatch: 't' takes no 'item', which init_kwargs give it."


class Called:
    """A decorator of a class, with a setting of its own."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, times: int = 1) -> Any:
        return args


def repeating(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("times", None)
        return function(*args, **kwargs)

    return wrapper


class Elsewhere:
    """It stands for something else, which may have ``local_init``."""

    def __getattr__(self, name: str) -> Any:
        return lambda **settings: None

    def __call__(self, item: Any) -> Any:
        return item


def signed(item: Any, times: int = 1) -> Any:
    """What it says of itself need not be all that it takes."""
    return item


vars(signed)["__signature__"] = inspect.signature(lambda item: item)


class Passing:
    def __new__(cls) -> Any:
        return lambda item, times: item

    def run(self, item: Any) -> Any:
        return item


class Asking(type):
    def __call__(cls) -> Any:
        return lambda item, times: item


class Asked(metaclass=Asking):
    def run(self, item: Any) -> Any:
        return item


def started(item: Any) -> Any:
    return item


vars(started)["local_init"] = lambda times: None


@pytest.mark.parametrize(
    "functor",
    [Called(scale), Called(signed), repeating(scale), Elsewhere(), signed, started, print],
)
def test_what_is_not_known(functor: Any) -> None:
    assert codes(S >> Transform(functor, "t", init_kwargs={"times": 3}) >> K) == []


@pytest.mark.parametrize("made", [Passing, Asked])
def test_a_class_that_makes_something_else(made: Any) -> None:
    pipe = Transform.of(made).with_(name="t", init_kwargs={"times": 1})
    assert codes(S >> pipe >> K) == []


def test_data_takes_no_settings_and_is_asked_for_none() -> None:
    assert codes(Source([1, 2], "data", init_kwargs={"zz": 1}) >> K) == []
    assert codes(Source(rows("x"), "rows", init_kwargs={"zz": 1}) >> K) == []


# ---------------------------------------------------------------- local_init


class Scale:
    def local_init(self, factor: float, shift: float = 0.0) -> None: ...

    def run(self, item: Any) -> Any:
        return item


class Read:
    def local_init(self, path: str) -> None: ...

    def run(self) -> Any:
        yield 1


class Inherits(Scale):
    local_init_was_here = True


class Any_:
    @staticmethod
    def local_init(**settings: Any) -> None: ...

    def run(self, item: Any) -> Any:
        return item


class OfTheClass:
    @classmethod
    def local_init(cls, factor: float) -> None: ...

    def run(self, item: Any) -> Any:
        return item


class Without(Scale):
    local_init: Any = None


class Asks:
    @property
    def local_init(self) -> Any:
        return lambda times: None

    def run(self, item: Any) -> Any:
        return item


def test_local_init_without_its_settings() -> None:
    assert text(S >> Transform(Scale(), "t") >> K) == (
        "PF202 arity mismatch: local_init of 't' needs 'factor', which nobody gives it.\n"
        "    t  (HERE)  def local_init(self, factor: float, shift: float = 0.0) -> None\n"
        "    It is called once in each worker, to begin with.\n"
        "    Fix: say it where the pipe is made:  Transform(Scale(...), init_kwargs=dict(factor=...))"
    )
    assert codes(Source(Read(), "s") >> K) == ["PF202"]
    assert codes(S >> Transform(Inherits(), "t") >> K) == ["PF202"]
    assert codes(S >> Transform.of(Scale) >> K) == ["PF202"]
    assert codes(S >> Sink(OfTheClass(), "k")) == ["PF202"]
    assert codes(S >> Switch(Scale(), "sw") >> {True: K, False: sink("k2")}) == ["PF202"]


def test_local_init_with_settings_that_it_has_not() -> None:
    found = only(S >> Transform(Scale(), "t", init_kwargs={"facktor": 2, "shift": 1}) >> K)
    assert found.title == (
        "arity mismatch: local_init of 't' needs 'factor' and takes no 'facktor', which init_kwargs give it."
    )
    assert found.fixes == ("init_kwargs=dict(factor=..., shift=...)",)
    lone = only(S >> Transform(OfTheClass(), "t", init_kwargs={"factor": 2, "zz": 1}) >> K)
    assert lone.fixes == ("init_kwargs=dict(factor=...)",)


def test_local_init_with_what_it_takes() -> None:
    assert codes(S >> Transform(Scale(), "t", init_kwargs={"factor": 2}) >> K) == []
    assert codes(S >> Transform(Scale(), "t", init_kwargs={"factor": 2, "shift": 1}) >> K) == []
    assert codes(S >> Transform.of(Scale).with_(init_kwargs={"factor": 2}) >> K) == []
    assert codes(Source(Read(), "s", init_kwargs={"path": "x"}) >> K) == []
    assert codes(S >> Transform(Any_(), "t", init_kwargs={"zz": 1}) >> K) == []
    assert codes(S >> Sink(OfTheClass(), "k", init_kwargs={"factor": 1})) == []
    assert codes(S >> Transform(Asks(), "t", init_kwargs={"times": 1}) >> K) == []
    assert codes(S >> Transform(Without(), "t") >> K) == []


def test_settings_do_not_reach_run_where_there_is_local_init() -> None:
    class Reads(Read):
        def run(self, size: int) -> Any:
            yield size

    found = only(Source(Reads(), "s", init_kwargs={"path": "x"}) >> K)
    assert found.title == "arity mismatch: 's' needs 'size', which nobody gives it."
    assert found.fixes == ("def run(self):",)


class Multiply:
    def run(self, item: Any, factor: float) -> Any:
        return item


def test_what_the_worker_builds_is_given_the_settings() -> None:
    assert codes(S >> Transform.of(Multiply).with_(init_kwargs={"factor": 2}) >> K) == []
    assert codes(S >> Transform.of(Multiply).with_(init_kwargs={"factor": 2, "zz": 2}) >> K) == ["PF202"]


def test_the_documented_classes_are_warned() -> None:
    stream = Stream("stream")
    found = only([Source(Read(), "s", downstreams=[stream]), Sink(print, "k", upstreams=[stream])])
    assert (found.code, found.severity) == ("PF202", "warning")
