from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pipeflow.runtime.report.timeline import COLOURS, moments, rows
from tests.runtime.report.reports import sampled

SVG = "{http://www.w3.org/2000/svg}"


def test_a_row_for_each_worker() -> None:
    assert [row.name for row in rows(sampled())] == ["src", "<work>[0]", "<work>[1]"]


def test_the_picture_is_well_formed_and_names_everybody() -> None:
    root = ET.fromstring(sampled().timeline().svg)
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"src", "<work>[0]", "<work>[1]", "in the functor", "waiting for input", "2 s"} <= set(texts)


def test_the_pieces_are_as_high_as_the_time_they_stand_for() -> None:
    root = ET.fromstring(sampled().timeline().svg)
    busy = [
        float(element.get("height", "0"))
        for element in root.iter(f"{SVG}rect")
        if element.get("fill") == COLOURS["busy"] and element.get("stroke") is None
    ]
    assert busy == pytest.approx([1.8, 1.8, 16.2, 16.2, 3.6, 3.6])


def test_a_notebook_shows_it() -> None:
    timeline = sampled().timeline()
    assert timeline._repr_svg_() == timeline.svg
    assert repr(timeline) == "<Timeline of 3 workers over 2.00 s>"


def test_it_is_saved_as_svg_without_any_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    sampled().timeline().save(tmp_path / "run.svg")
    assert ET.parse(tmp_path / "run.svg").getroot().tag == f"{SVG}svg"


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    timeline = sampled().timeline()
    for draw in (timeline.figure, lambda: timeline.save(tmp_path / "run.png")):
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'pipeflow\[plot\]' ; save\('run.svg'\)"):
            draw()
    assert not (tmp_path / "run.png").exists()


def test_matplotlib_draws_the_same(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    timeline = sampled().timeline()
    axes = timeline.figure().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["src", "<work>[0]", "<work>[1]"]
    timeline.save(tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("seconds", "marks"),
    [
        (2.59, [0, 0.5, 1, 1.5, 2, 2.5]),
        (0.07, [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07]),
        (9.9, [0, 2, 4, 6, 8]),
        (100, [0, 20, 40, 60, 80, 100]),
        (0, [0]),
    ],
)
def test_the_axis_has_round_numbers(seconds: float, marks: list[float]) -> None:
    assert moments(seconds) == marks
