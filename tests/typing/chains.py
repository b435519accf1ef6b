"""Chains: what arrives at the end of ``>>``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from typing_extensions import assert_type

import pipeflow as pf
from tests.typing.functors import (
    Model,
    OptionalModel,
    Saver,
    anything,
    double,
    either,
    eithers,
    ints,
    maybe,
    nothing,
    of_either,
    parse,
    pause,
    show,
    strings,
)

numbers = pf.Source(ints)
words = pf.Source(strings)
doubled = pf.Transform(double)
shown = pf.Sink(show)
parsed = pf.Transform(parse)


def sources() -> None:
    assert_type(numbers, pf.Source[int])
    assert_type(pf.Source([1, 2]), pf.Source[int])
    assert_type(pf.Source(range(3)), pf.Source[int])
    assert_type(pf.Source([1, None]), pf.Source[int])
    assert_type(pf.Source({"a": 1}), pf.Source[str])
    assert_type(pf.Source(i for i in range(3)), pf.Source[int])
    assert_type(pf.Source(lambda: open("a")), pf.Source[str])

    async def ticks() -> AsyncIterator[float]:
        yield 1.0

    assert_type(pf.Source(ticks), pf.Source[float])

    class Rows:
        def run(self) -> Iterator[bytes]:
            yield b""

    assert_type(pf.Source(Rows()), pf.Source[bytes])


def transforms() -> None:
    assert_type(doubled, pf.Transform[int, int])
    assert_type(parsed, pf.Transform[str, int])
    assert_type(pf.Transform(maybe), pf.Transform[int, str])
    assert_type(pf.Transform(anything), pf.Transform[int, Any])
    assert_type(pf.Transform(nothing), pf.Transform[int, Any])
    assert_type(pf.Transform(pause), pf.Transform[int, str])
    assert_type(pf.Transform(Model()), pf.Transform[int, str])
    assert_type(pf.Transform(OptionalModel()), pf.Transform[int, str])
    assert_type(pf.Transform(double, "twice"), pf.Transform[int, int])
    assert_type(pf.Transform(double, name="twice", init_kwargs={"a": 1}), pf.Transform[int, int])
    assert_type(pf.Transform(str), pf.Transform[object, str])


def chains() -> None:
    assert_type(numbers >> doubled, pf.OutFlow[int])
    assert_type(words >> parsed >> doubled, pf.OutFlow[int])
    assert_type(doubled >> doubled, pf.ThroughFlow[int, int])
    assert_type(numbers >> pf.Transform(maybe), pf.OutFlow[str])
    assert_type(numbers >> pf.Transform(pause), pf.OutFlow[str])
    assert_type(numbers >> doubled >> shown, pf.ClosedFlow)
    assert_type(doubled >> shown, pf.InFlow[int])
    assert_type(numbers >> pf.Sink(Saver()), pf.ClosedFlow)
    assert_type(numbers >> pf.Sink(print), pf.ClosedFlow)
    assert_type(numbers >> doubled * 3, pf.OutFlow[int])
    assert_type(numbers >> 2 * doubled, pf.OutFlow[int])
    assert_type(numbers >> pf.Stream("raw", buffer_size=4) >> doubled, pf.OutFlow[int])
    assert_type(doubled >> pf.Stream() >> doubled, pf.ThroughFlow[int, int])
    assert_type(pf.Stream("raw") >> doubled, pf.ThroughFlow[int, int])
    assert_type(numbers >> (doubled >> doubled), pf.OutFlow[int])


def iteration() -> None:
    for item in numbers >> doubled:
        assert_type(item, int)
    for text in numbers >> pf.Transform(pause):
        assert_type(text, str)
    assert_type(list(numbers >> pf.Transform(maybe)), list[str])
    with (numbers >> doubled).stream() as items:
        assert_type(next(items), int)


def bare_functions() -> None:
    assert_type(numbers >> double, pf.OutFlow[int])
    assert_type(numbers >> maybe, pf.OutFlow[str])
    assert_type(numbers >> pause, pf.OutFlow[str])
    assert_type(numbers >> anything, pf.OutFlow[Any])
    assert_type(numbers >> str >> len, pf.OutFlow[int])
    assert_type(doubled >> str, pf.ThroughFlow[int, str])
    numbers >> print


def unions() -> None:
    assert_type(pf.Source(eithers), pf.Source[int | str])
    assert_type(pf.Transform(either), pf.Transform[int, int | str])
    assert_type(numbers >> either, pf.OutFlow[int | str])
    assert_type(numbers >> pf.map(either), pf.OutFlow[int | str])
    assert_type(numbers >> either >> of_either, pf.OutFlow[bytes])
    assert_type(numbers >> pf.Transform(either) >> pf.Transform(of_either), pf.OutFlow[bytes])
    assert_type(pf.Source(eithers) >> of_either, pf.OutFlow[bytes])
    numbers >> either >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def wrong() -> None:
    numbers >> parsed  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> parse  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    words >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    words >> shown  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    doubled >> parsed  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pf.Transform(maybe) >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pf.Transform(pause) >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pf.Transform(Model()) >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    shown >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    pf.Discard() >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    doubled >> numbers  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> 3  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> [doubled, doubled]  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers * 2  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (doubled >> doubled) * 2  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    list(doubled)  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
    (numbers >> doubled).run()  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
