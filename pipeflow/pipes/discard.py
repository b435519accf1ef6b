"""Discard: throws items away on purpose."""

from __future__ import annotations

from typing import Any

from pipeflow.pipes._base import Options, Pipe, Rate, Step, StepContext
from pipeflow.shapes import InFlow


class Discard(Pipe, InFlow[Any]):
    """Takes items and drops them; the report counts how many.

    Args:
        name: shown everywhere.
    """

    kind = "Discard"
    takes = frozenset({"ignore", "buffer_size"})
    replicable = "dropping items needs no more than one worker"

    has_output = False

    def __init__(self, name: str | None = None) -> None:
        super().__init__(None, name, None, None, Options())

    def check_functor(self) -> None:
        """A Discard has no functor."""

    @property
    def label(self) -> str:
        """The given name, else "discard"."""
        return self.given_name or "discard"

    @property
    def rate(self) -> Rate:
        """Nothing leaves."""
        return Rate(1, 0)

    def step(self, context: StepContext) -> Step:
        """Take items and send nothing."""
        return Step()
