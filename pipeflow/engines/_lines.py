"""From the bytes that a worker writes to whole lines, as they are shown.

A line that a person reads begins with its pipe's name. What a program reads is left as it was written, byte
for byte, but never in less than lines.
"""

from __future__ import annotations

import re
from typing import Protocol

LONGEST = 1 << 16
"""Bytes that are held back for the end of their line; more are given on without it."""
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlnsu]|\x1b[78]")
"""Escape sequences that move the cursor or clear parts of the screen; colours ("m") are none of them."""
_RESET = "\x1b[0m"


class Lines(Protocol):
    """What becomes of one worker's bytes."""

    def feed(self, data: bytes) -> bytes | str:
        """More has been written: what can be shown now, which may be nothing."""
        ...

    def rest(self) -> bytes | str:
        """Nothing more comes: what was held back."""
        ...


class ExactLines:
    """Whole lines, as they were written."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """See `Lines.feed`."""
        data = self._held + data
        end = data.rfind(b"\n") + 1
        if len(data) - end > LONGEST:
            end = len(data)
        self._held = data[end:]
        return data[:end]

    def rest(self) -> bytes:
        """See `Lines.rest`."""
        held, self._held = self._held, b""
        return held


class NamedLines:
    r"""Whole lines with a name in front of each, for a person.

    A progress bar that is drawn over and over with ``\r`` is one line: the last thing it showed. What moves
    the cursor is left out, for other lines stand around this one; colours stay, up to the end of their line.
    Bytes that are no text are shown as ``\xff``.

    Args:
        name: of the pipe, and which of its workers it is where it has several.
        encoding: of the text.
    """

    def __init__(self, name: str, encoding: str = "utf-8") -> None:
        self._name, self._encoding = name, encoding
        self._held = b""

    def feed(self, data: bytes) -> str:
        """See `Lines.feed`."""
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > LONGEST:
            drawn_over, _, last = self._held.rstrip(b"\r").rpartition(b"\r")
            if not drawn_over or len(last) > LONGEST:
                lines.append(self._held)
                last = b""
            self._held = last
        return "".join(map(self._shown, lines))

    def rest(self) -> str:
        """See `Lines.rest`."""
        held, self._held = self._held, b""
        return self._shown(held) if held else ""

    def _shown(self, line: bytes) -> str:
        text = line.decode(self._encoding, "backslashreplace").rstrip("\r").rpartition("\r")[2]
        if "\x1b" in text:
            text = _MOVES.sub("", text)
            if "\x1b[" in text and not text.endswith((_RESET, "\x1b[m")):
                text += _RESET
        return f"{self._name}: {text}\n"
