"""PF102."""

from __future__ import annotations

from pipeflow import Feedback, Sink, Source, Stream, Switch, Transform
from tests.checks.asking import codes, neutral, only, report, text
from tests.checks.pieces import increase, numbers, regulator, sink, source, work

A, B, K = work("a"), work("b"), sink("print")


def test_the_whole_text() -> None:
    flow = regulator("batcher") >> work("sum") * 3 >> K
    assert text(flow) == (
        "PF102 dangling input: nothing feeds 'batcher'.\n"
        "    ? >> batcher >> sum*3 >> print\n"
        "    'batcher' is a Regulator created at HERE; it would wait forever.\n"
        "    Fix: put a source in front:  my_source >> batcher.  "
        "If this graph is a fragment, compose it before run():  my_source >> fragment"
    )


def test_fed_it_is_fine() -> None:
    assert codes(source("s") >> regulator("batcher") >> work("sum") * 3 >> K) == []


def test_each_open_input() -> None:
    assert [f.pipes for f in report((A | B) >> work("c") >> K).findings] == [("a",), ("b",)]


def test_a_fragment_has_an_open_input_under_any_intent() -> None:
    for intent in ("check", "run", "stream"):
        assert "PF102" in codes(A >> B, intent=intent)


def test_a_feedback_without_items() -> None:
    found = only(Feedback(name="loop") >> A >> K)
    assert found.fixes == ("Feedback(init=[...])", "... >> loop")


def test_a_feedback_with_items_is_a_source() -> None:
    assert codes(Feedback(init=[1], name="loop") >> A >> K) == []
    loop = Feedback(init=[1], name="again")
    assert codes(loop >> A >> Switch(len, "done") >> {True: K, False: loop}) == []


# ---------------------------------------------------------------- the documented classes


def test_documented_without_a_writer() -> None:
    found = only([Sink(print, "k", upstreams=[Stream("s1")])])
    assert found.severity == "warning"
    assert neutral(found.message) == (
        "PF102 dangling input: nobody writes the stream 's1' (created at HERE).\n"
        "    'k' reads it: it gets what  stream.q  holds before run(), then it ends.\n"
        "    Fix: name it in the  downstreams=[...]  of the pipe that should write it"
    )


def test_documented_with_initial_items() -> None:
    stream = Stream("s1")
    stream.q.put(1)
    assert codes([Sink(print, "k", upstreams=[stream])]) == []


def test_documented_without_a_stream() -> None:
    s1 = Stream("s1")
    found = only([Transform(increase, "t", downstreams=[s1]), Sink(print, "k", upstreams=[s1])])
    assert found.title == "dangling input: 't' reads no stream."
    whole = [Source(numbers, "s", downstreams=[s1]), Sink(print, "k", upstreams=[s1])]
    assert codes(whole) == []
