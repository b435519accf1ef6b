"""Whatever graph the operators make, every engine delivers what `inline` delivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import pipeflow as pf
from pipeflow.system import run_flow
from tests.functors import collected, collector, double, inc, odd_only, parity

Segment = Callable[[Any], Any]
"""Continues a flow of ints; what leaves is a multiset that no timing changes."""


def add(a: int, b: int) -> int:
    return 1000 * a + b


def both(x: int) -> tuple[int, int]:
    return (x, x + 1)


def small_parity(x: int) -> bool:
    return x % 2 == 0


def step(x: int) -> int:
    return x + 7


def big(x: int) -> bool:
    return x > 40


def workers(pipe: Any, count: int, ordered: bool) -> Any:
    return pipe.with_(n_processes=count, ordered=ordered) if count > 1 else pipe


@st.composite
def one_to_one(draw: st.DrawFn, depth: int) -> Any:
    """A fragment with one item out for each in (or a dropped one): what may stand in the arm of a join."""
    kind = draw(st.sampled_from(["work", "chain", "switch", "split", "stream"] if depth else ["work"]))
    if kind == "work":
        functor = draw(st.sampled_from([inc, double, odd_only]))
        return workers(pf.Transform(functor), draw(st.integers(1, 3)), draw(st.booleans()))
    if kind == "chain":
        return draw(one_to_one(depth - 1)) >> draw(one_to_one(depth - 1))
    if kind == "switch":
        branches = {"odd": draw(one_to_one(depth - 1)), "even": draw(one_to_one(depth - 1))}
        return pf.Transform(inc) >> pf.Switch(parity) >> branches
    if kind == "stream":
        bound = draw(st.integers(1, 5))
        return pf.Transform(inc) >> pf.Stream("explicit", buffer_size=bound) >> draw(one_to_one(depth - 1))
    arms = (draw(one_to_one(depth - 1)), draw(one_to_one(depth - 1)))
    return pf.Transform(both) >> arms >> workers(pf.Transform(add), draw(st.integers(1, 2)), False)


@st.composite
def any_rate(draw: st.DrawFn, depth: int) -> Any:
    """A fragment that may also change how many items there are."""
    kinds = ["one", "copy", "balance", "rebatch", "window", "flat", "discard", "loop"]
    kind = draw(st.sampled_from(kinds if depth else ["one"]))
    if kind == "one":
        return draw(one_to_one(depth))
    if kind == "copy":
        return pf.Transform(inc) >> (draw(any_rate(depth - 1)) | draw(any_rate(depth - 1)))
    if kind == "balance":
        return pf.Transform(inc) >> pf.balance(pf.Transform(double), pf.Transform(double) * 2)
    if kind == "rebatch":
        return pf.batch(draw(st.integers(1, 5))) >> pf.unbatch()
    if kind == "window":
        return pf.flat_map(lambda x: [x, x + 1]) >> pf.filter(small_parity)
    if kind == "flat":
        return pf.flat_map(lambda x: range(x % 4)) >> draw(any_rate(depth - 1))
    if kind == "discard":
        branches = {"odd": draw(one_to_one(depth - 1)), "even": pf.Discard()}
        return pf.Transform(inc) >> pf.Switch(parity) >> branches
    loop = pf.Feedback(init=[], buffer_size=draw(st.none() | st.integers(1, 8)))
    after = draw(one_to_one(depth - 1))
    turn = (pf.Transform(inc) | loop) >> pf.Transform(step) >> pf.Switch(big)
    return turn >> {True: after, False: loop}


@st.composite
def graphs(draw: st.DrawFn) -> Any:
    """A closed graph: sources, a fragment or two, perhaps a diamond over the whole, a sink."""
    size = draw(st.integers(0, 25))
    flow: Any = pf.Source(range(size), "source")
    if draw(st.booleans()):
        flow = flow | pf.Source(range(100, 100 + draw(st.integers(0, 15))), "other")
    flow = flow >> draw(any_rate(2))
    if draw(st.booleans()):
        hub = flow >> pf.Transform(inc, "hub")
        flow = (hub >> draw(one_to_one(1)), hub >> draw(one_to_one(1))) >> pf.Transform(add, "meet")
    return flow >> collector()


def delivered(flow: Any, engine: str) -> Counter[Any]:
    return Counter(collected(run_flow(flow, engine)))


@pytest.mark.timeout(240)
@settings(max_examples=20)
@given(graphs())
def test_thread_and_process_deliver_what_inline_delivers(flow: Any) -> None:
    note(repr(flow))
    expected = delivered(flow, "inline")
    assert delivered(flow, "thread") == expected
    assert delivered(flow, "process") == expected


@settings(max_examples=100)
@given(graphs())
def test_inline_and_thread_agree(flow: Any) -> None:
    note(repr(flow))
    assert delivered(flow, "thread") == delivered(flow, "inline")
