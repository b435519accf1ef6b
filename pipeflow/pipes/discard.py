"""Discard: throws items away on purpose."""

from __future__ import annotations

from pipeflow.pipes._base import Pipe, Rate, Step, StepContext
from pipeflow.pipes.options import NOTHING_LEAVES, WITHOUT_FUNCTOR
from pipeflow.shapes import InFlow


class Discard(Pipe, InFlow[object]):
    """Takes items and drops them; the report counts how many.

    Args:
        name: shown everywhere.
    """

    kind = "Discard"
    default_name = "discard"
    has_output = False
    takes = WITHOUT_FUNCTOR
    replicable = "dropping items needs no more than one worker"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(None, name)

    def check_functor(self) -> None:
        """A Discard has no functor."""

    @property
    def rate(self) -> Rate:
        """Nothing leaves."""
        return NOTHING_LEAVES

    def step(self, context: StepContext) -> Step:
        """Take items and send nothing."""
        return Step()
