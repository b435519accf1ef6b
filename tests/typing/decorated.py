"""Decorated functions: bare and with options, their settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator

from typing_extensions import assert_type

import pipeflow as pf


@pf.source
def rows(path: str, limit: int = 3) -> Iterator[int]:
    yield limit


@pf.source(total=3)
def words() -> Iterator[str]:
    yield ""


@pf.source
async def ticks(every: float) -> AsyncIterator[float]:
    yield every


@pf.transform
def scale(x: int, *, factor: float = 1.0) -> float:
    return x * factor


@pf.transform(n_processes=3)
def parse(x: str, *, base: int) -> int | None:
    return int(x, base)


@pf.transform
def add(x: int, y: str) -> bytes:
    return y.encode() * x


@pf.transform
async def pause(x: int) -> str:
    return str(x)


@pf.transform
def maybe_two(x: int, y: int = 0) -> int:
    return x + y


@pf.regulator
def rebatch(size: int = 32) -> Generator[list[str] | None, str, None]:
    held = [(yield None)]
    yield held


@pf.regulator(rate=pf.Rate(2, 1))
def pairs() -> Generator[tuple[int, int] | None, int, None]:
    first = yield None
    second = yield None
    yield first, second


@pf.sink
def save(x: float, *, path: str = "") -> None:
    print(x)


@pf.sink(name="tell")
def show(x: str) -> None:
    print(x)


@pf.sink
def show_two(x: int, y: str) -> None:
    print(x, y)


numbers = rows("data")


def sources() -> None:
    assert_type(rows("data"), pf.Source[int])
    assert_type(rows(path="data", limit=4), pf.Source[int])
    assert_type(words >> show, pf.ClosedFlow)
    assert_type(words() >> show, pf.ClosedFlow)
    for item in rows("data"):
        assert_type(item, int)
    for time in ticks(every=0.5):
        assert_type(time, float)


def transforms() -> None:
    assert_type(numbers >> scale, pf.OutFlow[float])
    assert_type(scale(factor=2.0), pf.Transform[int, float])
    assert_type(numbers >> scale(factor=2.0) >> save, pf.ClosedFlow)
    assert_type(numbers >> scale * 3 >> save(path="a"), pf.ClosedFlow)
    assert_type(words >> parse(base=10), pf.OutFlow[int])
    assert_type((numbers, words) >> add, pf.OutFlow[bytes])
    assert_type(numbers >> pause, pf.OutFlow[str])
    assert_type(words >> rebatch, pf.OutFlow[list[str]])
    assert_type(words >> rebatch(3), pf.OutFlow[list[str]])
    assert_type(words >> rebatch(size=3), pf.OutFlow[list[str]])
    assert_type(numbers >> pairs >> pf.unbatch(), pf.OutFlow[int])
    assert_type((numbers, words) >> show_two, pf.ClosedFlow)
    numbers >> maybe_two >> scale
    (numbers, numbers) >> maybe_two >> scale
    assert_type(scale.with_(n_processes=2)(factor=2.0), pf.Transform[int, float])


def wrong() -> None:
    rows(3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    rows()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    rows("data", limits=3)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    scale(facto=2.0)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    scale(factor="2")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    scale(2.0)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    parse()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    save(file="a")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    rebatch("3")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    words >> scale  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> show  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (words, numbers) >> add  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> add  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> rebatch(3)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> rows  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    save >> scale  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]

    @pf.transform(n_process=3)  # type: ignore[call-overload, untyped-decorator] # pyright: ignore[reportCallIssue, reportUntypedFunctionDecorator]
    def misspelt(x: int) -> int:
        return x
