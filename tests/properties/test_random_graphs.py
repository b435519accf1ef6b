"""Whatever graph the operators make, every engine delivers what the language says it delivers."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings

from pipeflow.system import run_flow
from tests.functors import collected
from tests.properties.content import content
from tests.properties.graphs import Whole, graphs, lines

EVERYTHING = {
    "Source", "SourceFunction", "async Source", "Transform", "TransformFunction", "async Transform",
    "Regulator", "RegulatorFunction", "Sink", "async Sink", "Switch", "Switch with a default", "Join by key",
    "Join by arrival", "Feedback", "Discard", "Batch", "Unbatch", "Window", "Shuffle", "Take", "Filter",
    "FlatMap", "Collate", "replicas", "ordered", "merge", "split", "join", "curly", "|", ">>", ">> stream",
    "balance", "errors",
}  # fmt: skip
SINKS = ("k1", "k2", "k3")
quick = settings(suppress_health_check=[HealthCheck.too_slow])


def check_items(graph: Whole, engine: str) -> None:
    report = run_flow(graph.flow, engine)
    received = graph.delivered({name: collected(report, name) for name in SINKS})
    assert received == {name: Counter(items) for name, items in graph.expected.items() if items}


def check_order(line: Whole, engine: str) -> None:
    assert collected(run_flow(line.flow, engine), "k1") == line.expected["k1"]


def test_the_random_graphs_have_every_kind_and_bracket() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=200, derandomize=True, database=None, parent=quick)
    @given(graphs())
    def look(graph: Whole) -> None:
        seen.update(content(graph.flow))

    look()
    assert {what for what in EVERYTHING if not seen[what]} == set()


@pytest.mark.parametrize(("engine", "most"), [("inline", 30), ("thread", 30), ("process", 8)])
def test_every_sink_receives_what_is_due(engine: str, most: int) -> None:
    @settings(max_examples=most, parent=quick)
    @given(graphs())
    def agree(graph: Whole) -> None:
        note(repr(graph.flow))
        check_items(graph, engine)

    agree()


@pytest.mark.parametrize(("engine", "most"), [("inline", 20), ("thread", 20), ("process", 5)])
def test_a_defined_order_is_kept(engine: str, most: int) -> None:
    @settings(max_examples=most, parent=quick)
    @given(lines())
    def agree(line: Whole) -> None:
        note(repr(line.flow))
        check_order(line, engine)

    agree()


@pytest.mark.slow
@pytest.mark.timeout(1500)
@settings(max_examples=400, parent=quick)
@given(graphs())
def test_all_engines_agree_on_many_graphs(graph: Whole) -> None:
    note(repr(graph.flow))
    for engine in ("inline", "thread", "process"):
        check_items(graph, engine)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@settings(max_examples=300, parent=quick)
@given(lines())
def test_all_engines_agree_on_the_order_of_many_lines(line: Whole) -> None:
    note(repr(line.flow))
    for engine in ("inline", "thread", "process"):
        check_order(line, engine)
