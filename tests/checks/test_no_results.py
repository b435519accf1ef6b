"""PF205."""

from __future__ import annotations

from typing import Any, NoReturn

from pipeflow import Sink, Source, Stream, Switch, Transform, balance
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import increase, numbers, show, sink, source

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


def skip(item: Any) -> None: ...


def failed(item: Any) -> Any:
    return item


def test_an_arm_that_drops_its_items() -> None:
    """What is behind the merge is fed by the other arm."""
    batch = Transform(failed, "behind")
    assert codes(S >> Switch(bool) >> {True: increase, False: show} >> batch >> K) == []
    assert codes(S >> (Transform(increase) | Transform(show)) >> batch >> K) == []
    assert codes(S >> balance(Transform(increase), Transform(show)) >> batch >> K) == []
    log = Transform(show, "log")
    assert codes((S >> log | log.errors) >> batch >> K) == []


def test_no_arm_sends() -> None:
    both = report(S >> Switch(bool) >> {True: skip, False: show} >> Transform(failed, "behind") >> K)
    assert [f.code for f in both.findings] == ["PF205", "PF205"]
    alone = only(S >> Switch(bool) >> {True: show, False: Transform(increase) >> sink("k1")} >> sink("k2"))
    assert alone.pipes == ("show", "k2")


def test_only_who_gets_nothing_is_named() -> None:
    log, merged = Transform(show, "log"), sink("merged")
    found = only(S >> (log | Transform(increase)) >> merged | log >> sink("alone"))
    assert found.title == "no results: 'log' returns None, so nothing ever reaches 'alone'."


def test_items_put_there_before_the_run() -> None:
    """A loop of the documented classes is started so."""
    first, second = Stream("first"), Stream("second")
    pipes = [
        Source(numbers, "s", downstreams=[first]),
        Transform(show, "log", upstreams=[first], downstreams=[second]),
        Sink(print, "k", upstreams=[second]),
    ]
    found = only(pipes)
    assert (found.code, found.severity) == ("PF205", "warning")
    assert found.message.endswith("    Fix: return what is to be sent on") and found.fixes == (
        "return the item",
    )
    second.q.put(1)
    assert codes(pipes) == []


def test_what_has_results() -> None:
    assert codes(S >> increase >> K) == []
    assert codes(S >> maybe >> K) == []
    assert codes(S >> untyped >> K) == []
    assert codes(S >> never >> K) == []
    assert codes(S >> Sink(show)) == []
    assert codes(S >> Transform(show).with_(unchecked=True) >> K) == []
