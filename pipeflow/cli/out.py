"""What the commands say: results on the standard output, everything about them on the standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


class NobodyReads(Exception):
    """Who has read what the command says has gone."""


def say(text: object = "", end: str = "\n") -> None:
    """A result, at once.

    Raises:
        NobodyReads: the reader has gone.
    """
    _write(f"{text}{end}", sys.stdout)


def remark(text: object) -> None:
    """Something beside the result, which may be going into a file.

    Raises:
        NobodyReads: the reader has gone.
    """
    _write(f"{text}\n", sys.stderr)


def _write(text: str, file: TextIO) -> None:
    try:
        try:
            file.write(text)
        except UnicodeEncodeError:
            file.write(text.encode(file.encoding, "backslashreplace").decode(file.encoding))
        file.flush()
    except BrokenPipeError:
        _discard(file)
        raise NobodyReads from None


def _discard(file: TextIO) -> None:
    """What `file` still holds goes nowhere: else Python complains of it at its exit."""
    with suppress(OSError):  # a stand-in without a descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())
        os.close(nowhere)
