from __future__ import annotations

import io
import sys
import types
from typing import Any

import pytest

from pipeflow.views.progress.displays import (
    LineDisplay,
    LogDisplay,
    NotebookDisplay,
    RichDisplay,
    display_for,
    in_notebook,
)
from pipeflow.views.progress.panel import Panel
from tests.views.progress.looks import row

PANEL = Panel((row("a", taken=7, bottleneck=True, busy=0.9),), 5.0)
END = Panel((row("a", taken=9),), 6.0, finished=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Handle:
    def __init__(self) -> None:
        self.shown: list[str] = []

    def update(self, html: Any) -> None:
        self.shown.append(html.data)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """IPython as a kernel shows it: `display` makes a handle, which is updated."""
    handle = Handle()

    class HTML:
        def __init__(self, data: str) -> None:
            self.data = data

    def display(html: HTML, display_id: bool = False) -> Handle:
        assert display_id
        handle.shown.append(html.data)
        return handle

    shell = types.SimpleNamespace(kernel=object())
    ipython = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
    module = types.SimpleNamespace(HTML=HTML, display=display)
    monkeypatch.setitem(sys.modules, "IPython.display", module)  # type: ignore[arg-type]
    return handle


def test_a_notebook_updates_one_output(notebook: Handle) -> None:
    assert in_notebook()
    display = display_for(None)
    assert isinstance(display, NotebookDisplay)
    display.show(PANEL)
    display.close(END)
    assert len(notebook.shown) == 2
    assert ">7<" in notebook.shown[0]
    assert "ran 6.0 s" in notebook.shown[1]


def test_ipython_in_a_terminal_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    ipython = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
    assert not in_notebook()


def test_a_terminal_with_rich() -> None:
    pytest.importorskip("rich")
    out = Terminal()
    display = display_for(None, out)
    assert isinstance(display, RichDisplay)
    display.show(PANEL)
    display.close(END)
    assert "bottleneck" in out.getvalue()
    assert "ran 6.0 s" in out.getvalue()


def test_a_terminal_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    out = Terminal()
    display = display_for(None, out)
    assert isinstance(display, LineDisplay)
    display.show(PANEL)
    display.show(Panel((), 5.0))
    display.close(END)
    first, second, rest = out.getvalue().split("\r", 3)[1:]
    assert "bottleneck a" in first
    assert len(second) == len(first), "the rest of a longer line must go"
    assert rest.splitlines()[-1] == "ran 6.0 s"


def test_what_is_no_terminal_stays_quiet_unless_asked() -> None:
    out = io.StringIO()
    assert display_for(None, out) is None
    assert display_for(False, Terminal()) is None
    display = display_for(True, out)
    assert isinstance(display, LogDisplay)
    display.show(PANEL)
    display.close(END)
    assert out.getvalue().splitlines() == [
        "running for 5.0 s; a 7 items, 0.0/s; bottleneck a (90 % busy)",
        "ran 6.0 s; a 9 items, 0.0/s",
    ]
