"""PF205."""

from __future__ import annotations

from typing import Any, NoReturn

from pipeflow import Sink, Transform
from tests.checks.asking import codes, text
from tests.checks.pieces import increase, show, sink, source

S, K = source("s"), sink()


def maybe(item: int) -> int | None:
    return None


def untyped(item):
    print(item)


async def wait(item: Any) -> None: ...


class Write:
    def run(self, item: Any) -> None: ...


def never(item: Any) -> NoReturn:
    raise ValueError


def test_the_whole_text() -> None:
    assert text(S >> show >> K) == (
        "PF205 no results: 'show' returns None, so nothing ever reaches 'k'.\n"
        "    show >> k\n"
        "    show  (HERE)  def show(item: Any) -> None\n"
        "    None means that there is nothing to send.\n"
        "    Fix: return what is to be sent on, or let both have the items:  ... >> (k | Sink(show))"
    )


def test_other_forms() -> None:
    assert codes(S >> wait >> K) == ["PF205"]
    assert codes(S >> Transform(Write()) >> K) == ["PF205"]


def test_what_has_results() -> None:
    assert codes(S >> increase >> K) == []
    assert codes(S >> maybe >> K) == []
    assert codes(S >> untyped >> K) == []
    assert codes(S >> never >> K) == []
    assert codes(S >> Sink(show)) == []
    assert codes(S >> Transform(show).with_(unchecked=True) >> K) == []
