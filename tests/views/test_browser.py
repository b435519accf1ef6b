"""A notebook as a person sees it: executed, made a page, opened in a headless Chromium without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.views.test_notebooks import kernel_of_this_python

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
"""Ignored by git; the long tier keeps it, to be looked at."""

CELLS = [
    """
import time, pipeflow as pf

def slow(x):
    time.sleep(0.01)
    if x % 50 == 0:
        print("so far", x)
    return x

flow = pf.Source(range(200), name="numbers") >> slow >> pf.Sink(repr, name="end")
""",
    "flow",
    "report = flow.run()",
    "report",
    "flow.diagram(load=report)",
    "report.timeline()",
    "flow.preview(3)",
    """
end = pf.Sink(repr, name="end")
pf.Source(range(9)) >> (pf.Transform(str, name="lost") | pf.Transform(slow) >> end)
""",
    "report.to_dict()['verdict']",
]
# In which cell's output each is, and by what it is found there.
WANTED = {
    "diagram": (1, "img, svg"),
    "panel": (2, "div.pipeflow-panel table"),
    "output": (2, "pre:has-text('so far')"),
    "report": (3, "table"),
    "load": (4, "img, svg"),
    "timeline": (5, "img, svg"),
    "preview": (6, "table"),
    "findings": (7, "svg"),
    "message": (7, "pre:has-text('PF101')"),
}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"),
]


@dataclass(frozen=True)
class Seen:
    """What the browser found.

    Attributes:
        found: by name: width, height and text.
        asked: addresses the page wanted to load.
        text: the page's.
    """

    found: dict[str, dict[str, Any]]
    asked: list[str]
    text: str


Look = Callable[[Any, str, dict[str, tuple[int, str]]], Seen]


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Executes a notebook and opens it as a page."""
    pytest.importorskip("ipykernel")
    client = pytest.importorskip("nbclient")
    export = pytest.importorskip("nbconvert")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None or shutil.which("node") is None or not playwright():
        pytest.skip("needs Chromium, node and playwright-core (in NODE_PATH)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    paths = [str(kernel_of_this_python(tmp_path)), os.environ.get("JUPYTER_PATH", "")]
    monkeypatch.setenv("JUPYTER_PATH", os.pathsep.join(filter(None, paths)))

    def open_page(notebook: Any, name: str, wanted: dict[str, tuple[int, str]]) -> Seen:
        resources = {"metadata": {"path": str(tmp_path)}}
        client.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
        html, _ = export.HTMLExporter().from_notebook_node(notebook)
        page, folder = tmp_path / "page.html", PICTURES / name
        page.write_text(html)
        folder.mkdir(parents=True, exist_ok=True)
        script = str(Path(__file__).with_name("browse.cjs"))
        done = subprocess.run(
            ["node", script, page.as_uri(), str(folder), json.dumps(wanted)],
            env={**os.environ, "CHROMIUM": str(chromium)},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return Seen(**json.loads(done.stdout))

    return open_page


def playwright() -> bool:
    """Whether node finds it."""
    asked = ["node", "-e", "require.resolve('playwright-core')"]
    return subprocess.run(asked, capture_output=True, check=False, timeout=30).returncode == 0


def test_everything_is_to_be_seen(look: Look) -> None:
    import nbformat

    cells: list[Any] = [nbformat.v4.new_code_cell(code.strip()) for code in CELLS]
    seen = look(nbformat.v4.new_notebook(cells=cells), "everything", WANTED)
    for name, box in seen.found.items():
        assert box["width"] > 20, name
        assert box["height"] > 10, name
    assert seen.found["diagram"]["width"] > 100
    assert re.search(r"slow\s+200\s", seen.found["panel"]["text"]), "the panel's last state"
    assert "bottleneck" in seen.found["panel"]["text"]
    assert re.findall(r"slow: so far \d+", seen.text) == [f"slow: so far {x}" for x in (0, 50, 100, 150)]
    assert "numbers" in seen.found["report"]["text"]
    assert "bottleneck: 'slow'" in seen.text
    assert re.search(r"ran \d", seen.text)
    assert not [address for address in seen.asked if "mermaid" in address], "a picture needs the network"


@pytest.mark.parametrize("name", ["quick-start", "bottleneck", "checking-before-launch"])
def test_a_notebook_of_ours_has_its_diagram(look: Look, name: str) -> None:
    import nbformat

    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    seen = look(notebook, name, {})
    assert "Traceback" not in seen.text
    assert (PICTURES / name / "page.png").read_bytes().startswith(b"\x89PNG")
