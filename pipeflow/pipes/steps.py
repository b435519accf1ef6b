"""Step: what one worker of a pipe does with its items. Each kind of pipe says what its step is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


class Step:
    """What one worker of a pipe does with its items. The run loop around it is the same for every kind.

    Pushed, not pulled: the inline engine runs every pipe in one thread, and a step that waits for its next
    input inside an iterator could not be set aside there.

    Attributes:
        satisfied: the step wants no more input; read after each `start` and `feed`. The run loop then ends
            the step as if its input had ended, and tells who sends to it that nobody reads any more.
        each: where `feed` is one call with one result (None: none) and nothing else: that call. The run loop
            may then call it for many inputs in a row.
    """

    satisfied: bool = False
    each: Callable[[Any], Any] | None = None

    def start(self) -> Iterable[Any]:
        """What is sent before any input: everything a source makes; nothing from most others."""
        return ()

    def feed(self, *args: Any) -> Iterable[Any]:
        """The results of one input."""
        return ()

    def finish(self) -> Iterable[Any]:
        """What is still held when the input has ended."""
        return ()

    def close(self) -> Any:
        """Let go of everything, also after a failure; what it returns is the worker's result."""
        return None


@dataclass(frozen=True)
class StepContext:
    """What a step may know about where it runs.

    Attributes:
        name: the pipe's unique name.
        replica: which of its workers, from 0, `of` how many.
        arguments: how many streams it joins.
        wake: call it, from any thread, when results are ready that no input asked for.
        seed: of its random numbers, where the worker shares the caller's process and the run has a root seed;
            a process of its own has been seeded as a whole.
    """

    name: str
    replica: int = 0
    of: int = 1
    arguments: int = 1
    wake: Callable[[], None] = lambda: None
    seed: int | None = None


def end(results: Any) -> None:
    """What a generator has under ``finally`` runs; anything else is left alone."""
    if inspect.isgenerator(results):
        results.close()


def whole(args: tuple[Any, ...]) -> Any:
    """The item of a step that takes items whole: what was joined becomes one tuple."""
    return args[0] if len(args) == 1 else args
