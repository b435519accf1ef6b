"""Where the panel is shown: a notebook, a terminal, or lines of text.

A notebook gets a display handle that is updated, no widgets: those are blank when it is opened again.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from pipeflow.views.progress.panel import Panel
from pipeflow.views.progress.shown import HEADER, cells, headline, html, line, text


class Display(Protocol):
    """A place to show panels in.

    Attributes:
        pause: seconds between two panels.
    """

    pause: float

    @property
    def above(self) -> Callable[[str], None] | None:
        """Writes lines above what is shown, in the same terminal; None where that needs no care."""
        ...

    def show(self, panel: Panel) -> None:
        """Show a panel in place of the one before."""
        ...

    def close(self, panel: Panel) -> None:
        """Show the last one, which stays."""
        ...


class NotebookDisplay:
    """An output of the cell, updated in place."""

    pause = 0.25
    above = None

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, panel: Panel) -> None:
        """See `Display.show`."""
        module: Any = importlib.import_module("IPython.display")
        shown = module.HTML(html(panel))
        if self._handle is None:
            self._handle = module.display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def close(self, panel: Panel) -> None:
        """See `Display.close`."""
        self.show(panel)


class RichDisplay:
    """A table in a terminal, redrawn in place."""

    pause = 0.2

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        # Our own thread draws: rich's would be another one.
        self._live = Live(
            console=Console(file=out), auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def show(self, panel: Panel) -> None:
        """See `Display.show`."""
        from rich.table import Table
        from rich.text import Text

        table = Table(caption=headline(panel), box=None, caption_justify="left")
        for number, name in enumerate(HEADER):
            table.add_column(
                name, justify="left" if number in (0, len(HEADER) - 1) else "right", no_wrap=True
            )
        for row in panel.rows:
            style = "bold red" if row.bottleneck else "dim" if row.over else ""
            table.add_row(*(Text(cell, style=style) for cell in cells(row)))
        self._live.update(table, refresh=True)

    def above(self, text: str) -> None:
        """See `Display.above`."""
        from rich.text import Text

        self._live.console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)

    def close(self, panel: Panel) -> None:
        """See `Display.close`."""
        self.show(panel)
        self._live.stop()


class LineDisplay:
    """One line in a terminal, written over and over."""

    pause = 0.2

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._said, self._width = "", 0
        self._lock = threading.Lock()

    def show(self, panel: Panel) -> None:
        """See `Display.show`."""
        import shutil

        with self._lock:
            self._said = line(panel)[: shutil.get_terminal_size().columns - 1]
            self._draw()

    def _draw(self) -> None:
        self._out.write("\r" + self._said.ljust(self._width))
        self._out.flush()
        self._width = len(self._said)

    def above(self, text: str) -> None:
        """See `Display.above`."""
        with self._lock:
            self._out.write("\r" + " " * self._width + "\r" + text)
            self._width = 0
            self._draw()

    def close(self, panel: Panel) -> None:
        """See `Display.close`."""
        self._out.write("\r" + " " * self._width + "\r" + "\n".join(text(panel)) + "\n")
        self._out.flush()


class LogDisplay:
    """A line now and then, where nothing can be overwritten."""

    pause = 5.0
    above = None

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, panel: Panel) -> None:
        """See `Display.show`."""
        self._out.write(line(panel) + "\n")
        self._out.flush()

    def close(self, panel: Panel) -> None:
        """See `Display.close`."""
        self.show(panel)


def display_for(progress: bool | None, out: TextIO | None = None) -> Display | None:
    """The display that fits where this process is being looked at.

    Args:
        progress: False: none; None: one in a notebook and in a terminal; True: also where there is neither.
        out: the terminal; left out, the standard error.
    """
    if progress is False:
        return None
    if out is None and in_notebook():
        return NotebookDisplay()
    out = sys.stderr if out is None else out
    if out is None or not out.isatty():  # pyright: ignore[reportUnnecessaryComparison] - None under pythonw
        return LogDisplay(out) if progress and out is not None else None
    try:
        return RichDisplay(out)
    except ImportError:
        return LineDisplay(out)


def in_notebook() -> bool:
    """Whether a kernel that can show HTML runs this process."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None
