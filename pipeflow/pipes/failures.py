"""What arrives at ``pipe.errors >> sink``."""

from __future__ import annotations

import random
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


def pause_before(attempt: int) -> float:
    """Seconds before the n-th retry: doubling from 10 ms up to 1 s, with jitter."""
    return float(min(1.0, 0.01 * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0))
