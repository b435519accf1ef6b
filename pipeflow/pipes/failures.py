"""What arrives at ``pipe.errors >> sink``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FailedItem:
    """An item that a pipe failed on, and why; all text, so that it travels whatever was raised.

    Attributes:
        item: what the pipe was given; a tuple of the parts behind a join.
        pipe: the pipe's unique name.
        error_type: the name of the exception's class.
        error_text: the exception's message.
        traceback: as it was in the worker.
    """

    item: Any
    pipe: str
    error_type: str
    error_text: str
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.pipe}: {self.error_type}: {self.error_text}"
