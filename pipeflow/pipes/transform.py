"""Transform: one result for each input (or none, when it returns None).

Long for its overloads: what a functor takes and sends is read off it by the type checkers, for one to four
arguments, with a result that is Any, awaited, a union, None or optional (in this order: see ``shapes.pyi``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, overload

from typing_extensions import ParamSpec, Unpack

from pipeflow.errors import CompositionError
from pipeflow.expression import Described
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.abilities import Fallible, Replicable
from pipeflow.pipes.functors import Deferred, bound, has_method, is_coroutine, no_coroutine
from pipeflow.pipes.options import WITH_WORKERS, Options, as_tuple
from pipeflow.shapes import In_contra, Out_co, ThroughFlow
from pipeflow.spelling import short, spell
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import (
        A,
        B,
        C,
        D,
        Given,
        Makes,
        Nothing,
        Optional1,
        Optional2,
        R,
        Runs1,
        Runs2,
        Runs3,
    )
    from pipeflow.pipes.functor_types import SaidOfTransform as Said
    from pipeflow.shapes import Args2, Args3, Args4, Nobody, V

P = ParamSpec("P")


class Transform(Replicable, Fallible, ThroughFlow[In_contra, Out_co]):
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
    lineage = "each"
    takes: ClassVar[frozenset[str]] = WITH_WORKERS | {"ordered", "concurrency", "rate"}

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Transform[A, Any], functor: Callable[[A], Nobody], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, R],
            functor: Callable[[A], Awaitable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, V], functor: Callable[[A], V], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, Any], functor: Callable[[A], Nothing], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, R], functor: Callable[[A], R | None], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], Any],
            functor: Callable[[A, B], Nobody],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], R],
            functor: Callable[[A, B], Awaitable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], V], functor: Callable[[A, B], V], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], Any],
            functor: Callable[[A, B], Nothing],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], R],
            functor: Callable[[A, B], R | None],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], Any],
            functor: Callable[[A, B, C], Nobody],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], R],
            functor: Callable[[A, B, C], Awaitable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], V],
            functor: Callable[[A, B, C], V],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], Any],
            functor: Callable[[A, B, C], Nothing],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], R],
            functor: Callable[[A, B, C], R | None],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args4[A, B, C, D], Any],
            functor: Callable[[A, B, C, D], Nobody],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args4[A, B, C, D], R],
            functor: Callable[[A, B, C, D], Awaitable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args4[A, B, C, D], V],
            functor: Callable[[A, B, C, D], V],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args4[A, B, C, D], Any],
            functor: Callable[[A, B, C, D], Nothing],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args4[A, B, C, D], R],
            functor: Callable[[A, B, C, D], R | None],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, Any], functor: Runs1[A, Nobody], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, R], functor: Runs1[A, Awaitable[R | None]], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, V], functor: Runs1[A, V], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, Any], functor: Runs1[A, Nothing], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, R], functor: Runs1[A, R | None], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], Any],
            functor: Runs2[A, B, Nobody],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], R],
            functor: Runs2[A, B, Awaitable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], V], functor: Runs2[A, B, V], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], Any],
            functor: Runs2[A, B, Nothing],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], R],
            functor: Runs2[A, B, R | None],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], Any],
            functor: Runs3[A, B, C, Nobody],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], R],
            functor: Runs3[A, B, C, Awaitable[R | None]],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], V],
            functor: Runs3[A, B, C, V],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], Any],
            functor: Runs3[A, B, C, Nothing],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args3[A, B, C], R],
            functor: Runs3[A, B, C, R | None],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        # Last, without a result: lambdas with conditions or defaults, which mypy can't match with the above.
        @overload
        def __init__(
            self: Transform[Any, Any], functor: Optional1, *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(  # type: ignore[overload-cannot-match]
            self: Transform[Any, Any], functor: Optional2, *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[A, Any], functor: Callable[[A], Any], *given: Given, **said: Unpack[Said]
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Args2[A, B], Any],
            functor: Callable[[A, B], Any],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Any, Any],
            functor: Callable[Concatenate[Any, Any, Any, Any, Any, ...], Any],
            *given: Given,
            **said: Unpack[Said],
        ) -> None: ...
        @overload
        def __init__(
            self: Transform[Any, Any], functor: Makes[Any], *given: Given, **said: Unpack[Said]
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
        ) -> None:
            options = Options(ignore_exceptions=as_tuple(ignore_exceptions), init_kwargs=init_kwargs)
            super().__init__(functor, name, upstreams, downstreams, options)

    if TYPE_CHECKING:

        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Runs1[A, Awaitable[R | None]]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[A, R]: ...
        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Runs1[A, V]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[A, V]: ...
        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Runs1[A, R | None]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[A, R]: ...
        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Runs2[A, B, R | None]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[Args2[A, B], R]: ...
        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Callable[[A], R | None]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[A, R]: ...
        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Callable[[A, B], R | None]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[Args2[A, B], R]: ...
        @overload
        @classmethod
        def of(
            cls, build: Callable[P, Runs3[A, B, C, R | None]], /, *args: P.args, **kwargs: P.kwargs
        ) -> Transform[Args3[A, B, C], R]: ...
        @classmethod
        def of(cls, build: Any, /, *args: Any, **kwargs: Any) -> Any:
            """A Transform whose functor is built inside each worker."""

    else:

        @classmethod
        def of(cls, build: Any, /, *args: Any, **kwargs: Any) -> Transform:
            """A Transform whose functor is built inside each worker: ``Transform.of(Model, "weights.pt")``.

            Args:
                build: a class or function that makes the functor.
                args: its arguments; they travel to the worker, the functor itself never does.
                kwargs: its keyword arguments.
            """
            return cls(Deferred(build, args, kwargs))

    def check_functor(self) -> None:
        """Something to call, or something that makes it."""
        super().check_functor()
        if type(self.functor) is Deferred:
            _check_build(self.label_with_place, self.functor.build)

    def step(self, context: StepContext) -> Step:
        """Call the functor."""
        if is_coroutine(self.functor):
            from pipeflow.pipes.concurrent import ConcurrentStep  # for few pipes only

            return ConcurrentStep(self.functor, self.options, context)
        return TransformStep(self.functor, self.options.init_kwargs)


_TAKES = "Transform.of takes a class or a function that makes a functor"


def _check_build(pipe: str, build: Any) -> None:
    if issubclass(type(build), Described):
        raise CompositionError(f"{pipe}: {_TAKES}, and this is a pipe already: write  ... >> {spell(build)}")
    if not callable(build):
        kind = type(build).__name__
        made = has_method(build, "run")
        use = (
            f"Transform.of({kind}, ...) , or for this object  Transform(obj)"
            if made
            else "Transform.of(K, ...)"
        )
        raise CompositionError(f"{pipe}: {_TAKES}, and {short(build)} can't be called. Write  {use}")


class TransformStep(Step):
    """``feed`` is one call, so that an exception of the functor ends nothing but this item."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)
        self.each = self._call

    def feed(self, *args: Any) -> Iterable[Any]:
        """The functor's result."""
        return (no_coroutine(self._call(*args)),)

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()


Described.wrap_function = Transform
