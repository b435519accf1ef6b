"""Sink: where items end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipeflow.pipes._base import WITH_INPUT, Options, Pipe, Rate, Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.pipes.functors import bound, is_coroutine
from pipeflow.shapes import In_contra, InFlow
from pipeflow.streams import Stream


class Sink(Pipe, InFlow[In_contra]):
    """Calls its functor with each item; what that returns is not used.

    What a class functor's ``local_term`` returns is in ``report.results[name]``, one value for each worker.

    Args:
        functor: a function, an ``async def`` function, or an object of a class with ``run``.
        name: shown everywhere; left out, the functor's own name.
        upstreams: the streams it reads (documented classes).
        ignore_exceptions: exception classes that skip the item, counted in the report.
        init_kwargs: keyword arguments of ``local_init``, or of the functor when it has none.

    Raises:
        CompositionError: when the functor can't be called.
    """

    kind = "Sink"
    has_output = False
    takes = WITH_INPUT | {"n_processes", "concurrency", "on_crash", "idempotent", "readonly"}

    def __init__(
        self,
        functor: Any,
        name: str | None = None,
        upstreams: Sequence[Stream] | None = None,
        ignore_exceptions: Sequence[type[BaseException]] | None = None,
        init_kwargs: Any = None,
    ) -> None:
        options = Options(
            ignore_exceptions=None if ignore_exceptions is None else tuple(ignore_exceptions),
            init_kwargs=init_kwargs,
        )
        super().__init__(functor, name, upstreams, None, options)

    @property
    def rate(self) -> Rate:
        """Nothing leaves."""
        return Rate(1, 0)

    def step(self, context: StepContext) -> Step:
        """Call the functor."""
        if is_coroutine(self.functor):
            return ConcurrentStep(self.functor, self.options, context, sends=False)
        return SinkStep(self.functor, self.options.init_kwargs)


class SinkStep(Step):
    """Calls, and sends nothing."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)
        self.each = self._call

    def feed(self, *args: Any) -> Iterable[Any]:
        """Call the functor with the item."""
        self._call(*args)
        return ()

    def close(self) -> Any:
        """The functor's ``local_term``: the sink's result."""
        return self._term()
