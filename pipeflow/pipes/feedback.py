"""Feedback: the declared place where a loop's items wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import COMMON, ONE_TO_ONE, Options, Pipe, Rate, Step, StepContext
from pipeflow.shapes import Out_co, ThroughFlow


class Feedback(Pipe, ThroughFlow[Any, Out_co]):
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
    takes = (COMMON - {"on_error"}) | {"buffer_size"}
    closes_loops = True
    passes_through = True
    replicable = "a Feedback is one place where a loop's items wait. Replicate the pipes in the loop"

    def __init__(
        self, init: Sequence[Any] = (), buffer_size: int | None = None, name: str | None = None
    ) -> None:
        if isinstance(init, (str, bytes)) or not hasattr(type(init), "__iter__"):
            raise CompositionError(
                f"Feedback(init={init!r}): init is a list of items,  Feedback(init=[{init!r}])"
            )
        self.init = tuple(init)
        super().__init__(None, name, None, None, Options(buffer_size=buffer_size))

    def check_functor(self) -> None:
        """A Feedback has no functor."""

    @property
    def label(self) -> str:
        """The given name, else "loop"."""
        return self.given_name or "loop"

    @property
    def rate(self) -> Rate:
        """One for one."""
        return ONE_TO_ONE

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
        return (args[0] if len(args) == 1 else args,)
