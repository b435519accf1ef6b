"""PF202."""

from __future__ import annotations

import collections
import enum
import functools
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from pipeflow import Join, Sink, Source, Stream, Switch, Transform
from tests.checks.asking import codes, only, text
from tests.checks.pieces import none, numbers, one, pair, sink, source, work

S, S1, S2, S3 = source("s"), source("s1"), source("s2"), source("s3")
K = sink()


def three(a: Any, b: Any, c: Any) -> Any:
    return a


def with_setting(item: Any, *, factor: float) -> Any:
    return item * factor


TRAIN, LOG = sink("train"), sink("log")


# ---------------------------------------------------------------- what a functor is called with


def test_too_few_streams() -> None:
    assert text((S1, S2) >> Transform(three, "z") >> K) == (
        "PF202 arity mismatch: 'z' takes 3 arguments but 2 streams are joined in front of it.\n"
        "    (s1, s2) >> z\n"
        "    z  (HERE)  def three(a: Any, b: Any, c: Any) -> Any\n"
        "    It would be called with 2 arguments, without 'c': every item would fail.\n"
        "    Fix: give what is the same for all items:  init_kwargs=dict(c=...) ,\n"
        "         or join a stream for it:  (s1, s2, s3) >> z"
    )


def test_one_stream_for_two_arguments() -> None:
    found = only(S >> pair >> K)
    assert found.title == "arity mismatch: 'pair' takes 2 arguments but one stream reaches it."
    assert found.fixes == ("(s1, s2) >> pair", "init_kwargs=dict(right=...)")


def test_too_many_streams() -> None:
    found = only((S1, S2, S3) >> Transform(pair) >> K)
    assert "takes 2 arguments but 3 streams are joined" in found.title
    assert found.fixes == ("def pair(x1, x2, x3)",)
    assert only(S >> none >> K).title == "arity mismatch: 'none' takes no argument but one stream reaches it."


def test_what_fits() -> None:
    assert codes((S1, S2) >> Transform(pair) >> K) == []
    assert codes((S1, S2, S3) >> Transform(three) >> K) == []
    assert codes((S1, S2) >> Join(pairing="arrival") >> Transform(pair) >> K) == []
    assert codes(S >> Transform(pair, init_kwargs={"right": 1}) >> K) == []
    assert codes(S >> Transform(functools.partial(pair, right=1), "p") >> K) == []
    assert codes(S >> Transform(functools.partial(pair, 1), "p") >> K) == []
    assert codes((S1, S2) >> Sink(lambda *parts: None)) == []
    assert codes(S >> Sink(lambda item, extra=None: None)) == []
    assert codes(S >> Transform(int) >> K) == []
    assert codes(S >> Transform(max) >> Sink(print)) == []


def test_a_join_in_front_brings_several_arguments() -> None:
    found = only((S1, S2) >> Join(pairing="arrival") >> Transform(three, "z") >> K)
    assert "It would be called with 2 arguments, without 'c'" in found.message


def test_a_setting_that_nobody_gives() -> None:
    found = only(S >> with_setting >> K)
    assert found.title == "arity mismatch: 'with_setting' needs 'factor', which nobody gives it."
    assert found.fixes == ("init_kwargs=dict(factor=...)",)
    assert codes(S >> Transform(with_setting, init_kwargs={"factor": 2.0}) >> K) == []


class Scale:
    def local_init(self, factor: float) -> None: ...

    def run(self, item: Any) -> Any:
        return item


def test_a_setting_and_a_stream_too_many() -> None:
    found = only((S1, S2) >> Transform(with_setting) >> K)
    assert "'with_setting' takes 1 argument but 2 streams are joined" in found.title


def needing(left: Any, right: Any, *, factor: float) -> Any:
    return left


def test_a_setting_and_an_argument_that_nobody_gives() -> None:
    found = only(S >> needing >> K)
    assert "'needing' takes 2 arguments but one stream reaches it" in found.title
    assert found.fixes == ("init_kwargs=dict(right=..., factor=...)",)


class Initialised:
    def local_init(self) -> None: ...

    def run(self, left: Any, right: Any) -> Any:
        return left


class InitialisedToo:
    def local_init(self) -> None: ...

    def run(self, left: Any, middle: Any, right: Any) -> Any:
        return left


def test_settings_are_no_advice_where_local_init_takes_them() -> None:
    assert only(S >> Transform(Initialised(), "t") >> K).fixes == ("(s1, s2) >> t",)
    three_wanted = only((S, S1) >> Transform(InitialisedToo(), "t") >> K)
    assert three_wanted.fixes == ("def run(self, x1, x2)",)
    found = only((S, S1) >> Transform(Scale(), "t", init_kwargs={"factor": 1}) >> K)
    assert found.fixes == ("def run(self, x1, x2)",)


class Merge:
    def run(self, left: Any, right: Any) -> Any:
        return left


def test_class_functors_are_called_by_run() -> None:
    assert codes(S >> Transform(Scale(), init_kwargs={"factor": 2}) >> K) == []
    assert codes((S1, S2) >> Transform(Merge()) >> K) == []
    assert codes(S >> Transform(Merge()) >> K) == ["PF202"]
    assert codes((S1, S2) >> Transform.of(Merge) >> K) == []
    assert codes(S >> Transform.of(Merge) >> K) == ["PF202"]
    line = Merge.run.__code__.co_firstlineno
    for merge in (Transform(Merge()), Transform.of(Merge)):
        assert f"Merge  (tests/checks/test_arity.py:{line})  def run(" in only(S >> merge >> K).message


