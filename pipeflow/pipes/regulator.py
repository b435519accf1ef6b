"""Regulator: a coroutine that takes items with ``x = yield`` and sends any number."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

from typing_extensions import Unpack

from pipeflow.markers import EndOfStream
from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.abilities import Fallible
from pipeflow.pipes.functors import bound
from pipeflow.pipes.options import UNKNOWN_RATE, WITH_INPUT, Options, as_tuple
from pipeflow.pipes.steps import end, whole
from pipeflow.shapes import In_contra, Out_co, ThroughFlow
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import A, B, Given, Makes, R
    from pipeflow.pipes.functor_types import SaidOfRegulator as Said
    from pipeflow.shapes import Args2, Nobody


class Regulator(Fallible, ThroughFlow[In_contra, Out_co]):
    """Changes how many items there are: batching, accumulating, breaking up.

    The coroutine receives an item where it yields nothing (``x = yield``) and sends every other value that it
    yields. It is started again when it finishes. At the end of the input `EndOfStream` is thrown at its
    ``yield``, so that it can send what it still holds.

    Args:
        functor: a coroutine (generator) function, or an object of a class whose ``run`` is one.
        name: shown everywhere; left out, the functor's own name.
        upstreams: the streams it reads (documented classes).
        downstreams: the streams it writes (documented classes).
        ignore_exceptions: exception classes that skip the item; the coroutine is started again.
        init_kwargs: keyword arguments of the coroutine function (of ``local_init`` where there is one).
        rate: how many items leave for those that enter, where you can promise it.

    Raises:
        CompositionError: when the functor can't be called.
    """

    kind = "Regulator"
    takes: ClassVar[frozenset[str]] = (WITH_INPUT - {"retries"}) | {"rate", "independent"}
    replicable = (
        "a Regulator keeps what it has received between items, so several workers would each see "
        "only some of them. Replicate the pipes around it, or, if it deals with each item alone, say so:  "
        "with_(independent=True, n_processes=...)"
    )

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Regulator[Any, R],
            functor: Callable[..., Generator[R | None, Nobody, Any]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        # What is joined reaches a coroutine as one tuple.
        @overload
        def __init__(
            self: Regulator[tuple[A, B] | Args2[A, B], R],
            functor: Callable[..., Generator[R | None, tuple[A, B], Any]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Regulator[A, R],
            functor: Callable[..., Generator[R | None, A, Any]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Regulator[Any, R],
            functor: Callable[..., Iterable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Regulator[A, R],
            functor: Makes[Generator[R | None, A, Any]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        def __init__(self, functor: Any, *given: Any, **said: Any) -> None: ...

    else:

        def __init__(
            self,
            functor: Any,
            name: str | None = None,
            upstreams: Sequence[Stream] | None = None,
            downstreams: Sequence[Stream] | None = None,
            ignore_exceptions: Sequence[type[BaseException]] | None = None,
            init_kwargs: Any = None,
            *,
            rate: Rate | None = None,
        ) -> None:
            options = Options(
                ignore_exceptions=as_tuple(ignore_exceptions), init_kwargs=init_kwargs, rate=rate
            )
            super().__init__(functor, name, upstreams, downstreams, options)

    @property
    def rate(self) -> Rate:
        """Unknown unless declared."""
        return self.options.rate or UNKNOWN_RATE

    def step(self, context: StepContext) -> Step:
        """Send each item to the coroutine."""
        return RegulatorStep(self.functor, self.options.init_kwargs)


class RegulatorStep(Step):
    """Keeps one coroutine waiting at a ``yield`` and starts the next when it finishes."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)
        self._coroutine: Generator[Any, Any, Any] | None = None

    def feed(self, *args: Any) -> Iterator[Any]:
        """What the coroutine yields until it waits for input again."""
        coroutine = self._waiting()
        try:
            value = coroutine.send(whole(args))
            while value is not None:
                yield value
                value = next(coroutine)
        except StopIteration:
            self._coroutine = None
        except BaseException:
            # GeneratorExit (nobody wants the rest) or an exception of the coroutine, which has ended it.
            self._coroutine = None
            coroutine.close()
            raise

    def finish(self) -> Iterable[Any]:
        """What the coroutine sends when it is told that the input has ended."""
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is None:
            coroutine = self._started()
        try:
            value = coroutine.throw(EndOfStream())
            while value is not None:
                yield value
                value = next(coroutine)
        except (StopIteration, EndOfStream):
            pass
        finally:
            coroutine.close()

    def close(self) -> Any:
        """End the coroutine (its ``finally`` runs), then the functor."""
        coroutine, self._coroutine = self._coroutine, None
        try:
            end(coroutine)
        finally:
            result = self._term()
        return result

    def _waiting(self) -> Generator[Any, Any, Any]:
        if self._coroutine is None:
            self._coroutine = self._started()
        return self._coroutine

    def _started(self) -> Generator[Any, Any, Any]:
        coroutine = self._call()
        if not inspect.isgenerator(coroutine):
            raise TypeError(
                f"a Regulator's functor must be a coroutine function (x = yield), it returned {coroutine!r}"
            )
        try:
            first = next(coroutine)
        except StopIteration:
            raise TypeError(
                "the Regulator's coroutine finished without ever waiting for input (x = yield)"
            ) from None
        if first is not None:
            raise TypeError(
                f"the Regulator's coroutine yielded {first!r} before it received anything (x = yield)"
            )
        return coroutine
