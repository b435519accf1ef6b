"""Regulator: a coroutine that takes items with ``x = yield`` and sends any number."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

from pipeflow.markers import EndOfStream
from pipeflow.pipes._base import UNKNOWN_RATE, WITH_INPUT, Options, Pipe, Rate, Step, StepContext
from pipeflow.pipes.functors import bound
from pipeflow.shapes import In_contra, Out_co, ThroughFlow
from pipeflow.streams import Stream


class Regulator(Pipe, ThroughFlow[In_contra, Out_co]):
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
    takes = (WITH_INPUT - {"retries"}) | {"rate"}
    replicable = (
        "a Regulator keeps what it has received between items, so several workers would each see "
        "only some of them. Replicate the pipes around it instead"
    )

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
            ignore_exceptions=None if ignore_exceptions is None else tuple(ignore_exceptions),
            init_kwargs=init_kwargs,
            rate=rate,
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
            value = coroutine.send(args[0] if len(args) == 1 else args)
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
        if coroutine is not None:
            coroutine.close()
        return self._term()

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
