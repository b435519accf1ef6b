"""Flows as a person writes them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import pipeflow as pf
from pipeflow.spelling import spell, spell_pipe
from tests.functors import inc
from tests.test_compose import segments

SRC, S2, K = pf.Source([1], "src"), pf.Source([1], "s2"), pf.Sink(print, "k")
A, B, C = (pf.Transform(inc, name) for name in "abc")
SW, LOOP, RAW = pf.Switch(inc, "sw"), pf.Feedback(init=[1], name="loop"), pf.Stream("raw", buffer_size=4)

SPELLED: list[tuple[Any, str]] = [
    (A, "a"),
    (A * 3, "a*3"),
    (A * 1, "a"),
    (SRC >> A >> K, "src >> a >> k"),
    (SRC >> (A >> K), "src >> a >> k"),
    (A | B | C, "a | b | c"),
    (A | (B | C), "a | b | c"),
    (SRC >> (A | B) >> K, "src >> (a | b) >> k"),
    ((SRC | S2) >> A, "(src | s2) >> a"),
    (SRC | S2 >> A, "src | s2 >> a"),
    (SRC >> A >> (B, C) >> K, "src >> a >> (b, c) >> k"),
    ((SRC, S2 >> A) >> B, "(src, s2 >> a) >> b"),
    (SRC >> (A, (B, C)) >> K, "src >> (a, (b, c)) >> k"),
    (SRC >> (A | B, C), "src >> (a | b, c)"),
    (SRC >> SW >> {"x": A, 2: B >> C}, "src >> sw >> {'x': a, 2: b >> c}"),
    (SRC >> pf.balance(A * 2, B >> C) >> K, "src >> balance(a*2, b >> c) >> k"),
    (SRC >> RAW >> A, "src >> Stream('raw', buffer_size=4) >> a"),
    (RAW >> (A >> B), "Stream('raw', buffer_size=4) >> (a >> b)"),
    ((SRC | S2) >> RAW, "(src | s2) >> Stream('raw', buffer_size=4)"),
    ((SRC | LOOP) >> A >> LOOP, "(src | loop) >> a >> loop"),
    (A.errors >> K, "a.errors >> k"),
    ((A * 2).errors, "a*2.errors"),
    (SRC >> inc >> (lambda x: x), "src >> inc >> Transform"),
    (SRC >> pf.batch(3) >> pf.collate(), "src >> batch >> collate"),
]


@pytest.mark.parametrize(("flow", "text"), SPELLED, ids=[text for _, text in SPELLED])
def test_spelling(flow: Any, text: str) -> None:
    assert spell(flow) == text
    assert spell(flow.expression) == text


def test_a_pipe_with_its_workers() -> None:
    assert (spell_pipe(A), spell_pipe(A.with_(n_processes=4))) == ("a", "a*4")


@given(segments())
def test_the_spelling_means_the_flow(parts: list[Any]) -> None:
    """Read back as Python, with the pipes by their names, it is the same flow."""
    flow = SRC
    for part in parts:
        flow = flow >> part
    names = {pipe.label: pipe for pipe in pf.flow.pipes_of(flow)}
    assert eval(spell(flow), {**names, "balance": pf.balance}) == flow
