"""Decorators that make pipes of functions: source, transform, regulator, sink; bare or with options."""
# ruff: noqa: D102 - what a call does is said by the class

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, overload

from typing_extensions import ParamSpec, Self, Unpack

from pipeflow.errors import CompositionError
from pipeflow.pipes.configurable import Configurable
from pipeflow.pipes.regulator import Regulator
from pipeflow.pipes.sink import Sink
from pipeflow.pipes.source import Source
from pipeflow.pipes.transform import Transform
from pipeflow.shapes import In_contra, Out_co

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import (
        A,
        B,
        C,
        Items,
        Maybe,
        Nothing,
        Optional1,
        OptionsOfRegulator,
        OptionsOfSink,
        OptionsOfSource,
        OptionsOfTransform,
        R,
    )
    from pipeflow.shapes import Args2, Args3, Nobody, V

P = ParamSpec("P", default=...)


class SourceFunction(Configurable, Source[Out_co], Generic[Out_co, P]):
    """A decorated generator function (or function that returns an iterable)."""

    settings_are_keywords = False

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Source[Out_co]: ...


class TransformFunction(Configurable, Transform[In_contra, Out_co], Generic[In_contra, Out_co, P]):
    """A decorated function of items."""

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Transform[In_contra, Out_co]: ...


class RegulatorFunction(Configurable, Regulator[In_contra, Out_co], Generic[In_contra, Out_co, P]):
    """A decorated coroutine function."""

    settings_are_keywords = False

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Regulator[In_contra, Out_co]: ...


class SinkFunction(Configurable, Sink[In_contra], Generic[In_contra, P]):
    """A decorated function that items end in."""

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Sink[In_contra]: ...


class _Decorator:
    """Made once for each kind; given options, it is another one that remembers them."""

    word: ClassVar[str] = ""
    makes: ClassVar[type[Configurable]]

    def __init__(self, **options: Any) -> None:
        self._options = options

    if not TYPE_CHECKING:

        def __call__(self, functor: Any = None, /, **options: Any) -> Any:
            for name in options:
                if name not in self.makes.takes | {"name", "n_processes"}:
                    raise CompositionError(f"@{self.word}({name}=...): {self.makes.no_such_option(name)}")
            if functor is None:
                return type(self)(**{**self._options, **options})
            pipe = self.makes(functor)
            pipe.__doc__ = functor.__doc__
            options = dict(self._options)
            if "name" in options:
                pipe.check_name(options["name"])
                pipe.own_name = options.pop("name")
            return pipe.with_(**options) if options else pipe


class SourceDecorator(_Decorator):
    """``@source``: a generator function, or one that returns an iterable, as a `Source`.

    All its parameters are settings: ``rows("data/*.npy")`` is the source with that path.
    """

    word = "source"
    makes: ClassVar[type[Configurable]] = SourceFunction

    if TYPE_CHECKING:

        @overload
        def __call__(self, functor: Callable[P, Nobody], /) -> SourceFunction[Any, P]: ...
        @overload
        def __call__(self, functor: Callable[P, Items[V]], /) -> SourceFunction[V, P]: ...
        @overload
        def __call__(self, functor: Callable[P, Maybe[R]], /) -> SourceFunction[R, P]: ...
        @overload
        def __call__(self, /, **options: Unpack[OptionsOfSource]) -> Self: ...
        def __call__(self, *args: Any, **options: Any) -> Any: ...


class TransformDecorator(_Decorator):
    """``@transform``: a function of an item (of several, behind round brackets) as a `Transform`.

    Its keyword-only parameters are settings: ``scale(factor=2.0)`` is the transform with that factor.
    """

    word = "transform"
    makes: ClassVar[type[Configurable]] = TransformFunction

    if TYPE_CHECKING:

        @overload
        def __call__(self, functor: Optional1, /) -> TransformFunction[Any, Any, ...]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, C, P], Nobody], /
        ) -> TransformFunction[Args3[A, B, C], Any, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, C, P], Awaitable[R | None]], /
        ) -> TransformFunction[Args3[A, B, C], R, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, C, P], V], /
        ) -> TransformFunction[Args3[A, B, C], V, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, C, P], Nothing], /
        ) -> TransformFunction[Args3[A, B, C], Any, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, C, P], R | None], /
        ) -> TransformFunction[Args3[A, B, C], R, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, P], Nobody], /
        ) -> TransformFunction[Args2[A, B], Any, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, P], Awaitable[R | None]], /
        ) -> TransformFunction[Args2[A, B], R, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, P], V], /
        ) -> TransformFunction[Args2[A, B], V, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, P], Nothing], /
        ) -> TransformFunction[Args2[A, B], Any, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, P], R | None], /
        ) -> TransformFunction[Args2[A, B], R, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, P], Nobody], /
        ) -> TransformFunction[A, Any, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, P], Awaitable[R | None]], /
        ) -> TransformFunction[A, R, P]: ...
        @overload
        def __call__(self, functor: Callable[Concatenate[A, P], V], /) -> TransformFunction[A, V, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, P], Nothing], /
        ) -> TransformFunction[A, Any, P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, P], R | None], /
        ) -> TransformFunction[A, R, P]: ...
        @overload
        def __call__(self, /, **options: Unpack[OptionsOfTransform]) -> Self: ...
        def __call__(self, *args: Any, **options: Any) -> Any: ...


class RegulatorDecorator(_Decorator):
    """``@regulator``: a coroutine function (``x = yield``) as a `Regulator`.

    All its parameters are settings.
    """

    word = "regulator"
    makes: ClassVar[type[Configurable]] = RegulatorFunction

    if TYPE_CHECKING:

        @overload
        def __call__(
            self, functor: Callable[P, Generator[R | None, Nobody, Any]], /
        ) -> RegulatorFunction[Any, R, P]: ...
        @overload
        def __call__(
            self, functor: Callable[P, Generator[R | None, tuple[A, B], Any]], /
        ) -> RegulatorFunction[tuple[A, B] | Args2[A, B], R, P]: ...
        @overload
        def __call__(
            self, functor: Callable[P, Generator[R | None, A, Any]], /
        ) -> RegulatorFunction[A, R, P]: ...
        @overload
        def __call__(self, functor: Callable[P, Iterable[R | None]], /) -> RegulatorFunction[Any, R, P]: ...
        @overload
        def __call__(self, /, **options: Unpack[OptionsOfRegulator]) -> Self: ...
        def __call__(self, *args: Any, **options: Any) -> Any: ...


class SinkDecorator(_Decorator):
    """``@sink``: a function that items end in as a `Sink`. Its keyword-only parameters are settings."""

    word = "sink"
    makes: ClassVar[type[Configurable]] = SinkFunction

    if TYPE_CHECKING:

        @overload
        def __call__(self, functor: Optional1, /) -> SinkFunction[Any, ...]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, C, P], object], /
        ) -> SinkFunction[Args3[A, B, C], P]: ...
        @overload
        def __call__(
            self, functor: Callable[Concatenate[A, B, P], object], /
        ) -> SinkFunction[Args2[A, B], P]: ...
        @overload
        def __call__(self, functor: Callable[Concatenate[A, P], object], /) -> SinkFunction[A, P]: ...
        @overload
        def __call__(self, /, **options: Unpack[OptionsOfSink]) -> Self: ...
        def __call__(self, *args: Any, **options: Any) -> Any: ...


source: SourceDecorator = SourceDecorator()
transform: TransformDecorator = TransformDecorator()
regulator: RegulatorDecorator = RegulatorDecorator()
sink: SinkDecorator = SinkDecorator()
