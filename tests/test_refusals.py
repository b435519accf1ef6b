"""Operators that mean nothing between flows say what was probably meant."""

from __future__ import annotations

import operator
import pprint
from collections.abc import Callable
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.refusals import NoSuchOperator

AFTER = "What comes after what is written  >>"
BEFORE = "What comes first stands on the left, and is followed by  >>"


@pytest.mark.parametrize(
    ("sign", "apply", "fix"),
    [
        (">", operator.gt, AFTER),
        (">=", operator.ge, AFTER),
        ("<", operator.lt, BEFORE),
        ("<=", operator.le, BEFORE),
        ("<<", operator.lshift, BEFORE),
        ("&", operator.and_, "Lanes side by side are written  a | b , positions  (a, b)"),
        ("+", operator.add, "Lanes side by side are written  a | b , one after the other  a >> b"),
    ],
)
def test_the_text_names_both_and_the_fix(sign: str, apply: Callable[[Any, Any], Any], fix: str) -> None:
    source, tail = pf.Source([1], "numbers"), pf.Transform(str) >> pf.Sink(print)
    with pytest.raises(NoSuchOperator) as caught:
        apply(source, tail)
    said = str(caught.value)
    assert said.startswith(f"Source 'numbers' (created at {source.place}) {sign} str >> print: {sign} is no ")
    assert said.endswith(fix)


def test_between_a_flow_and_something_else() -> None:
    with pytest.raises(NoSuchOperator, match="> the function print: > is no operator of flows"):
        operator.gt(pf.Source([1]), print)
    with pytest.raises(NoSuchOperator, match=r"> 3 \(int\): > is no operator"):
        operator.gt(pf.Source([1]), 3)


def test_containers_of_pipes_can_still_be_printed() -> None:
    pipes = {pf.Source([1], "a"), pf.Source([2], "b")}
    assert "Source" in pprint.pformat(pipes, width=10)


def test_no_truth_value_and_no_membership() -> None:
    with pytest.raises(pf.CompositionError, match="no truth value"):
        bool(pf.Source([1]))
    with pytest.raises(pf.CompositionError, match="'in' would run the Flow"):
        operator.contains(pf.Source([1]), 1)
