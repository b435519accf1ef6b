"""Functions that the tests make pipes of, annotated or not."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from pipeflow import Rate, Regulator, Sink, Source, Transform


def numbers() -> Iterator[int]:
    yield 1


def lines() -> Iterator[str]:
    yield "a"


def untyped():
    yield 1


def coroutine() -> Generator[Any, Any, None]:
    item = yield
    yield item


def increase(item: int) -> int:
    return item + 1


def shout(item: str) -> str:
    return item.upper()


def one(item: Any) -> int:
    return 1


def none() -> Any:
    return 1


def show(item: Any) -> None:
    print(item)


def pair(left: Any, right: Any) -> Any:
    return left, right


def source(name: str) -> Source[Any]:
    return Source(untyped, name)


def work(name: str) -> Transform[Any, Any]:
    return Transform(lambda *parts: parts, name)


def sink(name: str = "k") -> Sink[Any]:
    return Sink(lambda item: None, name)


def regulator(name: str, consumes: int | None = None, produces: int | None = None) -> Regulator[Any, Any]:
    rate = None if consumes is None else Rate(consumes, produces)
    return Regulator(coroutine, name, rate=rate)
