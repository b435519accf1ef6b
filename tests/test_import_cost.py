"""`import pipeflow` loads nothing heavy: held on names of modules, since a time depends on the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each is loaded where it is first needed: when a graph is built, drawn, shown or run.
HEAVY = {
    "IPython",
    "asyncio",
    "graphviz",
    "matplotlib",
    "multiprocessing",
    "networkx",
    "numpy",
    "opentelemetry",
    "pygraphviz",
    "ray",
    "rich",
    "torch",
}


def loaded_by(code: str) -> set[str]:
    """Top-level names of the heavy packages that a fresh interpreter has loaded after `code`."""
    show = "import sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return {line.partition(".")[0] for line in done.stdout.splitlines()} & HEAVY


def test_importing_pipeflow_loads_nothing_heavy() -> None:
    assert loaded_by("import pipeflow") == set()


def test_a_worker_loads_only_what_starts_it() -> None:
    assert loaded_by("import pipeflow.engines._child") == {"multiprocessing"}


@pytest.mark.parametrize("name", ["numpy", "networkx", "multiprocessing"])
def test_a_heavy_import_would_be_seen(name: str) -> None:
    assert name in loaded_by(f"import {name}; import pipeflow")
