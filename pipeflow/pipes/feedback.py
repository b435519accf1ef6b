"""Feedback: the declared place where a loop's items wait."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import Pipe, Step, StepContext
from pipeflow.pipes.functors import has_method
from pipeflow.pipes.options import WITHOUT_FUNCTOR, Options
from pipeflow.pipes.steps import whole
from pipeflow.shapes import LoopFlow, T


class Feedback(Pipe, LoopFlow[T]):
    """Closes a loop: on the left of ``>>`` it gives items, on the right it takes them back.

    ``(src | loop) >> step >> Switch(done) >> {True: out, False: loop}``. The loop ends when the sources have
    ended and nothing is in flight any more.

    Args:
        init: items that are in the loop before anything runs.
        buffer_size: how many items may wait in it.
        name: shown everywhere.

    Raises:
        CompositionError: when `init` is no list of items.
    """

    kind = "Feedback"
    default_name = "loop"
    takes = WITHOUT_FUNCTOR
    closes_loops = True
    passes_through = True
    replicable = "a Feedback is one place where a loop's items wait. Replicate the pipes in the loop"

    def __init__(
        self, init: Iterable[T] = (), buffer_size: int | None = None, name: str | None = None
    ) -> None:
        if isinstance(init, (str, bytes)) or not has_method(init, "__iter__"):
            raise CompositionError(
                f"Feedback(init={init!r}): init is a list of items,  Feedback(init=[{init!r}])"
            )
        self.init: tuple[Any, ...] = tuple(init)
        super().__init__(None, name, None, None, Options(buffer_size=buffer_size))

    def check_functor(self) -> None:
        """A Feedback has no functor."""

    def step(self, context: StepContext) -> Step:
        """Send `init`, then what comes back."""
        return FeedbackStep(self.init)


class FeedbackStep(Step):
    """Passes items through."""

    def __init__(self, init: tuple[Any, ...]) -> None:
        self._init = init

    def start(self) -> Iterable[Any]:
        """The items the loop begins with."""
        return self._init

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item, on its way round again."""
        return (whole(args),)
