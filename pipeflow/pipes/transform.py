"""Transform: one result for each input (or none, when it returns None)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from typing_extensions import ParamSpec

from pipeflow.flow import Flow
from pipeflow.pipes._base import ONE_TO_ONE, WITH_INPUT, Options, Pipe, Rate, Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.pipes.functors import Deferred, bound, is_coroutine
from pipeflow.shapes import In_contra, Out_co, ThroughFlow
from pipeflow.streams import Stream

P = ParamSpec("P")


class Transform(Pipe, ThroughFlow[In_contra, Out_co]):
    """Calls its functor with each item and sends what it returns; None sends nothing.

    Behind round brackets the functor is called with one argument for each of them.

    Args:
        functor: a function, an ``async def`` function, or an object of a class with ``run`` (and, if wanted,
            ``local_init(**init_kwargs)``, called once in the worker, and ``local_term()``).
        name: shown everywhere; left out, the functor's own name.
        upstreams: the streams it reads (documented classes).
        downstreams: the streams it writes (documented classes).
        ignore_exceptions: exception classes that skip the item, counted in the report.
        init_kwargs: keyword arguments of ``local_init``, or of the functor when it has none.

    Raises:
        CompositionError: when the functor can't be called.
    """

    kind = "Transform"
    takes = WITH_INPUT | {"n_processes", "ordered", "concurrency", "on_crash", "readonly", "rate"}

    def __init__(
        self,
        functor: Any,
        name: str | None = None,
        upstreams: Sequence[Stream] | None = None,
        downstreams: Sequence[Stream] | None = None,
        ignore_exceptions: Sequence[type[BaseException]] | None = None,
        init_kwargs: Any = None,
    ) -> None:
        options = Options(
            ignore_exceptions=None if ignore_exceptions is None else tuple(ignore_exceptions),
            init_kwargs=init_kwargs,
        )
        super().__init__(functor, name, upstreams, downstreams, options)

    @classmethod
    def of(cls, build: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> Transform[Any, Any]:
        """A Transform whose functor is built inside each worker: ``Transform.of(Model, "weights.pt")``.

        Args:
            build: a class or function that makes the functor.
            args: its arguments; they travel to the worker, the functor itself never does.
            kwargs: its keyword arguments.
        """
        return cls(Deferred(build, args, kwargs))

    @property
    def rate(self) -> Rate:
        """One for one."""
        return self.options.rate or ONE_TO_ONE

    def step(self, context: StepContext) -> Step:
        """Call the functor."""
        if is_coroutine(self.functor):
            return ConcurrentStep(self.functor, self.options, context)
        return TransformStep(self.functor, self.options.init_kwargs)


class TransformStep(Step):
    """``feed`` is one call, so that an exception of the functor ends nothing but this item."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)
        self.each = self._call

    def feed(self, *args: Any) -> Iterable[Any]:
        """The functor's result."""
        return (self._call(*args),)

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()


Flow.wrap_function = Transform
