"""filter: only the items that a function says yes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, overload

from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.abilities import Fallible, Replicable
from pipeflow.pipes.functors import bound, no_coroutine
from pipeflow.pipes.options import WITH_WORKERS
from pipeflow.pipes.ready._base import WithFunction
from pipeflow.pipes.steps import whole
from pipeflow.shapes import In_contra, PassingFlow

if TYPE_CHECKING:
    from typing import TypeGuard

    from typing_extensions import TypeIs

    from pipeflow.pipes.functor_types import A, B, R
    from pipeflow.shapes import Args2, ThroughFlow


@overload
def filter(fn: Callable[[A], TypeGuard[R]], name: str | None = None) -> ThroughFlow[A, R]: ...  # type: ignore[overload-overlap]
@overload
def filter(fn: Callable[[A], TypeIs[R]], name: str | None = None) -> ThroughFlow[A, R]: ...  # type: ignore[overload-overlap]
@overload
def filter(fn: Callable[[A], object], name: str | None = None) -> Filter[A]: ...
@overload
def filter(fn: Callable[[A, B], object], name: str | None = None) -> Filter[Args2[A, B]]: ...
def filter(fn: Any, name: str | None = None) -> Any:
    """Only the items for which ``fn(item)`` is true; behind a join, ``fn(a, b)``, and what leaves is a tuple.

    Args:
        fn: called with each item.
        name: shown everywhere; left out, the function's own.
    """
    return Filter(fn, name)


class Filter(Replicable, Fallible, WithFunction, PassingFlow[In_contra]):
    """See `filter`."""

    kind = "Filter"
    default_name = "filter"
    lineage = "each"
    takes: ClassVar[frozenset[str]] = WITH_WORKERS | {"ordered"}
    passes_through = True

    def __init__(self, fn: Any, name: str | None = None) -> None:
        super().__init__(fn, name)

    @property
    def rate(self) -> Rate:
        """One for one, or none."""
        return Rate(1, 1, may_drop=True)

    def step(self, context: StepContext) -> Step:
        """Ask the function."""
        return FilterStep(self.functor, self.options.init_kwargs)


class FilterStep(Step):
    """Keeps nothing."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item, or nothing."""
        return (whole(args),) if no_coroutine(self._call(*args)) else ()

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()
