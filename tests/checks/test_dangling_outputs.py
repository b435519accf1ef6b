"""PF101."""

from __future__ import annotations

import pytest

from pipeflow import Discard, Feedback, Regulator, Sink, Source, Stream, Switch, Transform
from tests.checks.asking import codes, neutral, only, report, text
from tests.checks.pieces import coroutine, increase, numbers, show, sink, source, work

S, S1, S2, S3 = source("s"), source("s1"), source("s2"), source("s3")
A, B, K = work("a"), work("b"), sink()


def test_the_whole_text() -> None:
    sum_ = work("sum") * 3
    flow = (S1 | S2) >> work("batcher") >> (sum_ | K)
    assert text(flow) == (
        "PF101 dangling output: the results of 'sum' go nowhere.\n"
        "    (s1 | s2) >> batcher >> sum*3 >> ?\n"
        "    'sum' was created at HERE.\n"
        "    Every result would be thrown away.\n"
        "    Fix: continue with  ... >> sum*3 >> next_pipe,  iterate the graph (for x in graph: ...), "
        "or drop on purpose:  ... >> sum*3 >> Discard()"
    )


def test_its_parts() -> None:
    found = only(S >> (A | K))
    assert (found.code, found.severity, found.pipes) == ("PF101", "error", ("a",))
    assert found.title == "dangling output: the results of 'a' go nowhere."
    assert found.fixes == ("... >> a >> next_pipe", "... >> a >> Discard()")
    assert found.places[0] == A.place


def test_a_discarded_output_is_fine() -> None:
    assert codes(S >> (A >> Discard() | K)) == []


def test_the_slip_with_the_bar() -> None:
    assert text(S1 | S2 >> A >> K).splitlines()[-1] == (
        "    [left of a bar]  Did you mean  (s1 | s2) >> a ?  You wrote  s1 | s2 >> a , "
        "which Python reads as  s1 | (s2 >> a)."
    )
    found = only(S1 | S2 | S3 >> A >> K)
    assert found.pipes == ("s1", "s2")
    assert "Did you mean  (s1 | s2 | s3) >> a ?" in found.message


def test_no_slip_where_the_lone_source_comes_last() -> None:
    assert "left of a bar" not in only(S2 >> A >> K | S1).message


@pytest.mark.parametrize(
    ("intent", "expected"), [("check", []), ("stream", []), ("run", ["PF101"])], ids=lambda value: str(value)
)
def test_one_open_output_without_a_sink_can_be_iterated(intent: str, expected: list[str]) -> None:
    assert codes(S >> A, intent=intent) == expected


def test_open_outputs_side_by_side_are_merged() -> None:
    assert codes(S >> (A | B >> work("c")) | S1) == []
    assert codes(S >> A | S1 >> B, intent="stream") == []


def test_several_open_outputs_can_not() -> None:
    flow = S >> work("split") >> (A, B)
    assert [finding.pipes for finding in report(flow).findings] == [("a",), ("b",)]
    found = report(flow, intent="stream").findings
    assert [finding.pipes for finding in found] == [("a",), ("b",)]
    assert "one output alone can be iterated, this graph has 2 open" in found[0].message
    assert "for x in graph" not in found[0].message


def test_an_output_beside_a_sink_can_be_streamed_but_not_checked_clean() -> None:
    assert codes(S >> (A | K), intent="stream") == []
    assert codes(S >> (A | K), intent="check") == ["PF101"]


@pytest.mark.parametrize(
    ("intent", "expected"), [("check", []), ("stream", []), ("run", ["PF101"])], ids=lambda value: str(value)
)
def test_what_is_discarded_leaves_the_rest_to_be_iterated(intent: str, expected: list[str]) -> None:
    step = work("step")
    for flow in (
        S >> Switch(bool, "big") >> {True: A, False: Discard()},
        S >> (A | Discard()),
        S >> step >> (A, Discard()),
        S >> step >> Discard() | step.errors >> A,
    ):
        assert codes(flow, intent=intent) == expected


def test_several_open_outputs_beside_a_discard() -> None:
    found = report(S >> work("split") >> (A, B, Discard())).findings
    assert [finding.pipes for finding in found] == [("a",), ("b",)]
    assert "one output alone can be iterated, this graph has 2 open" in found[0].message


