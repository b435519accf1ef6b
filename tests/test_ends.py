"""Open ends as trees: flattening, what is left when some close, what is replaced."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import ends
from pipeflow.ends import Bar, Choice, Compete, Lane, Parts, Via
from pipeflow.streams import Stream

A, B, C = Lane("a"), Lane("b"), Lane("c")
RAW = Stream("raw")

NESTED: Any = Parts((Bar((A, Via(B, RAW))), None, Choice(((1, C), (2, None)))))


def test_lanes_in_the_order_they_were_written() -> None:
    assert list(ends.lanes(NESTED)) == ["a", "b", "c"]
    assert list(ends.lanes(Compete((B, A)))) == ["b", "a"]
    assert list(ends.lanes(None)) == []


def test_leaves_know_their_port() -> None:
    assert [leaf.port for leaf in ends.leaves(Bar((A, Lane("a", port="errors"))))] == ["", "errors"]


def test_streams_in_the_order_they_were_written() -> None:
    other = Stream("other")
    assert list(ends.streams(Via(NESTED, other))) == [other, RAW]
    assert list(ends.streams(None)) == []


def test_a_bar_is_flat_and_without_repeats() -> None:
    assert ends.bar([A, None, Bar((B, A)), C]) == Bar((A, B, C))
    assert ends.bar([A, A]) == A
    assert ends.bar([None]) is None


def test_parts_need_two() -> None:
    assert ends.parts([A, None, B]) == Parts((A, None, B))
    assert ends.parts([None, A]) == A
    assert ends.parts([None, None]) is None


@pytest.mark.parametrize(
    ("end", "left"),
    [
        (A, None),
        (B, B),
        (Bar((A, B)), B),
        (Bar((A, B, C)), Bar((B, C))),
        (Parts((A, B)), B),
        (Parts((A, B, C)), Parts((None, B, C))),
        (Choice(((1, A), (2, B))), Choice(((1, None), (2, B)))),
        (Choice(((1, A),)), None),
        (Compete((A, B)), Compete((B,))),
        (Compete((A,)), None),
        (Via(A, RAW), None),
        (Via(Bar((A, B)), RAW), Via(B, RAW)),
        (None, None),
    ],
)
def test_what_is_left_when_a_pipe_closes(end: Any, left: Any) -> None:
    assert ends.without(end, frozenset({"a"})) == left
    assert ends.without(end, frozenset()) is end


def test_the_same_end_with_other_pipes_and_streams() -> None:
    twin = Stream("twin")
    new = ends.replaced(NESTED, {"a": "x", "b": "y", "c": "z"}, {RAW: twin})
    assert new == Parts((Bar((Lane("x"), Via(Lane("y"), twin))), None, Choice(((1, Lane("z")), (2, None)))))
    assert ends.replaced(Compete((Lane("a", port="errors"),)), {"a": "x"}, {}) == Compete(
        (Lane("x", "errors"),)
    )
