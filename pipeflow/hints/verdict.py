"""What ``assignable`` answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Verdict:
    """Whether what a producer gives may go where a consumer takes it.

    ``certain`` separates the two sorts of mismatch: a certain one fails when it runs, the other is wrong
    only by the letter of the typing specification (``list[int]`` into ``list[float]``). An "ok" is always
    certain and an "unknown" never is. ``reason`` is empty when the verdict is "ok".
    """

    verdict: Literal["ok", "mismatch", "unknown"]
    certain: bool
    reason: str = ""
