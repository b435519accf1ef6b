"""Switch: sends each item to the one branch that a function names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, overload

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.abilities import Fallible, Replicable
from pipeflow.pipes.functors import bound, is_coroutine, no_coroutine
from pipeflow.pipes.options import WITH_INPUT
from pipeflow.pipes.steps import whole
from pipeflow.shapes import In_contra, PassingFlow

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import A, B, Makes, Runs1
    from pipeflow.shapes import Args2


class Chosen(NamedTuple):
    """An item with the key of the branch it goes to; only between a Switch and its router."""

    key: Any
    item: Any


class Switch(Replicable, Fallible, PassingFlow[In_contra]):
    """Names the branch of each item; curly brackets follow: ``Switch(fn) >> {True: a, False: b}``.

    Args:
        functor: called with the item; returns the key of a branch, or None to drop the item.
        name: shown everywhere; left out, the functor's own name.
        default: the key of the branch that takes items whose key names none.
    """

    kind = "Switch"
    takes: ClassVar[frozenset[str]] = WITH_INPUT | {"n_processes", "on_crash"}
    chooses = True
    passes_through = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Switch[A], functor: Callable[[A], object], name: str | None = None, *, default: Any = None
        ) -> None: ...
        @overload
        def __init__(
            self: Switch[A], functor: Runs1[A, object], name: str | None = None, *, default: Any = None
        ) -> None: ...
        @overload
        def __init__(
            self: Switch[Args2[A, B]],
            functor: Callable[[A, B], object],
            name: str | None = None,
            *,
            default: Any = None,
        ) -> None: ...
        @overload
        def __init__(
            self: Switch[Any],
            functor: Callable[..., object] | Makes[object],
            name: str | None = None,
            *,
            default: Any = None,
        ) -> None: ...

    def __init__(self, functor: Any, name: str | None = None, *, default: Any = None) -> None:
        self.default = default
        super().__init__(functor, name)

    def check_functor(self) -> None:
        """Anything that can be called, but no ``async def``: what it returns would name no branch."""
        super().check_functor()
        if is_coroutine(self.functor):
            raise CompositionError(
                f"{self.label_with_place}: Switch calls a plain function, not an  async def . Let a "
                "Transform wait in front of it:  Transform(f).with_(concurrency=8) >> Switch(choose)"
            )

    def step(self, context: StepContext) -> Step:
        """Name the branch."""
        return SwitchStep(self.functor, self.options.init_kwargs)


class SwitchStep(Step):
    """The item leaves as `Chosen`; the router of the run loop takes it apart."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item with its branch's key."""
        key = no_coroutine(self._call(*args))
        return () if key is None else (Chosen(key, whole(args)),)

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()
