"""Functors that tests share: importable, so that they reach workers under every start method."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pipeflow as pf


def signed(item: tuple[int, ...]) -> tuple[int, ...]:
    """Passes an item on with the number of the process it was in."""
    return (*item, os.getpid())


def count_up() -> Iterator[int]:
    """0, 1, 2, ... for ever."""
    n = 0
    while True:
        yield n
        n += 1


def lock(_: int) -> Any:
    """What can't be pickled."""
    return threading.Lock()


class Notes:
    """Writes down where it was let go of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, x: int) -> int:
        return x

    def local_term(self) -> None:
        (self.folder / "term").write_text(str(os.getpid()))


def inc(x: int) -> int:
    return x + 1


def double(x: int) -> int:
    return 2 * x


def pair(a: Any, b: Any) -> tuple[Any, Any]:
    return (a, b)


def split_in_two(x: int) -> tuple[int, int]:
    return (x, 100 + x)


def odd_only(x: int) -> int | None:
    return x if x % 2 else None


def parity(x: int) -> str:
    return "odd" if x % 2 else "even"


def count_to(n: int) -> Iterator[int]:
    yield from range(n)


class Collect:
    """A sink's functor: what it has received is its result."""

    def local_init(self) -> None:
        self.items: list[Any] = []

    def run(self, *args: Any) -> None:
        self.items.append(args[0] if len(args) == 1 else args)

    def local_term(self) -> list[Any]:
        return self.items


def collector(name: str = "k") -> pf.Sink[Any]:
    """A sink whose items are in ``report.results[name]``."""
    return pf.Sink(Collect(), name)


def collected(report: Any, name: str = "k") -> list[Any]:
    """All that the workers of the sink `name` received."""
    return [item for part in report.results.get(name, []) for item in part]


def rebatch(size: int = 4) -> Any:
    held: list[Any] = []
    while True:
        try:
            held.append((yield))
        except pf.EndOfStream:
            if held:
                yield held
            return
        if len(held) == size:
            yield held
            held = []


def chop(size: int = 2) -> Any:
    """The documented example: pieces of one chunk; too short a chunk gives none."""
    chunk = yield
    for i in range(len(chunk) // size):
        yield chunk[i * size : (i + 1) * size]


class Boom(Exception):
    """What failing functors raise."""


def fail_on_three(x: int) -> int:
    if x == 3:
        raise Boom(f"three: {x}")
    return x


class Gate:
    """Lets a test hold workers of the thread engine and let them go: no sleeping."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self, x: Any) -> Any:
        assert self.event.wait(20), "nobody opened the gate"
        return x
