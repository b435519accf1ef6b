"""Source: where items come from."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

from typing_extensions import Unpack

from pipeflow.errors import CompositionError
from pipeflow.markers import Sentinel
from pipeflow.pipes._base import Pipe, Rate, Step, StepContext
from pipeflow.pipes.functors import bound, has_method
from pipeflow.pipes.options import COMMON, UNKNOWN_RATE, Options, as_tuple
from pipeflow.pipes.started import Rest, is_iterator
from pipeflow.pipes.steps import end
from pipeflow.shapes import Out_co, OutFlow
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import Given, Items, Makes, Maybe, R
    from pipeflow.pipes.functor_types import SaidOfSource as Said
    from pipeflow.shapes import Nobody, V


_SOURCES = ("run", "__iter__", "__next__", "__aiter__")


class Source(Pipe, OutFlow[Out_co]):
    """Makes the items of a graph.

    Args:
        functor: a generator function, an iterable, a dataset with ``__len__`` and ``__getitem__``, any
            callable that returns one of these, a started generator or another iterator (which gives its
            items once), an async generator function, or an object of a class whose ``run`` is one of these.
        name: shown everywhere; left out, the functor's own name.
        downstreams: the streams it writes (documented classes).
        ignore_exceptions: exception classes that skip an item. A generator is ended by its exception, so
            only sources whose ``__next__`` can go on profit from it.
        init_kwargs: keyword arguments of ``local_init``, or of the functor when it has none.
        total: how many items it will make, for progress.

    Raises:
        CompositionError: when the functor is nothing that items could come from.
    """

    kind = "Source"
    has_input = False
    takes: ClassVar[frozenset[str]] = COMMON | {"total", "rate"}
    rest: Rest
    """What an iterator has left, when it is the functor."""
    replicable = (
        "a source can't be replicated, every worker would make the same items. "
        "Use several sources,  (s1 | s2) , or spread the work behind it,  source >> work * 3"
    )

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Source[Any], functor: Callable[..., Nobody], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Source[V], functor: Callable[..., Items[V]], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Source[R], functor: Callable[..., Maybe[R]], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(self: Source[V], functor: Items[V], *given: Given, **said: Unpack[Said]) -> None: ...
        @overload
        def __init__(self: Source[R], functor: Maybe[R], *given: Given, **said: Unpack[Said]) -> None: ...
        @overload
        def __init__(
            self: Source[V], functor: Makes[Items[V]], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Source[R], functor: Makes[Maybe[R]], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        def __init__(self, functor: Any, *given: Any, **said: Any) -> None: ...

    else:

        def __init__(
            self,
            functor: Any,
            name: str | None = None,
            downstreams: Sequence[Stream] | None = None,
            ignore_exceptions: Sequence[type[BaseException]] | None = None,
            init_kwargs: Any = None,
            *,
            total: int | None = None,
        ) -> None:
            options = Options(
                ignore_exceptions=as_tuple(ignore_exceptions), init_kwargs=init_kwargs, total=total
            )
            self.rest = Rest(functor)
            super().__init__(functor, name, None, downstreams, options)

    def check_functor(self) -> None:
        """Anything that can be called or iterated, or has ``run``."""
        functor = self.functor
        if callable(functor) or any(has_method(functor, name) for name in _SOURCES) or is_numbered(functor):
            return
        more = "; beside  __getitem__  it needs  __len__" if has_method(functor, "__getitem__") else ""
        raise CompositionError(
            f"{self.label_with_place}: its functor {functor!r} is nothing that items could come from. "
            f"Give it a generator function or an iterable{more}"
        )

    @property
    def rate(self) -> Rate:
        """A source starts its stream."""
        return self.options.rate or UNKNOWN_RATE

    @property
    def total(self) -> int | None:
        """How many items it will make, where that is known."""
        if self.options.total is not None:
            return self.options.total
        try:
            return len(self.functor)
        except Exception:  # noqa: BLE001 - a user's __len__ may do anything
            return None

    def step(self, context: StepContext) -> Step:
        """Iterate the functor."""
        return SourceStep(self.functor, self.options.init_kwargs, self.rest)


class SourceStep(Step):
    """Everything happens in `start`; a started generator's ``finally`` runs in `close`."""

    def __init__(self, functor: Any, init_kwargs: Any, rest: Rest) -> None:
        self._functor = functor
        self._rest = rest if rest.of is functor and is_iterator(functor) else None
        self._term: Any = None
        if callable(functor) or has_method(functor, "run"):
            call, self._term = bound(functor, init_kwargs)
            self._functor = call()
        self._items: Any = None

    def start(self) -> Iterable[Any]:
        """The source's items, up to its end or to the documented `Sentinel`."""
        made = self._functor
        if has_method(made, "__aiter__"):
            made = _synchronous(made)
        elif is_numbered(made):
            made = map(made.__getitem__, range(len(made)))  # goes on after an exception, as no generator does
        elif not has_method(made, "__iter__") and not has_method(made, "__next__"):
            raise TypeError(f"a source's functor must return an iterable of items, not {made!r}")
        if self._rest is not None and not inspect.isgenerator(made):
            self._items = self._rest.items(made)
        else:
            self._items = iter(made) if has_method(made, "__iter__") else made
        return UpToSentinel(self._items)

    def close(self) -> Any:
        """End the generator, then the functor."""
        try:
            end(self._items)
        finally:
            result = self._term() if self._term is not None else None
        return result


class UpToSentinel:
    """Not a generator: an exception of the user's iterator must not end it."""

    def __init__(self, items: Iterator[Any]) -> None:
        self.items = items

    def __iter__(self) -> UpToSentinel:
        return self

    def __next__(self) -> Any:
        item = next(self.items)
        if item is Sentinel:
            raise StopIteration
        return item

    @property
    def ended(self) -> bool:
        """Whether an exception has ended the user's generator, so that there is nothing to go on with."""
        return inspect.isgenerator(self.items) and self.items.gi_frame is None


def is_numbered(value: object) -> bool:
    """A map-style dataset, as torch's are: its items have numbers, and it is no iterable."""
    return (
        has_method(value, "__len__")
        and has_method(value, "__getitem__")
        and not any(has_method(value, name) for name in ("__iter__", "__next__", "__aiter__"))
    )


def _synchronous(items: AsyncIterator[Any]) -> Iterator[Any]:
    """An async iterator pulled on an event loop of its own."""
    import asyncio  # only where it is needed: it takes a fifth of the time to import us

    loop = asyncio.new_event_loop()
    stream = items.__aiter__()
    try:
        while True:
            try:
                item = loop.run_until_complete(_next(stream))
            except StopAsyncIteration:
                return
            yield item
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            loop.run_until_complete(close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _next(stream: AsyncIterator[Any]) -> Any:
    return await stream.__anext__()
