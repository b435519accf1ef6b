"""Decorated functions, importable, with something large in their globals."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pipeflow as pf

LARGE = bytes(1_000_000)


@pf.source
def rows(path: str, n: int = 3) -> Iterator[str]:
    """Rows of a file."""
    for number in range(n):
        yield f"{path}{number}"


@pf.source(total=3)
def three() -> Iterator[int]:
    yield from range(3)


@pf.transform
def scale(x: int, *, factor: int = 1) -> int:
    """Multiply."""
    return x * factor * bool(LARGE)


@pf.transform(n_processes=2, ordered=True)
def add(x: int, y: int, *, plus: int) -> int:
    return x + y + plus


@pf.transform
def free(x: int, **settings: Any) -> dict[str, Any]:
    return settings


@pf.regulator
def pairs(size: int = 2) -> Generator[tuple[int, ...] | None, int, None]:
    held = []
    while len(held) < size:
        held.append((yield None))
    yield tuple(held)


@pf.sink(name="saver", ignore_exceptions=[KeyError])
def save(x: int, *, path: str = "") -> None:
    print(path, x)


class Holder:
    @pf.transform
    @staticmethod
    def nested(x: int) -> int:
        return x + 1
