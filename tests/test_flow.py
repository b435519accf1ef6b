"""A Flow as a value: equality, hash, pickling, copies, repr; its verbs delegate."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from pipeflow import verbs
from pipeflow.flow import links_of, pipes_of
from tests.functors import double, inc
from tests.test_compose import segments
from tests.wiring import wiring


def source(name: str = "src") -> pf.Source[int]:
    return pf.Source([1, 2, 3], name)


# ---------------------------------------------------------------- equality


def test_flows_of_the_same_pipes_joined_alike_are_equal() -> None:
    src, a, b, k = source(), pf.Transform(inc), pf.Transform(double), pf.Sink(print)
    assert src >> a >> k == src >> a >> k
    assert hash(src >> a >> k) == hash(src >> (a >> k))
    assert src >> (a | b) >> k != src >> a >> k
    assert src >> (a | b) >> k != src >> (b | a) >> b
    assert src >> (a, b) != src >> (a | b)
    assert src >> a != src >> a.copy()
    assert src >> a != a
    assert src != src >> a
    assert src >> a != "src >> a"
    assert len({src >> a, src >> a, src >> b}) == 2


def test_options_count_for_equality_but_not_for_identity() -> None:
    src, a = source(), pf.Transform(inc)
    assert a * 3 == a
    assert src >> a * 3 != src >> a
    assert src >> a * 3 == src >> a.with_(n_processes=3)
    assert src >> a.with_(name="b") != src >> a


def test_pipes_compare_by_identity() -> None:
    assert pf.Transform(inc) != pf.Transform(inc)
    a = pf.Transform(inc)
    assert len({a, a * 2, a.with_(ordered=True), a.copy()}) == 2


def test_the_same_structure_is_another_question() -> None:
    def make(n: int = 3) -> Any:
        return source() >> pf.Transform(inc) * n >> (pf.Sink(print) | pf.Sink(double))

    flow = make()
    assert flow != make()
    assert pf.same_structure(flow, make())
    assert pf.same_structure(flow, flow.copy())
    assert not pf.same_structure(flow, make(2))
    assert not pf.same_structure(flow, source() >> pf.Transform(inc) * 3)
    assert not pf.same_structure(source() >> inc >> double, source() >> double >> inc)
    assert not pf.same_structure(source() >> pf.batch(2), source() >> pf.batch(3))
    assert not pf.same_structure(source() >> pf.Stream(buffer_size=2) >> inc, source() >> pf.Stream() >> inc)
    assert not pf.same_structure(source() >> pf.Stream(buffer_size=2) >> inc, source() >> inc)


def test_arrays_among_the_settings_can_be_compared() -> None:
    import numpy as np

    flow = source() >> pf.Transform(inc, init_kwargs={"weights": np.arange(3)})
    assert pickle.loads(pickle.dumps(flow)) == flow
    assert pf.same_structure(flow, flow.copy())
    other = source() >> pf.Transform(inc, init_kwargs={"weights": np.arange(4)})
    assert not pf.same_structure(flow, other)


# ---------------------------------------------------------------- pickling


@given(segments())
def test_a_pickled_flow_is_equal(parts: list[Any]) -> None:
    flow = source()
    for part in parts:
        flow = flow >> part
    again = pickle.loads(pickle.dumps(flow))
    assert again == flow
    assert type(again) is type(flow)
    assert repr(again) == repr(flow)
    assert wiring(again) == wiring(flow)


def test_what_is_used_twice_stays_one_when_pickled() -> None:
    hub = source() >> pf.Transform(inc, "hub")
    again = pickle.loads(pickle.dumps((hub >> double, hub >> pf.Transform(double, "other"))))
    assert wiring(again[0] | again[1]) >= {"src -> hub", "hub -> double", "hub -> other"}


def test_a_deep_flow_needs_no_recursion_to_be_pickled() -> None:
    flow: Any = source()
    for _ in range(3000):
        flow = flow >> inc
    assert pickle.loads(pickle.dumps(flow)) == flow


def test_options_streams_and_switches_travel() -> None:
    flow = (
        source()
        >> pf.Stream("raw", buffer_size=9)
        >> pf.Switch(inc, default=2).with_(ignore=["PF204"])
        >> {2: pf.Transform(double).with_(n_processes=2, ordered=True), 3: pf.Discard()}
    )
    again = pickle.loads(pickle.dumps(flow))
    assert again == flow
    switch, transform = (pipe for pipe in pipes_of(again) if pipe.kind in ("Switch", "Transform"))
    assert (switch.default, switch.options.ignore) == (2, ("PF204",))
    assert transform.options.given() == {"n_processes": 2, "ordered": True}
    assert "raw" in [data["name"] for _, data in again.graph.nodes(data=True)]


# ---------------------------------------------------------------- copies


def test_a_copy_has_pipes_and_streams_of_its_own() -> None:
    stream = pf.Stream("raw")
    prep = pf.Transform(inc) >> stream >> pf.Transform(double, "twice")
    twin = prep.copy()
    assert not {*pipes_of(prep)} & {*pipes_of(twin)}
    assert type(twin) is type(prep)
    assert [pipe.label for pipe in pipes_of(twin)] == ["inc_2", "twice_2"]
    flow = source("s1") >> prep >> pf.Sink(print, "k1") | source("s2") >> twin >> pf.Sink(print, "k2")
    assert flow.check(intent="run").ok
    streams = [node for node, data in flow.graph.nodes(data=True) if data["name"].startswith("raw")]
    assert len(streams) == 2


def test_the_suffix_is_ones_own() -> None:
    prep = pf.Transform(inc) >> pf.Transform(double)
    for twin in (prep.copy("p2"), prep.copy(suffix="p2")):
        assert [pipe.label for pipe in pipes_of(twin)] == ["inc_p2", "double_p2"]


def test_a_pipes_copy_is_another_node() -> None:
    parse = pf.Transform(inc, "parse").with_(n_processes=2)
    twin = parse.copy("parse_2")
    assert twin != parse
    assert (twin.label, twin.options) == ("parse_2", parse.options)
    assert (parse.copy().label, parse.copy(suffix="b").label) == ("parse", "parse_b")
    with pytest.raises(pf.CompositionError, match="a name is a non-empty string"):
        parse.copy("")


@given(segments())
def test_a_copy_has_the_same_structure(parts: list[Any]) -> None:
    flow = source()
    for part in parts:
        flow = flow >> part
    assert pf.same_structure(flow, flow.copy())
    assert len(links_of(flow)) == len(links_of(flow.copy()))


# ---------------------------------------------------------------- what it says of itself


def test_repr_is_the_spelling_with_the_place_of_each_functor() -> None:
    flow = source() >> pf.Transform(inc) * 3 >> pf.Sink(print)
    first, *rest = repr(flow).splitlines()
    assert first == "ClosedFlow src >> inc*3 >> print"
    assert rest[1].startswith("    inc*3: Transform at tests/functors.py:")
    assert len(rest) == 3


def test_a_pipe_says_what_it_is() -> None:
    assert repr(pf.Transform(inc)).startswith("<Transform 'inc' at tests/functors.py:")


# ---------------------------------------------------------------- verbs


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What reaches the functions behind the verbs."""
    calls: list[Any] = []
    for name in ("graph", "check", "compile", "run", "stream", "preview", "diagram", "tune"):
        monkeypatch.setattr(
            verbs, name, lambda *a, _name=name, **k: calls.append((_name, a, k)) or iter("xy")
        )
    return calls


