"""What some kinds of pipe can and others can't: have several workers, fail on an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import Self

from pipeflow import ends
from pipeflow.errors import CompositionError
from pipeflow.expression import Expression
from pipeflow.flow import shaped
from pipeflow.pipes._base import Pipe
from pipeflow.pipes.failures import FailedItem
from pipeflow.shapes import OutFlow


class Replicable(Pipe):
    """A kind of pipe that can have several workers."""

    if TYPE_CHECKING:

        def __mul__(self, n: int) -> Self:
            """``pipe * n``: the same pipe with n workers that share its input."""
            ...

        def __rmul__(self, n: int) -> Self:
            """``n * pipe`` is ``pipe * n``."""
            ...


class Fallible(Pipe):
    """A kind of pipe that calls a functor with each item, which may fail."""

    @property
    def errors(self) -> OutFlow[FailedItem]:
        """The items it failed on, each as a `FailedItem`: ``parse.errors >> sink``. Then they stop nothing.

        Raises:
            CompositionError: when ``on_error`` was given too.
        """
        if self.options.on_error is not None:
            raise CompositionError(
                f"{self.label_with_place}: on_error={self.options.on_error!r} and .errors both say what "
                "happens to an item that fails. Leave on_error out"
            )
        exit = ends.Lane(self, port="errors")
        flow: OutFlow[FailedItem] = shaped(Expression("errors", (self.expression,), None, exit))
        return flow
