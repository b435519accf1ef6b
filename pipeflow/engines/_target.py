"""One of the caller's streams, as what workers write arrives there."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

NAMES = "PIPEFLOW_NAMES"
"""The environment variable that asks for names in front of lines ("1"), or for none ("0")."""


class Target:
    """One of the caller's streams.

    Attributes:
        encoding: of what workers write.
        terminal: it is one.
        named: a person reads it.
        gone: whoever read it has left, so that its writers are to notice.
        above: shows text above what is drawn over and over in the same terminal.
        failed: why it took nothing more.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._bytes = getattr(stream, "buffer", None)
        self.encoding = _encoding()
        self.terminal = _is_terminal(stream)
        self.named = _names_wanted(stream, self.terminal)
        self.gone = False
        self.above: Callable[[str], None] | None = None
        self.failed = ""

    def write(self, data: bytes | str) -> None:
        """Show whole lines. What is wrong with the stream is the caller's business, and no worker's."""
        if not data or self._stream is None:
            return
        try:
            self._write(data)
        except BrokenPipeError:
            self.gone = True
        except Exception as error:  # noqa: BLE001 - it was closed, or is the user's own
            self.failed = self.failed or f"{type(error).__name__}: {error}"

    def _write(self, data: bytes | str) -> None:
        if isinstance(data, bytes) and self._bytes is not None and self.above is None:
            self._stream.flush()  # what the caller has printed so far comes first
            self._bytes.write(data)
            self._bytes.flush()
            return
        text = data if isinstance(data, str) else data.decode(self.encoding, "backslashreplace")
        above = self.above
        if above is not None:
            above(text)
            return
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            self._stream.write(text.encode("ascii", "backslashreplace").decode())
        if not _of_a_kernel(self._stream):  # which flushes by itself, and waits when it is asked to
            self._stream.flush()

    def flush(self) -> None:
        """See that everything has arrived."""
        with contextlib.suppress(Exception):
            self._stream.flush()


def _names_wanted(stream: Any, terminal: bool) -> bool:
    said = os.environ.get(NAMES)
    return said == "1" if said in ("0", "1") else terminal or _of_a_kernel(stream)


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except Exception:  # noqa: BLE001 - there is none, it is closed, or the user's own
        return False


def _of_a_kernel(stream: Any) -> bool:
    return type(stream).__module__.partition(".")[0] == "ipykernel"


def _encoding() -> str:
    """That in which workers write: Python's own streams there are like those here."""
    with contextlib.suppress(AttributeError, LookupError):
        return codecs.lookup(sys.__stdout__.encoding).name  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    return "utf-8"
