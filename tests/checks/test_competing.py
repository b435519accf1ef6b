"""PF106."""

from __future__ import annotations

from typing import Any

from pipeflow import Pipe, Sink, Source, Stream, balance
from tests.checks.asking import codes, neutral, only
from tests.checks.pieces import increase, numbers, show, sink, source, work


def other(item: Any) -> None:
    show(item)


def pipes(second: Any) -> list[Pipe]:
    stream = Stream("s1")
    return [
        Source(numbers, "s", downstreams=[stream]),
        Sink(show, "x", upstreams=[stream]),
        Sink(second, "y", upstreams=[stream]),
    ]


def test_the_whole_text() -> None:
    found = only(pipes(other))
    assert found.severity == "warning"
    assert neutral(found.message) == (
        "PF106 different functors compete for the stream 's1': 'x' and 'y'.\n"
        "    'x' was created at HERE.\n"
        "    'y' was created at HERE.\n"
        "    Each item goes to exactly one of them, whichever is free.\n"
        "    Fix: if each of them should get every item, write it to a stream for each:\n"
        "         downstreams=[s1, s2]  of a Transform that returns  (x, x)"
    )


def test_the_same_functor_is_a_replica() -> None:
    assert codes(pipes(show)) == []


def test_balance_says_it_on_purpose() -> None:
    assert codes(source("s") >> balance(work("a"), work("b")) >> increase >> sink()) == []
