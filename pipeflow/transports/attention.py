"""How a loop over many entries is told to look up."""

from __future__ import annotations

from typing import Any


class Attention:
    """Shared by a worker, which loops, and whoever may call for it meanwhile, in another thread.

    Attributes:
        needed: the loop is to end after the entry in hand. A loop over a list need not look: see `to`.
    """

    __slots__ = ("_part", "needed")

    def __init__(self) -> None:
        self.needed = False
        self._part: list[Any] | None = None

    def begin(self) -> None:
        """Nobody has called since."""
        self.needed = False

    def to(self, part: list[Any]) -> None:
        """The loop is about to run over this list: a call cuts it off, so that no look at `needed` is due for
        each entry. One entry is left in any case.
        """
        self._part = part
        if self.needed:
            del part[1:]

    def call(self) -> None:
        """From any thread: the loop is to end after the entry in hand."""
        self.needed = True
        part = self._part
        if part is not None:
            part.clear()

    def end(self) -> None:
        """The loop has ended; its list is forgotten."""
        self._part = None
