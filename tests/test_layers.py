"""The architecture holds, and the contract that says so notices when it does not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

UPWARD = "imports point downward, siblings are independent, every module has its layer"
NETWORKX = "networkx is seen only by graph, checks, plan, views and system"
DRAWING = "graphviz, IPython and rich are seen only by views"
MULTIPROCESSING = "multiprocessing is seen only by transports and engines"
TYPES_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pipeflow.flow"
RAY = "ray is seen only by engines.ray"


def broken_contracts(folder: Path) -> set[str]:
    """The names of the contracts that the package in this folder breaks."""
    script = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run(
        [sys.executable, str(script), "--no-cache"],
        cwd=folder, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    print(done.stdout, done.stderr)  # shown when the test fails
    broken = re.findall(r"^(.*) BROKEN\b", done.stdout, re.MULTILINE)
    assert done.returncode == bool(broken)
    return set(broken)


@pytest.fixture(scope="module")
def already_broken() -> set[str]:
    """None, when test_the_contracts_hold passes; else only that test should fail."""
    return broken_contracts(ROOT)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and its contracts, to plant something in."""
    shutil.copytree(ROOT / "pipeflow", tmp_path / "pipeflow", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder: Path, module: str, text: str) -> None:
    """Add lines to a module, which may be a file, a package, or not there yet."""
    path = folder.joinpath("pipeflow", *module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    with path.open("a") as file:
        file.write(f"\n{text}\n")


def test_every_folder_is_a_package() -> None:
    """The contracts see only packages: a folder without an __init__.py could import what it likes."""
    folders = {path.parent for path in (ROOT / "pipeflow").rglob("*.py")}
    assert [folder.name for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_contracts_hold() -> None:
    assert broken_contracts(ROOT) == set()


@pytest.mark.parametrize(
    ("module", "text", "contract"),
    [
        pytest.param("errors", "from pipeflow.flow import Flow", UPWARD, id="upward"),
        pytest.param("errors", "def f():\n    import pipeflow.flow", UPWARD, id="upward-lazily"),
        pytest.param("errors", TYPES_ONLY, UPWARD, id="upward-for-types"),
        pytest.param("errors", "import pipeflow\npipeflow.Source", UPWARD, id="upward-by-the-front-door"),
        pytest.param("pipes.source", "import pipeflow.graph", UPWARD, id="upward-from-a-subpackage"),
        pytest.param("errors", "import pipeflow.markers", UPWARD, id="sideways"),
        pytest.param("stray", "x = 1", UPWARD, id="a-module-without-a-layer"),
        pytest.param("flow", "import networkx", NETWORKX, id="networkx"),
        pytest.param("graph", "import graphviz", DRAWING, id="graphviz"),
        pytest.param("runtime.worker", "from rich.table import Table", DRAWING, id="rich"),
        pytest.param("runtime.worker", "import multiprocessing", MULTIPROCESSING, id="multiprocessing"),
        pytest.param("engines.process", "import ray", RAY, id="ray"),
    ],
)
def test_what_is_planted_is_found(
    copy: Path, already_broken: set[str], module: str, text: str, contract: str
) -> None:
    plant(copy, module, text)
    assert broken_contracts(copy) == already_broken | {contract}


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param("graph", "import networkx", id="networkx"),
        pytest.param("checks.cycles", "import networkx", id="networkx-in-a-check"),
        pytest.param("engines.process", "import multiprocessing", id="multiprocessing"),
    ],
)
def test_what_is_allowed_is_not_flagged(copy: Path, already_broken: set[str], module: str, text: str) -> None:
    plant(copy, module, text)
    assert broken_contracts(copy) == already_broken
