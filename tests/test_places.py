"""Where the user wrote something."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from pipeflow.places import Place, caller, cell_number

FILE = "/somewhere/ipykernel_123/456.py"


def shell(monkeypatch: pytest.MonkeyPatch, **parts: Any) -> None:
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(**parts))
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]


def test_a_cell_has_the_number_that_it_was_compiled_under(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, execution_count=8, compile=SimpleNamespace(_filename_map={FILE: 7}))
    assert cell_number(FILE) == 7
    assert str(Place(FILE, 3, 7)) == "cell [7] line 3"


def test_the_cell_that_runs_where_nothing_was_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, execution_count=7)
    assert cell_number(FILE) == 7


def test_a_file_is_no_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, execution_count=7)
    assert cell_number(__file__) is None
    assert caller().file == __file__
