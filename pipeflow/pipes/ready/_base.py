"""What the ready-made pipes have in common."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from pipeflow.choices import no_flag
from pipeflow.errors import CompositionError
from pipeflow.pipes._base import Pipe
from pipeflow.pipes.functors import is_coroutine, unwrapped
from pipeflow.pipes.options import WITHOUT_FUNCTOR, is_whole


class Remembers(Pipe):
    """A pipe that keeps items, so that several workers are asked for with ``independent=True`` only."""

    takes: ClassVar[frozenset[str]] = WITHOUT_FUNCTOR | {"independent"}
    replicable = (
        "it keeps or counts items, so several workers would each see only some of them. Replicate the pipe "
        "behind it, or, if that is what you want, say so:  with_(independent=True, n_processes=...)"
    )


class WithoutFunctor(Pipe):
    """A pipe that needs no function of the user's."""

    takes: ClassVar[frozenset[str]] = WITHOUT_FUNCTOR

    def __init__(self, name: str | None = None) -> None:
        super().__init__(None, name)

    def check_functor(self) -> None:
        """There is none."""

    def check_number(self, word: str, value: Any, least: int = 1) -> None:
        """Refuse a `value` of the argument `word` that is no whole number, or below `least`."""
        if not is_whole(value) or value < least:
            raise CompositionError(
                f"{self.label_with_place}: {word} must be a whole number of at least {least}, not {value!r}"
            )

    def check_flag(self, word: str, value: Any) -> None:
        """Refuse a `value` of the argument `word` that is neither True nor False."""
        if wrong := no_flag(word, value):
            raise CompositionError(f"{self.label_with_place}: {wrong}")


class WithFunction(Pipe):
    """A pipe that calls a plain function."""

    def check_functor(self) -> None:
        """Anything that can be called, but no ``async def``."""
        super().check_functor()
        if is_coroutine(self.functor) or inspect.isasyncgenfunction(unwrapped(self.functor)):
            raise CompositionError(
                f"{self.label_with_place}: {self.default_name} calls a plain function, not an  async def . "
                "Use a Transform for what waits:  Transform(f).with_(concurrency=8)"
            )
