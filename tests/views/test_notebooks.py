"""Every notebook runs from top to bottom, in a kernel of its own."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
NEEDS = {"out-of-core-training": ("sklearn", "matplotlib"), "several-models": ("sklearn",)}


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return found


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    pytest.importorskip("ipykernel")
    client = pytest.importorskip("nbclient")
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("JUPYTER_PATH", str(kernel_of_this_python(tmp_path)))
    return client


def kernel_of_this_python(folder: Path) -> Path:
    """A kernel named as the notebooks name theirs: whatever else is installed, this Python must run them."""
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"})
    )
    return folder


@pytest.mark.timeout(150)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, client: Any, tmp_path: Path, no_process_left: None) -> None:
    for package in NEEDS.get(path.stem, ()):
        pytest.importorskip(package)
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    client.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    shown = {
        kind
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind in output.get("data", {})
    }
    assert "image/svg+xml" in shown or "text/vnd.mermaid" in shown, "a flow draws itself"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_small_and_says_nothing_of_a_machine(path: Path) -> None:
    assert path.stat().st_size < 200_000
    text = path.read_text()
    assert not re.search(r"/(home|root|work|tmp|Users)/", text)
    first = cells(path)[0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]).startswith("# ")


def test_there_are_some() -> None:
    assert len(NOTEBOOKS) >= 6
