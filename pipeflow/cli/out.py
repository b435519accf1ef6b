"""What the commands say: results on the standard output, everything about them on the standard error."""

from __future__ import annotations

import sys


def say(text: object = "", end: str = "\n") -> None:
    """A result, at once."""
    sys.stdout.write(f"{text}{end}")
    sys.stdout.flush()


def remark(text: object) -> None:
    """Something beside the result, which may be going into a file."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
