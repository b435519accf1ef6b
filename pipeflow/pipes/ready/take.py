"""take: the first n items, then no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.ready._base import Remembers, WithoutFunctor
from pipeflow.pipes.steps import whole
from pipeflow.shapes import PassingFlow


def take(n: int, name: str | None = None) -> Take:
    """The first `n` items. Then it asks for no more, which ends the sources that nobody else reads.

    Args:
        n: how many.
        name: shown everywhere.

    Raises:
        CompositionError: when `n` is no whole number of at least 0.
    """
    return Take(n, name)


class Take(Remembers, WithoutFunctor, PassingFlow[object]):
    """See `take`."""

    kind = "Take"
    default_name = "take"
    passes_through = True

    def __init__(self, n: int, name: str | None = None) -> None:
        self.n = n
        super().__init__(name)
        self.check_number("n", n, least=0)

    @property
    def rate(self) -> Rate:
        """One for one, until there have been enough."""
        return Rate(1, 1, may_drop=True)

    def step(self, context: StepContext) -> Step:
        """Count."""
        return TakeStep(self.n)


class TakeStep(Step):
    """Counts down."""

    def __init__(self, n: int) -> None:
        self._left = n
        self.satisfied = not n

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item, while there have not been enough."""
        if not self._left:
            return ()
        self._left -= 1
        self.satisfied = not self._left
        return (whole(args),)
