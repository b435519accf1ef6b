"""Whatever can be composed can be checked: no exception, and the same answer twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from pipeflow import (
    CompositionError,
    Feedback,
    Join,
    Pipe,
    Rate,
    Regulator,
    Sink,
    Source,
    Stream,
    Switch,
    Transform,
)
from pipeflow.checks import Target, _guarding, check
from pipeflow.graph import build_graph
from pipeflow.origins import buffers, joins
from tests.checks.asking import report
from tests.checks.pieces import coroutine, increase, lines, numbers, pair, shout

FUNCTORS: list[Any] = [
    increase,
    shout,
    pair,
    coroutine,
    numbers,
    lines,
    int,
    print,
    len,
    lambda *parts: parts,
    object(),
    [],
]
TARGETS = [
    Target(),
    Target(intent="run", start_method="spawn"),
    Target(intent="stream", engine="thread"),
    Target(engine="ray", strict=True),
]


def checked(description: Any) -> None:
    graph = build_graph(description)
    for target in TARGETS:
        first, second = check(graph, target), check(graph, target)
        assert [f.message for f in first.findings] == [f.message for f in second.findings]
        assert str(first)
        assert first.to_sarif()
        assert first._repr_html_()
    joins(graph)
    buffers(graph)


# ---------------------------------------------------------------- the documented classes: any wiring at all


@st.composite
def systems(draw: st.DrawFn) -> list[Pipe]:
    """Pipes that read and write streams at random: cycles, dangling streams and competing readers too."""
    streams = [Stream(f"s{number}") for number in range(draw(st.integers(1, 6)))]
    some = st.lists(st.sampled_from(streams), max_size=3)
    found: list[Pipe] = []
    for number in range(draw(st.integers(1, 8))):
        functor = draw(st.sampled_from(FUNCTORS[:-2]))
        kind = draw(st.sampled_from(["source", "transform", "regulator", "sink"]))
        name = draw(st.sampled_from(["p", f"p{number}"]))
        if kind == "source":
            found.append(Source(functor, name, downstreams=draw(some)))
        elif kind == "sink":
            found.append(Sink(functor, name, upstreams=draw(some)))
        elif kind == "transform":
            found.append(Transform(functor, name, upstreams=draw(some), downstreams=draw(some)))
        else:
            found.append(Regulator(functor, name, upstreams=draw(some), downstreams=draw(some)))
    if draw(st.booleans()):
        streams[0].q.put(1)
    return found


@given(systems())
def test_documented_systems(pipes: list[Pipe]) -> None:
    checked(pipes)


# ---------------------------------------------------------------- operators: any expression that composes


def pieces(draw: st.DrawFn) -> list[Any]:
    """A few pipes to compose, some of them used more than once."""
    rate = Rate(draw(st.integers(1, 5)), draw(st.sampled_from([1, 2, 3])))
    return [
        Source(numbers, "s1"),
        Source(lines, "s2"),
        Transform(increase, "a"),
        Transform(shout, "b") * 2,
        Transform(lambda *parts: parts, "c").with_(ordered=True, n_processes=3),
        Regulator(coroutine, "r"),
        Regulator(coroutine, "q", rate=rate),
        pf.batch(draw(st.integers(1, 4)), name="batch"),
        pf.unbatch(name="unbatch"),
        pf.filter(lambda item: True, "filter"),
        Join(pairing="arrival", name="join"),
        Feedback(init=draw(st.sampled_from([[], [1], ["x"]])), name="loop"),
        Switch(lambda item: True, "switch"),
        Sink(print, "k1"),
        Sink(lambda left, right: None, "k2"),
        Stream("named", buffer_size=draw(st.integers(1, 9))),
    ]


@st.composite
def flows(draw: st.DrawFn) -> Any:
    """What is left when pieces are combined at random; combinations that don't compose are left out."""
    found = pieces(draw)
    for _ in range(draw(st.integers(1, 14))):
        left, right = draw(st.sampled_from(found)), draw(st.sampled_from(found))
        more = draw(st.sampled_from(found))
        how = draw(st.sampled_from(["then", "then", "beside", "split", "join", "choose", "balance"]))
        try:
            found.append(_combined(how, left, right, more))
        except (CompositionError, TypeError):
            continue
    return [flow for flow in found if isinstance(flow, pf.Flow)]


def _combined(how: str, left: Any, right: Any, more: Any) -> Any:
    if how == "then":
        return left >> right
    if how == "beside":
        return left | right
    if how == "split":
        return left >> (right, more)
    if how == "join":
        return (left, right) >> more
    if how == "choose":
        return left >> {True: right, False: more}
    return pf.balance(left, right)


@given(flows())
def test_flows(found: list[Any]) -> None:
    for flow in found[-3:]:
        checked(flow)


class Hostile:
    """Whatever is asked of it ends the program."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(3)

    def __call__(self, item: Any) -> Any:
        return item


def test_a_functor_that_would_end_the_program_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guarding, "reraise", False)
    flow = Source(range(3), "s") >> Transform(Hostile(), "h") >> Sink(print, "k")
    targets: list[dict[str, Any]] = [{}, {"start_method": "spawn"}, {"engine": "thread"}]
    for target in targets:
        assert {finding.code for finding in report(flow, **target).findings} <= {"PF401"}
