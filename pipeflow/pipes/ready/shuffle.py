"""shuffle: items in another order, as far as a buffer reaches."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import Rate, Step, StepContext
from pipeflow.pipes.options import UNKNOWN_RATE, is_whole
from pipeflow.pipes.ready._base import Remembers, WithoutFunctor
from pipeflow.pipes.steps import whole
from pipeflow.shapes import PassingFlow


def shuffle(buffer: int, seed: int | None = None, name: str | None = None) -> Shuffle:
    """The same items in a random order: `buffer` items wait, and each that comes takes the place of one.

    Args:
        buffer: how many items wait; the more, the better they are mixed.
        seed: the same order every run; left out, another one each run.
        name: shown everywhere.

    Raises:
        CompositionError: when `buffer` is no whole number of at least 1, or `seed` is no whole number.
    """
    return Shuffle(buffer, seed, name)


class Shuffle(Remembers, WithoutFunctor, PassingFlow[object]):
    """See `shuffle`."""

    kind = "Shuffle"
    default_name = "shuffle"
    lineage = "kept"
    passes_through = True

    def __init__(self, buffer: int, seed: int | None = None, name: str | None = None) -> None:
        self.buffer: int = buffer
        self.seed: int | None = seed
        super().__init__(name)
        self.check_number("buffer", buffer)
        if seed is not None and not is_whole(seed):
            raise CompositionError(f"{self.label_with_place}: seed must be a whole number, not {seed!r}")

    @property
    def rate(self) -> Rate:
        """As many leave as enter, but not in an order that a join could pair them by."""
        return UNKNOWN_RATE

    def step(self, context: StepContext) -> Step:
        """Mix."""
        return ShuffleStep(self.buffer, context.seed if self.seed is None else self.seed)


class ShuffleStep(Step):
    """Holds up to `buffer` items."""

    def __init__(self, buffer: int, seed: int | None) -> None:
        self._buffer = buffer
        # Without a seed it follows the worker's own random numbers, which come from the run's root seed.
        self._random = random.Random(random.random() if seed is None else seed)
        self._held: list[Any] = []

    def feed(self, *args: Any) -> Iterable[Any]:
        """Some item, once enough are waiting."""
        item = whole(args)
        if len(self._held) < self._buffer:
            self._held.append(item)
            return ()
        place = self._random.randrange(self._buffer)
        out, self._held[place] = self._held[place], item
        return (out,)

    def finish(self) -> Iterable[Any]:
        """Those that still wait, mixed."""
        left, self._held = self._held, []
        self._random.shuffle(left)
        return iter(left)
