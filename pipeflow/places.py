"""Where the user wrote something: file and line, or notebook cell and line."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from types import FrameType

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_CELL_FILE = re.compile(r"ipykernel_\d+[/\\]|<ipython-input-")


@dataclass(frozen=True)
class Place:
    """A line of the user's code.

    Attributes:
        file: the file's name as Python knows it ("" when unknown).
        line: from 1.
        cell: the notebook cell's number, when it is one.
    """

    file: str = ""
    line: int = 0
    cell: int | None = None

    def __str__(self) -> str:
        if self.cell is not None:
            return f"cell [{self.cell}] line {self.line}"
        if not self.file:
            return "an unknown place"
        return f"{short_path(self.file)}:{self.line}"


def short_path(file: str) -> str:
    """The path as a person would write it: relative below the current folder, whole elsewhere."""
    try:
        here = os.getcwd() + os.sep
    except OSError:  # the folder is gone
        return file
    return file[len(here) :] if file.startswith(here) else file


def cell_number(file: str) -> int | None:
    """The number of the notebook cell that was compiled as `file`, if it is a cell."""
    if not _CELL_FILE.search(file):
        return None
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    # IPython 9 counts on before a cell runs, older ones afterwards: what the compiler noted is sure.
    noted = getattr(getattr(shell, "compile", None), "_filename_map", {}).get(file)
    count = getattr(shell, "execution_count", None) if noted is None else noted
    return count if isinstance(count, int) else None


def caller() -> Place:
    """The innermost line outside this package."""
    frame = caller_frame()
    if frame is None:
        return Place()
    file = frame.f_code.co_filename
    return Place(file, frame.f_lineno, cell_number(file))


def caller_frame() -> FrameType | None:
    """The innermost frame outside this package; not to be kept, for it keeps the user's variables alive."""
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame
