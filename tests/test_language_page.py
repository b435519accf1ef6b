"""docs/language.md: its examples run, and its table of options is what the kinds of pipe take."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeflow as pf
from pipeflow.pipes.options import Options

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "language.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
FIELDS = dataclasses.fields(Options)
KINDS = (pf.Source, pf.Transform, pf.Regulator, pf.Sink, pf.Switch, pf.Join, pf.Feedback, pf.Discard)


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_run(code: str, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", "example.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=45,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def rows_below(heading: str) -> list[list[str]]:
    """The cells of the table whose head begins so."""
    lines = PAGE.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(heading)) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_every_option_of_a_pipe_is_in_the_table_with_the_kinds_that_take_it() -> None:
    said = {row[0].strip("`"): set(row[2].split(", ")) for row in rows_below("| option | default | kinds |")}
    taken = {field.name: {kind.__name__ for kind in KINDS if has(kind, field.name)} for field in FIELDS}
    assert said == taken


def has(kind: type[pf.Pipe], option: str) -> bool:
    return option in kind.takes or (option == "n_processes" and not kind.replicable)


def test_every_option_of_a_run_is_in_the_table() -> None:
    said = {
        word.strip("`") for row in rows_below("| option | default | says |") for word in row[0].split(", ")
    }
    named = set(inspect.signature(pf.Flow.run).parameters) - {"self"}
    assert said == named


def test_every_ready_made_pipe_is_in_the_table() -> None:
    said = {re.match(r"`(\w+)\(", row[0])[1] for row in rows_below("| pipe | sends |")}  # type: ignore[index]
    from pipeflow.pipes import ready

    assert said == set(ready.__all__)