def test_the_verbs_only_delegate(asked: list[Any]) -> None:
    flow: Any = source() >> pf.Transform(inc) >> pf.Sink(print)
    _ = flow.graph
    flow.check(strict=True, ignore=["PF302"])
    flow.preview(5, sinks=True)
    flow.diagram(draw_streams=True)
    flow.tune(n=7)
    assert asked == [
        ("graph", (flow,), {}),
        ("check", (flow,), {
            "engine": "process", "start_method": None, "strict": True, "ignore": ["PF302"], "intent": "check",
        }),
        ("preview", (flow, 5), {"sinks": True}),
        ("diagram", (flow,), {"draw_streams": True, "load": None, "findings": True}),
        ("tune", (flow, 7), {}),
    ]  # fmt: skip


def test_a_notebook_shows_the_diagram() -> None:
    flow = source() >> pf.Transform(inc) >> pf.Sink(print)
    bundle = flow._repr_mimebundle_()
    assert "ClosedFlow src >> inc >> print" in bundle["text/plain"]
    assert len(bundle) > 1


@pytest.mark.parametrize("verb", ["run", "compile"])
def test_running_passes_every_option_on(asked: list[Any], verb: str) -> None:
    flow: Any = source() >> pf.Sink(print)
    options = {
        "progress": True, "ignore": ["PF302"], "strict": True, "start_method": "spawn", "stop_timeout": 1.0,
        "grow": False,
        "fuse": True, "tune": True, "seed": 3, "check": False, "address": "here",
    }  # fmt: skip
    getattr(flow, verb)("inline", **options)
    assert asked == [(verb, (flow, "inline"), options)]


def test_iterating_streams(asked: list[Any]) -> None:
    flow = source() >> inc
    assert list(flow) == ["x", "y"]
    assert list(flow.stream("inline", seed=1)) == ["x", "y"]
    assert asked == [("stream", (flow,), {}), ("stream", (flow, "inline"), {"seed": 1})]


@pytest.mark.parametrize("verb", ["run", "stream", "compile", "check", "preview", "diagram", "tune"])
def test_a_misspelt_option_is_an_error(verb: str) -> None:
    flow: Any = source() >> pf.Sink(print)
    with pytest.raises(TypeError, match="engin"):
        getattr(flow, verb)(engin="inline")


@given(st.lists(st.integers(), max_size=5))
def test_list_of_a_flow_runs_it(items: list[int]) -> None:
    flow = pf.Source(items) >> pf.Transform(inc)
    assert list(flow.stream("inline")) == [x + 1 for x in items]
