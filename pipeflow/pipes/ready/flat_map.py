"""flat_map: any number of results for each item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, overload

from pipeflow import hints
from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.abilities import Fallible, Replicable
from pipeflow.pipes.functors import bound, has_method
from pipeflow.pipes.options import WITH_WORKERS
from pipeflow.pipes.ready._base import WithFunction
from pipeflow.pipes.steps import end
from pipeflow.shapes import In_contra, Out_co, ThroughFlow

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import A, B, R
    from pipeflow.shapes import Args2, Nobody, V


@overload
def flat_map(fn: Callable[[A], Nobody], name: str | None = None) -> FlatMap[A, Any]: ...
@overload
def flat_map(fn: Callable[[A], Iterable[V]], name: str | None = None) -> FlatMap[A, V]: ...
@overload
def flat_map(fn: Callable[[A], Iterable[R | None]], name: str | None = None) -> FlatMap[A, R]: ...
@overload
def flat_map(
    fn: Callable[[A, B], Iterable[R | None]], name: str | None = None
) -> FlatMap[Args2[A, B], R]: ...
def flat_map(fn: Any, name: str | None = None) -> Any:
    """Everything that ``fn(item)`` yields (or the items of what it returns), one by one; None sends nothing.

    Args:
        fn: a generator function of an item, or a function that returns an iterable.
        name: shown everywhere; left out, the function's own.
    """
    return FlatMap(fn, name)


class FlatMap(Replicable, Fallible, WithFunction, ThroughFlow[In_contra, Out_co]):
    """See `flat_map`."""

    kind = "FlatMap"
    default_name = "flat_map"
    lineage = "each"
    takes: ClassVar[frozenset[str]] = WITH_WORKERS | {"ordered", "rate"}

    def __init__(self, fn: Any, name: str | None = None) -> None:
        super().__init__(fn, name)

    def reshaped(self, received: Any) -> Any:
        """What the function's results have inside; None is never sent."""
        return hints.strip_none(hints.item_type(self.facts.returns))

    @property
    def rate(self) -> Rate:
        """As many as the function makes."""
        return self.options.rate or Rate(1, None)

    def step(self, context: StepContext) -> Step:
        """Call the function."""
        return FlatMapStep(self.functor, self.options.init_kwargs)


class FlatMapStep(Step):
    """Keeps the results of the item in hand, to end them."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)
        self._results: Iterator[Any] | None = None

    def feed(self, *args: Any) -> Iterable[Any]:
        """The function's results for the item."""
        results: Iterable[Any] | None = self._call(*args)
        if results is None:
            return ()
        if not has_method(results, "__iter__") or isinstance(results, (str, bytes)):
            raise TypeError(
                f"flat_map's function must yield its results or return a list of them, not {results!r}"
            )
        self._results = iter(results)
        return self._results

    def close(self) -> Any:
        """End the generator in hand (its ``finally`` runs), then the functor."""
        try:
            end(self._results)
        finally:
            result = self._term()
        return result
