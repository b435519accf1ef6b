"""Sink: where items end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, overload

from typing_extensions import Unpack

from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.abilities import Fallible, Replicable
from pipeflow.pipes.functors import bound, is_coroutine, no_coroutine
from pipeflow.pipes.options import NOTHING_LEAVES, WITH_WORKERS, Options, as_tuple
from pipeflow.shapes import In_contra, InFlow
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import A, B, C, D, Given, Makes, Runs1, Runs2, Runs3
    from pipeflow.pipes.functor_types import SaidOfSink as Said
    from pipeflow.shapes import Args2, Args3, Args4


class Sink(Replicable, Fallible, InFlow[In_contra]):
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
    takes: ClassVar[frozenset[str]] = WITH_WORKERS | {"concurrency", "idempotent"}

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Sink[A], functor: Callable[[A], object], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[Args2[A, B]], functor: Callable[[A, B], object], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[Args3[A, B, C]],
            functor: Callable[[A, B, C], object],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[Args4[A, B, C, D]],
            functor: Callable[[A, B, C, D], object],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[A], functor: Runs1[A, object], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[Args2[A, B]], functor: Runs2[A, B, object], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[Args3[A, B, C]], functor: Runs3[A, B, C, object], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Sink[Any],
            functor: Callable[Concatenate[Any, Any, Any, Any, Any, ...], Any],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(self: Sink[Any], functor: Makes[Any], *given: Given, **said: Unpack[Said]) -> None: ...
        def __init__(self, functor: Any, *given: Any, **said: Any) -> None: ...

    else:

        def __init__(
            self,
            functor: Any,
            name: str | None = None,
            upstreams: Sequence[Stream] | None = None,
            ignore_exceptions: Sequence[type[BaseException]] | None = None,
            init_kwargs: Any = None,
        ) -> None:
            options = Options(ignore_exceptions=as_tuple(ignore_exceptions), init_kwargs=init_kwargs)
            super().__init__(functor, name, upstreams, None, options)

    @property
    def rate(self) -> Rate:
        """Nothing leaves."""
        return NOTHING_LEAVES

    def step(self, context: StepContext) -> Step:
        """Call the functor."""
        if is_coroutine(self.functor):
            from pipeflow.pipes.concurrent import ConcurrentStep  # for few pipes only

            return ConcurrentStep(self.functor, self.options, context, sends=False)
        return SinkStep(self.functor, self.options.init_kwargs)


class SinkStep(Step):
    """Calls, and sends nothing."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)
        self.each = self._call

    def feed(self, *args: Any) -> Iterable[Any]:
        """Call the functor with the item."""
        no_coroutine(self._call(*args))
        return ()

    def close(self) -> Any:
        """The functor's ``local_term``: the sink's result."""
        return self._term()
