"""window: the last n items, again and again."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

from pipeflow import hints
from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.ready._base import Remembers, WithoutFunctor
from pipeflow.pipes.steps import whole
from pipeflow.shapes import ThroughFlow

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import R


def window(n: int, step: int = 1, name: str | None = None) -> Window:
    """Lists of `n` neighbouring items, each beginning `step` items after the one before; whole windows only.

    Args:
        n: how many items a window has.
        step: how many items later the next one begins; more than `n` leaves items out.
        name: shown everywhere.

    Raises:
        CompositionError: when `n` or `step` is no whole number of at least 1.
    """
    return Window(n, step, name)


class Window(Remembers, WithoutFunctor, ThroughFlow[Any, list[Any]]):
    """See `window`."""

    kind = "Window"
    default_name = "window"

    def __init__(self, n: int, step: int = 1, name: str | None = None) -> None:
        self.n: int = n
        self.every: int = step
        super().__init__(name)
        self.check_number("n", n)
        self.check_number("step", step)

    if TYPE_CHECKING:

        def reshape(self, item: R, /) -> list[R]:
            """What type checkers make of it."""
            ...

    def reshaped(self, received: Any) -> Any:
        """A list of what enters."""
        return list[Any] if received is hints.UNKNOWN else list[received]

    @property
    def rate(self) -> Rate:
        """One window for `step` items, but none before the first is full."""
        return Rate(self.every, None)

    @property
    def counts_as(self) -> Hashable:
        """As many windows leave as behind any other window of this size and step."""
        return ("window", self.n, self.every)

    def step(self, context: StepContext) -> Step:
        """Remember."""
        return WindowStep(self.n, self.every)


class WindowStep(Step):
    """Holds the last n items."""

    def __init__(self, n: int, every: int) -> None:
        self._held: deque[Any] = deque(maxlen=n)
        self._every = every
        self._until_next = n

    def feed(self, *args: Any) -> Iterable[Any]:
        """A window when it is full and its turn has come."""
        self._held.append(whole(args))
        self._until_next -= 1
        if self._until_next:
            return ()
        self._until_next = self._every
        return (list(self._held),)
