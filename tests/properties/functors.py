"""What the pipes of the random graphs call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pipeflow as pf
from tests.functors import Collect, rebatch


def add(a: int, b: int) -> int:
    return 1000 * a + b


def both(x: int) -> tuple[int, int]:
    return (x, x + 1)


def twin(x: int) -> tuple[int, int]:
    return (x, x)


def sometimes_both(x: int) -> tuple[int, int | None]:
    return (x, None if x % 3 == 0 else x + 1)


def is_even(x: int) -> bool:
    return x % 2 == 0


def third(x: int) -> int:
    return x % 3


def step(x: int) -> int:
    return x + 7 if x > -50 else -x


def is_big(x: int) -> bool:
    return x > 40


def some(x: int) -> list[int]:
    return list(range(x % 4))


def one(x: Any) -> int:
    return 1


def number_of(items: Any) -> int:
    return len(items)


def with_double(x: int) -> tuple[int, int]:
    return (x, 2 * x)


def with_next(x: int) -> tuple[int, int]:
    return (x, x + 1)


def first(pair: tuple[int, int]) -> int:
    return pair[0]


def second_of_both(a: tuple[int, int], b: tuple[int, int]) -> int:
    return 1000 * a[1] + b[1]


def fails_on_fives(x: int) -> int:
    if x % 5 == 0:
        raise ValueError(f"a five: {x}")
    return x


def item_of(failed: Any) -> int:
    return -int(failed.item)


async def awaited(x: int) -> int:
    await asyncio.sleep(0)
    return x + 3


async def a_few() -> Any:
    for x in range(5):
        await asyncio.sleep(0)
        yield x


@pf.source
def counted(stop: int = 4) -> Iterator[int]:
    yield from range(stop)


@pf.transform
def moved(x: int, *, by: int = 1) -> int:
    return x + by


@pf.regulator
def in_fours(size: int = 4) -> Any:
    yield from rebatch(size)


class CollectLater(Collect):
    async def run(self, *args: Any) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().run(*args)


def echo() -> Any:
    while True:
        x = yield
        yield x
