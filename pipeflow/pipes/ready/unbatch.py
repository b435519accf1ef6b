"""unbatch: the items of each batch, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from pipeflow import hints
from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.abilities import Replicable
from pipeflow.pipes.options import WITH_WORKERS
from pipeflow.pipes.ready._base import WithoutFunctor
from pipeflow.pipes.steps import whole
from pipeflow.shapes import ThroughFlow

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import R


def unbatch(name: str | None = None) -> Unbatch:
    """The items of each batch, one by one; a batch is anything that can be iterated.

    Args:
        name: shown everywhere.
    """
    return Unbatch(name)


class Unbatch(Replicable, WithoutFunctor, ThroughFlow[Iterable[Any], Any]):
    """See `unbatch`."""

    kind = "Unbatch"
    default_name = "unbatch"
    lineage = "each"
    takes_apart = True
    takes: ClassVar[frozenset[str]] = WITH_WORKERS - {"init_kwargs"}

    if TYPE_CHECKING:

        def reshape(self, item: Iterable[R], /) -> R:
            """What type checkers make of it."""
            ...

    def reshaped(self, received: Any) -> Any:
        """What a batch has inside; None is never sent."""
        return hints.strip_none(hints.item_type(received))

    @property
    def rate(self) -> Rate:
        """As many as a batch has."""
        return Rate(1, None)

    def step(self, context: StepContext) -> Step:
        """Take batches apart."""
        return UnbatchStep()


class UnbatchStep(Step):
    """Keeps nothing."""

    def feed(self, *args: Any) -> Iterable[Any]:
        """The items of the batch."""
        batch: Iterable[Any] = whole(args)
        if isinstance(batch, (str, bytes)):
            raise TypeError(f"unbatch got {batch!r}: text is one item, not a batch of letters")
        return iter(batch)
