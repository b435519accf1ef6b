"""A notebook as a person sees it: executed, made a page, opened in a headless Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.views.test_notebooks import kernel_of_this_python

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"

CELLS = [
    """
import time, pipeflow as pf
from pipeflow.views.diagram import draw

def slow(x):
    time.sleep(0.01)
    return x

flow = pf.Source(range(200), name="numbers") >> slow >> pf.Sink(repr, name="end")
""",
    "draw(flow.graph)",
    "report = flow.run()",
    "report",
    "report.timeline()",
    "flow.preview(3)",
]

# In which cell's output each is, and by what it is found there.
WANTED = {
    "diagram": (1, "img, svg"),
    "panel": (2, "div.pipeflow-panel table"),
    "report": (3, "table"),
    "timeline": (4, "img, svg"),
    "preview": (5, "table code"),
}
MEASURE = """
<pre id="measured"></pre>
<script>
const found = {};
const cells = document.querySelectorAll(".jp-Cell");
for (const [name, [cell, selector]] of Object.entries(WANTED)) {
  const box = cells[cell]?.querySelector(`.jp-OutputArea-output :is(${selector})`)?.getBoundingClientRect();
  found[name] = box ? [box.width, box.height] : [0, 0];
}
document.getElementById("measured").textContent = "MEASURED" + JSON.stringify(found) + "END";
</script>
"""


@pytest.fixture
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium")
    assert path is not None
    return path


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notebook, executed and as HTML, with a script at its end that measures what is to be seen."""
    pytest.importorskip("ipykernel")
    client = pytest.importorskip("nbclient")
    export = pytest.importorskip("nbconvert")
    import nbformat

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("JUPYTER_PATH", str(kernel_of_this_python(tmp_path)))
    cells: list[Any] = [nbformat.v4.new_code_cell(code.strip()) for code in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    html, _ = export.HTMLExporter().from_notebook_node(notebook)
    path = tmp_path / "page.html"
    path.write_text(html.replace("</body>", MEASURE.replace("WANTED", json.dumps(WANTED)) + "</body>"))
    return path


def browse(chromium: str, page: Path, *options: str) -> str:
    common = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1100,1500",
        "--virtual-time-budget=3000",
    ]
    profile = f"--user-data-dir={page.parent / 'profile'}"
    done = subprocess.run(
        [chromium, *common, profile, *options, page.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_everything_is_to_be_seen(chromium: str, page: Path) -> None:
    dom = browse(chromium, page, "--dump-dom")
    match = re.search(r"MEASURED(\{.*?\})END</pre>", dom)
    assert match
    measured: dict[str, list[float]] = json.loads(match[1])
    for name, (width, height) in measured.items():
        assert width > 1, name
        assert height > 1, name
    assert measured["diagram"][0] > 100
    text = re.sub(r"<[^>]*>", " ", dom)
    assert re.search(r"slow\s+200\s", text), "the panel's last state"
    assert "bottleneck: 'slow'" in text
    assert re.search(r"ran \d", text)


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_a_picture_of_it_is_kept(chromium: str, page: Path) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / "notebook.png"
    browse(chromium, page, f"--screenshot={picture}", "--hide-scrollbars")
    assert picture.read_bytes().startswith(b"\x89PNG")
