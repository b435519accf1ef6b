"""The order in which items come through."""

from __future__ import annotations

from pipeflow import Feedback, Switch
from pipeflow.graph import build_graph, downstream, name_of
from pipeflow.pipes import Pipe
from tests.checks.pieces import sink, source, work

S, A, B, K = source("s"), work("a"), work("b"), sink()


def pipes(flow: object) -> list[str]:
    graph = build_graph(flow)  # type: ignore[arg-type]
    order = downstream(graph)
    assert len(order) == len(set(order)) == len(graph)
    return [name_of(graph, node) for node in order if isinstance(node, Pipe)]


def test_writers_before_readers() -> None:
    assert pipes(S >> A >> B >> K) == ["s", "a", "b", "k"]
    late = source("late")
    assert pipes((S >> A, late) >> B >> K) in (["s", "late", "a", "b", "k"], ["late", "s", "a", "b", "k"])


def test_a_feedback_gives_before_it_takes_back() -> None:
    loop = Feedback(init=[], name="loop")
    order = pipes((S | loop) >> A >> Switch(bool, "sw") >> {True: K, False: loop})
    assert order.index("loop") < order.index("a") < order.index("sw")


def test_cycles_come_last() -> None:
    assert pipes(S >> A >> B >> A | source("s2") >> K)[:2] == ["s", "s2"]
