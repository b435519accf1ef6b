"""The tree that was written: walked, made a list and back, with other pipes."""

from __future__ import annotations

from typing import Any

from hypothesis import given

import pipeflow as pf
from pipeflow.expression import flatten, is_a, links_in, pipes_in, replaced, streams_in, unflatten, walk
from tests.functors import double, inc
from tests.test_compose import segments

A, B, K = pf.Transform(inc, "a"), pf.Transform(double, "b"), pf.Sink(print, "k")
SRC = pf.Source([1], "src")


def test_operands_come_before_what_they_are_operands_of() -> None:
    flow = SRC >> (A | B) >> K
    assert [node.op for node in walk(flow.expression)] == ["pipe", "pipe", "pipe", "|", ">>", "pipe", ">>"]


def test_each_use_of_a_pipe_and_each_link_once() -> None:
    hub = SRC >> A
    flow = (hub >> B, hub >> pf.Transform(inc, "c")) >> K
    assert [pipe.label for pipe in pipes_in(flow.expression)] == ["src", "a", "b", "c", "k"]
    assert len(links_in(flow.expression)) == 4
    assert [pipe.label for pipe in pipes_in((A >> B >> A).expression)] == ["a", "b"]


def test_explicit_streams_once_each() -> None:
    raw, other = pf.Stream("raw"), pf.Stream("other")
    flow = SRC >> raw >> A >> (other >> B)
    assert streams_in(flow.expression) == [raw, other]


@given(segments())
def test_a_list_and_back_is_the_same_tree(parts: list[Any]) -> None:
    flow = SRC
    for part in parts:
        flow = flow >> part
    again = unflatten(flatten(flow.expression))
    assert [node.op for node in walk(again)] == [node.op for node in walk(flow.expression)]
    assert links_in(again) == links_in(flow.expression)
    assert (again.entry, again.exit) == (flow.expression.entry, flow.expression.exit)


def test_depth_costs_no_recursion() -> None:
    flow: Any = SRC
    for _ in range(5000):
        flow = flow >> inc
    assert len(flatten(unflatten(flatten(flow.expression)))) == 10_001


def test_other_pipes_in_the_same_tree() -> None:
    twins = {SRC: SRC.copy("s"), A: A.copy("x"), K: K.copy("z")}
    new = replaced((SRC >> A >> K | A.errors >> K).expression, twins, {})
    assert {pipe.label for pipe in pipes_in(new)} == {"s", "x", "z"}


def test_isinstance_without_narrowing() -> None:
    assert is_a([1], list, tuple)
    assert not is_a([1], tuple)
