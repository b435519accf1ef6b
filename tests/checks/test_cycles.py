"""PF105."""

from __future__ import annotations

from pipeflow import Feedback, Source, Stream, Switch, Transform
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import increase, numbers, sink, source, work

S, A, B, C, K = source("src"), work("a"), work("b"), work("c"), sink()


def test_the_whole_text() -> None:
    assert text(S >> A >> B >> A) == (
        "PF105 cycle without Feedback: a -> b -> a\n"
        "    'a' was created at HERE.\n"
        "    'b' was created at HERE.\n"
        "    It could never end, and would block as soon as its streams are full.\n"
        "    Fix: declare where the loop's items wait:  "
        "loop = Feedback(init=[...]);  (src | loop) >> a >> b >> loop\n"
        "         or, if 'a' is a further step of its own, not the same again:  ... >> b >> a.copy('a_2')"
    )


def test_with_a_feedback_it_is_fine() -> None:
    loop = Feedback(init=[], name="loop")
    assert codes((S | loop) >> A >> B >> Switch(bool, "done") >> {True: K, False: loop}) == []


def test_a_pipe_that_feeds_itself() -> None:
    assert only(S >> A >> A).title == "cycle without Feedback: a -> a"


def test_a_cycle_that_nothing_leads_into() -> None:
    assert "PF105" in codes(A >> B >> A)


def test_each_knot_is_said_once() -> None:
    d, e = work("d"), work("e")
    flow = S >> A >> B >> A >> K | source("s2") >> d >> e >> d >> sink("k2")
    assert [f.title[-11:] for f in report(flow).findings] == ["a -> b -> a", "d -> e -> d"]
    assert len(report(S >> A >> B >> C >> A >> B >> K).findings) == 1


def test_documented_cycles_are_allowed() -> None:
    s1, s2 = Stream("s1"), Stream("s2")
    s1.q.put(0)
    pipes = [
        Transform(increase, "t", upstreams=[s1], downstreams=[s2]),
        Transform(increase, "u", upstreams=[s2], downstreams=[s1]),
        Source(numbers, "s", downstreams=[s1]),
    ]
    assert codes(pipes) == []