def test_a_switch_is_called_as_well() -> None:
    assert codes(S >> Switch(pair, "sw") >> {True: TRAIN, False: LOG}) == ["PF202"]


@dataclass
class Point:
    x: int
    y: int


class Named(NamedTuple):
    x: int
    y: int


class Boxed:
    def __init__(self, item: Any) -> None: ...


class Empty: ...


class Decided(type):
    def __call__(cls, *args: Any) -> Any:
        return args


class ByMeta(metaclass=Decided):
    def __init__(self, x: int, y: int) -> None: ...


class ByNew:
    def __new__(cls, *args: Any) -> Any:
        return args

    def __init__(self, x: int, y: int) -> None: ...


class SetUp:
    def __init__(self, x: int, y: int) -> None: ...

    def local_init(self) -> None: ...


def test_a_class_that_makes_an_object_of_each_item() -> None:
    assert text(S >> Transform(Point, "p") >> K) == (
        "PF202 arity mismatch: 'p' takes 2 arguments but one stream reaches it.\n"
        "    s >> p\n"
        "    'p' was created at HERE.\n"
        "    It would be called with 1 argument, without 'y': every item would fail.\n"
        "    Fix: join a stream for each argument,  (s1, s2) >> p ,  give what is the same for all items,\n"
        "         init_kwargs=dict(y=...) ,  or unpack one item:  lambda item: Point(*item)"
    )
    found = only((S1, S2) >> Transform(Boxed) >> K)
    assert found.title == "arity mismatch: 'Boxed' takes 1 argument but 2 streams are joined in front of it."
    assert found.fixes == ("lambda x1, x2: Boxed(...)",)


@pytest.mark.parametrize(
    "functor", [Point, Named, Empty, functools.partial(Point, 1, 2), functools.partial(Empty)]
)
def test_classes_that_take_another_number(functor: Any) -> None:
    assert codes(S >> Transform(functor, "t") >> K) == ["PF202"]


@pytest.mark.parametrize(
    "functor",
    [
        *(Boxed, functools.partial(Point, 1), functools.partial(Named, y=1), ByMeta, ByNew, SetUp),
        *(int, Exception, pathlib.Path, enum.IntEnum, collections.Counter),
    ],
)
def test_classes_that_take_an_item_or_may_do(functor: Any) -> None:
    assert codes(S >> Transform(functor, "t") >> K) == []


def test_classes_that_take_two_streams() -> None:
    assert codes((S1, S2) >> Transform(Point) >> K) == []
    assert codes((S1, S2) >> Transform(Named) >> K) == []
    assert codes(S >> Transform(Point, init_kwargs={"y": 1}) >> K) == []


def test_a_class_in_a_source() -> None:
    class Rows:
        def __init__(self, path: str) -> None: ...

        def __iter__(self) -> Iterator[int]:
            return iter([1])

    found = only(Source(Rows) >> K)
    assert found.title == "arity mismatch: 'Rows' needs 'path', which nobody gives it."
    assert codes(Source(Rows, init_kwargs={"path": "x"}) >> K) == []
    assert codes(Source(ByMeta) >> K) == []


def test_work_without_a_signature_is_left_alone() -> None:
    assert codes((S1, S2) >> work("w") >> K) == []


def test_a_join_with_a_key_function_too_few() -> None:
    said = only((S1, S2) >> Join(key=(abs,)) >> Sink(pair, "k")).message
    assert "'join' has 1 key function but 2 streams are joined in it" in said
    assert "Join(key=(f1, f2))" in said
    assert codes((S1, S2) >> Join(key=(abs, abs)) >> Sink(pair, "k")) == []


def test_a_join_of_one_stream() -> None:
    said = only((S1 | S2) >> Join(key=abs) >> Sink(print, "k")).message
    assert "'join' has nothing to pair: one stream reaches it" in said
    assert "(a, b) >> join" in said


def test_merged_joins_of_different_width_are_not_judged() -> None:
    two, other = (S1, S2) >> Join(pairing="arrival"), (S3, source("s4")) >> Join(pairing="arrival", name="j2")
    three = (S3, source("s4"), source("s5")) >> Join(pairing="arrival", name="j3")
    assert codes((two | other) >> Transform(pair) >> K) == []
    assert codes((two | other) >> Transform(one) >> K) == ["PF202"]
    assert codes((two | three) >> Transform(one) >> K) == []


def test_forms_of_sources() -> None:
    class Rows:
        def __init__(self, path: str) -> None: ...

        def run(self) -> Any:
            yield 1

    assert codes(Source(Rows) >> K) == ["PF203"]
    assert codes(Source(Rows("x")) >> K) == []


def test_the_documented_classes_join_by_upstreams() -> None:
    stream, other = Stream("stream"), Stream("other")
    pipes = [
        Source(numbers, "s", downstreams=[stream]),
        Transform(pair, "t", upstreams=[stream], downstreams=[other]),
        Sink(print, "k", upstreams=[other]),
    ]
    found = only(pipes)
    assert found.fixes == ("upstreams=[s1, s2]", "init_kwargs=dict(right=...)")
