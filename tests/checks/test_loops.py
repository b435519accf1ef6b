"""PF302."""

from __future__ import annotations

from typing import Any

from pipeflow import Discard, Feedback, Pipe, Source, Stream, Switch, Transform, filter
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import increase, numbers, sink, work

S, K = Source(numbers, "s"), sink()


def maybe(item: int) -> int | None:
    return item


def is_big(item: int) -> bool:
    return True


def loop() -> Feedback[int]:
    return Feedback(init=[], name="loop")


def test_the_whole_text() -> None:
    back = loop()
    assert text((S | back) >> increase >> back) == (
        "PF302 endless loop: the items of 'loop' and 'increase' never leave it.\n"
        "    'loop' was created at HERE.\n"
        "    None of these pipes drops an item, so the run would end by stop() alone.\n"
        "    Fix: let finished items out:  step >> Switch(done) >> {True: out, False: loop}\n"
        "         or drop them,  return None ,  in one of its pipes"
    )


def test_items_that_leave() -> None:
    back = loop()
    assert codes((S | back) >> increase >> Switch(is_big) >> {True: K, False: back}) == []
    again = loop()
    assert codes((S | again) >> increase >> Switch(is_big) >> {True: Discard(), False: again}) == []
    copied = loop()
    step = Transform(increase)
    assert codes((S | copied) >> step >> (copied | K)) == []


def test_an_open_output_leads_out() -> None:
    back = loop()
    step = Transform(increase)
    assert codes((S | back) >> step >> back | step) == []


def test_items_that_are_dropped() -> None:
    back = loop()
    assert codes((S | back) >> maybe >> back) == []


def test_what_is_not_known_is_counted() -> None:
    back = loop()
    found = report((S | back) >> work("w") >> back)
    assert not found.findings
    assert [each.code for each in found.unknown if each.code == "PF302"] == ["PF302"]


def test_two_loops() -> None:
    one, other = loop(), Feedback(init=[], name="other")
    flow = (S | one) >> increase >> one | (Source(numbers, "s2") | other) >> maybe >> other
    assert only(flow).pipes == ("loop", "increase")


def test_documented_loops_are_ended_by_flags() -> None:
    s1 = Stream("s1")
    s1.q.put(0)
    pipes: list[Pipe] = [Transform(increase, "t", upstreams=[s1], downstreams=[s1])]
    assert codes(pipes) == []


def test_a_filter_in_the_loop_drops() -> None:
    back = loop()
    assert codes((S | back) >> increase >> filter(is_big) >> back) == []
    unsure = loop()
    found = report((S | unsure) >> work("w") >> filter(is_big) >> unsure)
    assert "PF302" not in [each.code for each in found.unknown]


def fib(a: int, b: int) -> tuple[int | None, int | None]:
    return b, a + b


def fib_or_none(a: int, b: int) -> tuple[int, int] | tuple[None, None]:
    return b, a + b


def fib_for_ever(a: int, b: int) -> tuple[int, int]:
    return b, a + b


def fib_of_any(a: int, b: int) -> tuple[Any, Any]:
    return b, a + b


def paired(step: Any) -> Any:
    x, y = Feedback(init=[0], name="x"), Feedback(init=[1], name="y")
    return (x, y) >> Transform(step) >> (x, y)


def to_one_branch(*pair: int) -> tuple[int, int]:
    return 0, 0


def test_a_part_may_be_none() -> None:
    assert codes(paired(fib)) == []
    assert codes(paired(fib_or_none)) == []
    assert only(paired(fib_for_ever)).code == "PF302"
    unsure = report(paired(fib_of_any))
    assert not unsure.findings
    assert "PF302" in [each.code for each in unsure.unknown]


def test_a_part_behind_a_switch_may_be_none() -> None:
    x, y = Feedback(init=[0], name="x"), Feedback(init=[1], name="y")
    flow = (x, y) >> Transform(fib) >> Switch(to_one_branch) >> {(0, 0): (x, y)}
    assert "PF302" not in codes(flow)
