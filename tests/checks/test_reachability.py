"""PF103."""

from __future__ import annotations

from pipeflow import Feedback, Sink, Stream, Switch, Transform
from tests.checks.asking import codes, only, text
from tests.checks.pieces import increase, sink, source, work

S, A, B, K = source("s"), work("a"), work("b"), sink()


def test_the_whole_text() -> None:
    loop = Feedback(init=[], name="loop")
    flow = S >> B >> sink("other") | loop >> A >> Switch(bool, "done") >> {True: K, False: loop}
    assert text(flow) == (
        "PF103 out of reach: no item ever comes to 'loop', 'a', 'done' and 'k'.\n"
        "    loop >> a >> done >> {False: loop}\n"
        "    'loop' was created at HERE.\n"
        "    Every stream there is written, but no source leads in: it would wait forever.\n"
        "    Fix: let the loop begin with an item,  loop = Feedback(init=[...]) ,\n"
        "         or feed it from outside:  (my_source | loop) >> ..."
    )


def test_an_item_to_begin_with_is_enough() -> None:
    loop = Feedback(init=[1], name="loop")
    assert codes(loop >> A >> Switch(bool, "done") >> {True: K, False: loop}) == []


def test_a_source_from_outside_is_enough() -> None:
    loop = Feedback(init=[], name="loop")
    assert codes((S | loop) >> A >> Switch(bool, "done") >> {True: K, False: loop}) == []


def test_a_join_needs_every_stream() -> None:
    loop = Feedback(init=[], name="loop")
    z = work("z")
    flow = (S, loop) >> z >> Switch(bool, "done") >> {True: K, False: loop}
    assert only(flow).pipes[:2] == ("loop", "z")
    started = Feedback(init=[0], name="loop")
    assert codes((S, started) >> z >> Switch(bool, "done") >> {True: K, False: started}) == []


def test_what_is_behind_an_open_input_is_not_blamed() -> None:
    assert codes(A >> B >> K) == ["PF102"]


def test_documented_loops_may_be_started_later() -> None:
    s1, s2 = Stream("s1"), Stream("s2")
    pipes = [
        Transform(increase, "t", upstreams=[s1], downstreams=[s1, s2]),
        Sink(print, "k", upstreams=[s2]),
    ]
    assert "PF103" not in codes(pipes)
