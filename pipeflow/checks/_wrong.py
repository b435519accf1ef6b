"""What PF203 says of a functor."""

from __future__ import annotations

from typing import NamedTuple


class Wrong(NamedTuple):
    """What is wrong with a functor: what it is, what would happen, what to write instead."""

    what: str
    consequence: str
    fixes: tuple[str, ...]
