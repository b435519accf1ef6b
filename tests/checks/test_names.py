"""PF104."""

from __future__ import annotations

from pipeflow import Sink, Source, Stream, Transform
from tests.checks.asking import codes, only, text
from tests.checks.pieces import increase, numbers, show, sink, source, work

S, K = source("s"), sink()


def test_the_whole_text() -> None:
    flow = S >> work("batch") >> work("batch") >> K
    assert text(flow) == (
        "PF104 two pipes were given the name 'batch'.\n"
        "    a Transform created at HERE\n"
        "    a Transform created at HERE\n"
        "    Counts, results and errors go by name, so they could not be told apart.\n"
        "    Fix: name one of them otherwise:  pipe.with_(name='batch_2')"
    )


def test_three_and_many() -> None:
    assert only(S >> work("a") >> work("a") >> work("a") >> K).title.startswith("three pipes")
    flow = S
    for _ in range(8):
        flow = flow >> work("a")
    assert "    ... and 3 more" in only(flow >> K).message


def test_the_same_functor_may_be_meant_as_replicas() -> None:
    flow = S >> Transform(increase, "a") >> Transform(increase, "a") >> K
    assert only(flow).fixes == ("pipe.with_(name='a_2')", "pipe * 2")


def test_names_of_functors_are_made_unique() -> None:
    assert codes(S >> increase >> increase >> K) == []
    assert codes(S >> Transform(increase) >> Transform(increase, "increase") >> K) == []


def test_one_pipe_used_twice_has_one_name() -> None:
    a = work("a")
    assert codes(S >> a >> K | a >> sink("k2")) == []


def test_documented_names_are_numbered() -> None:
    s1 = Stream("s1")
    pipes = [
        Source(numbers, "x", downstreams=[s1]),
        Sink(show, "y", upstreams=[s1]),
        Sink(show, "y", upstreams=[s1]),
    ]
    assert codes(pipes) == []
