"""Values with a meaning of their own, whose identity survives pickling.

They never travel among the user's items: a stream may carry anything.
"""

from __future__ import annotations

import enum
from typing import Final, Literal


class _Marker(enum.Enum):
    # Enum members pickle by name, so ``is`` holds in every process.
    UNSET = "unset"
    OPEN = "open"

    def __repr__(self) -> str:
        return f"<{self.value}>"


UNSET: Final = _Marker.UNSET
"""An option nobody gave (None is a value for some of them)."""

Unset = Literal[_Marker.UNSET]


class EndOfStream(Exception):
    """Thrown into a Regulator's ``yield`` when its input has ended, so that it can send what it holds."""


class Sentinel:
    """The documented end mark: a Source that yields this class (the class itself) ends there.

    Anywhere else it is an item like any other.
    """

    def __repr__(self) -> str:
        return "sentinel"
