"""Pipes that the tests of real runs share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pipeflow as pf


def numbers(n: int = 10) -> Iterator[int]:
    yield from range(n)


def endless() -> Iterator[int]:
    n = 0
    while True:
        yield n
        n += 1


def double(x: Any) -> Any:
    return 2 * x


class Collect:
    """A sink that hands back what it received."""

    def local_init(self) -> None:
        self.items: list[Any] = []

    def run(self, *args: Any) -> None:
        self.items.append(args[0] if len(args) == 1 else args)

    def local_term(self) -> list[Any]:
        return self.items


def collected(system: pf.PipeSystem, name: str = "sink") -> list[Any]:
    """What the sink of a closed system received."""
    assert system.report is not None
    return [item for items in system.report.results[name] for item in items]


def line(functor: Any = double, source: Any = numbers, **transform: Any) -> pf.PipeLine:
    """source -> work -> sink."""
    made = pf.PipeLine()
    made.add(pf.Source(source, "source"))
    made.add(pf.Transform(functor, "work", **transform))
    made.add(pf.Sink(Collect(), "sink"))
    return made


def ran(system: pf.PipeSystem, **options: Any) -> pf.PipeSystem:
    """Built silently, run and closed."""
    system.build("critical", **options)
    system.run()
    system.close()
    return system
