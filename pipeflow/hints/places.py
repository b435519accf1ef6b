"""Where a functor is defined, for messages: file and line, or the notebook cell."""

from __future__ import annotations

import io
import linecache
import re
import sys
import tokenize
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

_OLD_CELL = re.compile(r"^<ipython-input-(\d+)-[0-9a-f]+>$")
_LONGEST_SIGNATURE = 60  # lines; longer ones are not worth reading for one line of a message


@dataclass(frozen=True)
class Place:
    """A place in somebody's source. All fields are None for what has no source (builtins, data).

    ``function`` is the name of what is there, ``<lambda>`` for a lambda: others may begin on the same line.
    """

    file: str | None = None
    line: int | None = None
    function: str | None = field(default=None, repr=False, compare=False)

    @property
    def cell(self) -> int | None:
        """The number of the notebook cell, when the file is one."""
        return None if self.file is None else cell_number(self.file)

    @property
    def source_line(self) -> str | None:
        """The signature at this place on one line; read only when a message needs it, files are slow."""
        if self.file is None or self.line is None or self.function is None:
            return None
        try:
            return _signature_text(self.file, self.line, self.function)
        except (OSError, SyntaxError, tokenize.TokenError, IndentationError):
            return None


def place_of_code(code: CodeType) -> Place:
    """The place of compiled code: of its ``def``, as far as that can be told without reading the file."""
    return Place(code.co_filename, code.co_firstlineno, code.co_name)


def place_of_class(cls: type) -> Place:
    """The place of a class, taken from the first of its own methods (a class itself records none)."""
    for value in vars(cls).values():
        method: object = getattr(value, "__func__", value)
        if isinstance(method, FunctionType) and method.__module__ == cls.__module__:
            return place_of_code(method.__code__)
    return Place()


def cell_number(file: str) -> int | None:
    """The cell that IPython compiled under this file name, or None.

    The terminal writes the number into the name. ipykernel writes a hash, and IPython's caching compiler
    remembers which cell it was; IPython is asked only when it is already loaded.
    """
    old = _OLD_CELL.match(file)
    if old:
        return int(old.group(1))
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return None
    try:
        numbers: Any = ipython.get_ipython().compile._filename_map
        number: object = numbers.get(file)
    except Exception:  # noqa: BLE001 - no shell, or another version's shell: then there is no number
        return None
    return number if isinstance(number, int) else None


def _signature_text(file: str, line: int, function: str) -> str | None:
    """From ``def`` to the colon that ends it, decorators skipped, on one line; None for a lambda."""
    lines = linecache.getlines(file)[line - 1 : line - 1 + _LONGEST_SIGNATURE]
    if not lines or not re.match(r"\s*(@|async\s+def\b|def\b)", lines[0]):
        return None
    while lines and not re.match(r"\s*(async\s+)?def\b", lines[0]):
        lines = lines[1:]
    if not lines or not re.match(rf"\s*(async\s+)?def\s+{re.escape(function)}\b", lines[0]):
        return None
    words: list[str] = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO("".join(lines).lstrip()).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL):
            words.append(" ")
            continue
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and depth == 0:
                break
        words.append(token.line[: token.start[1]][-1:].isspace() * " " + token.string)
    return re.sub(r"\(\s+", "(", re.sub(r",?\s+\)", ")", re.sub(r"\s+", " ", "".join(words)))).strip()
