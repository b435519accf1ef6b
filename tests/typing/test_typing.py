"""What mypy and pyright say of flows: both strict, on the oldest and the newest language level.

The cases are the other files of this folder: ``assert_type`` lines, and errors that are expected, each with
the ignore comments of both checkers. An ignore that is not needed is an error too, so every case is tested
both ways.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted(path for path in HERE.glob("*.py") if path.name not in ("__init__.py", Path(__file__).name))
LEVELS = ["3.10", "3.14"]


def said_by(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.timeout(250)
@pytest.mark.parametrize("level", LEVELS)
def test_mypy(level: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = tmp_path_factory.getbasetemp() / "mypy"
    options = ["--strict", "--warn-unreachable", "--follow-imports=silent", f"--cache-dir={cache}"]
    said = said_by("mypy", *options, f"--python-version={level}", *map(str, CASES))
    assert said.startswith("Success: no issues found"), said


@pytest.mark.timeout(250)
@pytest.mark.parametrize("level", LEVELS)
def test_pyright(level: str) -> None:
    said = said_by(
        "pyright", f"--project={HERE}", f"--pythonpath={sys.executable}", f"--pythonversion={level}"
    )
    assert "0 errors, 0 warnings" in said, said


def test_there_are_at_least_a_hundred_cases_of_each_kind() -> None:
    text = "".join(path.read_text() for path in CASES)
    assert text.count("assert_type(") >= 100
    assert text.count("# type: ignore[") >= 60
