"""collate: a batch as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, overload

from pipeflow import hints
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.abilities import Fallible, Replicable
from pipeflow.pipes.functors import bound
from pipeflow.pipes.options import WITH_WORKERS
from pipeflow.pipes.ready._base import WithFunction
from pipeflow.pipes.ready.stacking import stack
from pipeflow.pipes.steps import whole
from pipeflow.shapes import In_contra, Out_co, ThroughFlow

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import A, R
    from pipeflow.shapes import V


@overload
def collate(fn: None = None, name: str | None = None) -> Collate[list[Any], Any]: ...
@overload
def collate(fn: Callable[[A], V], name: str | None = None) -> Collate[A, V]: ...
@overload
def collate(fn: Callable[[A], R | None], name: str | None = None) -> Collate[A, R]: ...
def collate(fn: Any = None, name: str | None = None) -> Any:
    """Each batch as one thing: arrays, numbers, dicts and tuples of them are stacked along a new first axis.

    Args:
        fn: makes something else of a batch; left out, `pipeflow.pipes.ready.stacking.stack`.
        name: shown everywhere.
    """
    return Collate(fn, name)


class Collate(Replicable, Fallible, WithFunction, ThroughFlow[In_contra, Out_co]):
    """See `collate`."""

    kind = "Collate"
    default_name = "collate"
    lineage = "each"
    takes: ClassVar[frozenset[str]] = WITH_WORKERS | {"ordered"}

    def __init__(self, fn: Any = None, name: str | None = None) -> None:
        super().__init__(fn, name)

    def check_functor(self) -> None:
        """None stands for `stack`."""
        if self.functor is not None:
            super().check_functor()

    def reshaped(self, received: Any) -> Any:
        """What its function returns; of `stack` only the items could tell."""
        return hints.UNKNOWN if self.functor is None else hints.produced(self.functor, "transform")

    def step(self, context: StepContext) -> Step:
        """Stack."""
        return CollateStep(stack if self.functor is None else self.functor, self.options.init_kwargs)


class CollateStep(Step):
    """Keeps nothing."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)

    def feed(self, *args: Any) -> Iterable[Any]:
        """The batch as one thing."""
        return (self._call(whole(args)),)

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()