def test_what_a_switch_chooses_has_no_branch() -> None:
    assert text(S >> A >> Switch(bool, "big")) == (
        "PF101 dangling output: no branches follow 'big'.\n"
        "    s >> a >> big >> ?\n"
        "    'big' was created at HERE.\n"
        "    A Switch only names the branch of each item; curly brackets must follow, with the branches.\n"
        "    Fix: a branch for each key:  s >> a >> big >> {True: a, False: b}"
    )


@pytest.mark.parametrize("intent", ["check", "stream", "run"])
def test_a_switch_without_branches_is_one_finding(intent: str) -> None:
    switch = Switch(bool, "big")
    chosen = S >> switch
    for flow in (
        S >> (switch | A),
        S >> switch * 2 >> Stream("chosen"),
        chosen >> {True: K, False: sink("k2")} | chosen,
        S >> (switch | Switch(bool, "small") | A),
    ):
        found = [each for each in report(flow, intent=intent).findings if each.pipes[0] != "a"]
        assert [finding.code for finding in found] == ["PF101"]
        assert found[0].title.startswith("dangling output: no branches follow 'big'")
    assert found[0].pipes == ("big", "small")


def test_a_switch_with_branches() -> None:
    switch = Switch(bool, "big")
    flow = S >> switch >> {True: A, False: B}
    assert codes(flow) == codes(flow, intent="stream") == []
    assert codes(S >> switch >> {True: K, False: Discard()} | switch.errors >> A, intent="stream") == []
    assert codes(S >> Stream("s") >> switch >> Stream("t") >> {True: A, False: B}) == []


def test_streaming_what_is_closed() -> None:
    found = only(S >> A >> K, intent="stream")
    assert found.title == "no open output: there is nothing to iterate."
    assert found.fixes == ("flow.run()",)


def test_a_function_that_returns_nothing_is_meant_as_a_sink() -> None:
    assert neutral(only(S >> A >> print, intent="run").message).splitlines()[-1] == (
        "    Fix: print returns nothing, so make it a Sink:  ... >> Sink(print)"
    )
    assert only(S >> A >> show, intent="run").fixes == ("Sink(show)",)
    assert "Sink" not in only(S >> Transform(increase), intent="run").fixes[0]


def test_a_feedback_that_nobody_takes_from() -> None:
    loop = Feedback(init=[1], name="loop")
    assert only(S >> loop, intent="run").pipes == ("loop",)


def test_a_cycle_is_blamed_once() -> None:
    assert codes(S >> A >> B >> A, intent="run") == ["PF105"]


def test_failed_items_that_go_nowhere() -> None:
    parse = work("parse")
    found = only(S >> parse >> K | parse.errors)
    assert found.title == "dangling output: the failed items of 'parse' go nowhere."
    assert codes(S >> parse >> K | parse.errors >> sink("bad")) == []


# ---------------------------------------------------------------- the documented classes


def double(item: int) -> int:
    return item


def halve(item: int) -> int:
    return item


def documented(reads: str) -> list[object]:
    s1, s2, s3, s4 = (Stream(f"s{number}") for number in (1, 2, 3, 4))
    read = {"s2": s2, "s3": s3}[reads]
    return [
        Source(numbers, "source", downstreams=[s1]),
        Regulator(coroutine, "batcher", upstreams=[s1], downstreams=[s2]),
        Transform(double, "sum", upstreams=[s2], downstreams=[s3]),
        Transform(double, "sum", upstreams=[s2], downstreams=[s3]),
        Transform(halve, "split", upstreams=[read], downstreams=[s4]),
        Sink(print, "print", upstreams=[s4]),
    ]


def test_documented_as_printed() -> None:
    (found,) = (f for f in report(documented("s2")).findings if f.code == "PF101")
    assert neutral(found.message) == (
        "PF101 dangling output: nobody reads the stream 's3' (created at HERE).\n"
        "    'sum_0' and 'sum_1' write to it.\n"
        "    Everything in it is thrown away.\n"
        "    Fix: 'split' reads 's2', as 'sum_0' does. Did you mean  upstreams=[s3] ?"
    )
    assert found.severity == "warning"
    assert found.streams == ("s3",)


def test_documented_as_meant() -> None:
    assert codes(documented("s3")) == []


def test_documented_without_a_stream() -> None:
    s1 = Stream("s1")
    found = only([Source(numbers, "s", downstreams=[s1]), Transform(double, "t", upstreams=[s1])])
    assert (found.severity, found.title) == ("warning", "dangling output: 't' writes to no stream.")


def test_strict_makes_it_an_error() -> None:
    assert [f.code for f in report(documented("s2"), strict=True).errors] == ["PF101", "PF106"]
