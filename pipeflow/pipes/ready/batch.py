"""batch: items in lists of n."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pipeflow import hints
from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.ready._base import Remembers, WithoutFunctor
from pipeflow.pipes.steps import whole
from pipeflow.shapes import ThroughFlow

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import R


def batch(n: int, drop_last: bool = False, name: str | None = None) -> Batch:
    """Lists of `n` items, in the order they come. What is left at the end leaves as a shorter list.

    Args:
        n: how many items a list has.
        drop_last: leave the shorter list out.
        name: shown everywhere.

    Raises:
        CompositionError: when `n` is no whole number of at least 1, or `drop_last` no flag.
    """
    return Batch(n, drop_last, name)


class Batch(Remembers, WithoutFunctor, ThroughFlow[Any, list[Any]]):
    """See `batch`."""

    kind = "Batch"
    default_name = "batch"
    lineage = "kept"

    def __init__(self, n: int, drop_last: bool, name: str | None = None) -> None:
        self.n: int = n
        self.drop_last: bool = drop_last
        super().__init__(name)
        self.check_number("n", n)
        self.check_flag("drop_last", drop_last)

    if TYPE_CHECKING:

        def reshape(self, item: R, /) -> list[R]:
            """What type checkers make of it."""
            ...

    def reshaped(self, received: Any) -> Any:
        """A list of what enters."""
        return list[Any] if received is hints.UNKNOWN else list[received]

    @property
    def rate(self) -> Rate:
        """One list for n items."""
        return Rate(self.n, 1)

    def step(self, context: StepContext) -> Step:
        """Collect."""
        return BatchStep(self.n, self.drop_last)


class BatchStep(Step):
    """Holds fewer than n items between two inputs."""

    def __init__(self, n: int, drop_last: bool) -> None:
        self._n, self._drop_last = n, drop_last
        self._held: list[Any] = []

    def feed(self, *args: Any) -> Iterable[Any]:
        """A list when it is full."""
        self._held.append(whole(args))
        if len(self._held) < self._n:
            return ()
        full, self._held = self._held, []
        return (full,)

    def finish(self) -> Iterable[Any]:
        """What is left."""
        left, self._held = self._held, []
        return (left,) if left and not self._drop_last else ()
