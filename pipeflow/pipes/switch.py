"""Switch: sends each item to the one branch that a function names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pipeflow.pipes._base import ONE_TO_ONE, WITH_INPUT, Pipe, Rate, Step, StepContext
from pipeflow.pipes.functors import bound
from pipeflow.shapes import In_contra, ThroughFlow


class Chosen(NamedTuple):
    """An item with the key of the branch it goes to; only between a Switch and its router."""

    key: Any
    item: Any


class Switch(Pipe, ThroughFlow[In_contra, In_contra]):
    """Names the branch of each item; curly brackets follow: ``Switch(fn) >> {True: a, False: b}``.

    Args:
        functor: called with the item; returns the key of a branch, or None to drop the item.
        name: shown everywhere; left out, the functor's own name.
        default: the key of the branch that takes items whose key names none.
    """

    kind = "Switch"
    takes = WITH_INPUT | {"n_processes", "on_crash"}
    chooses = True
    passes_through = True

    def __init__(self, functor: Any, name: str | None = None, *, default: Any = None) -> None:
        self.default = default
        super().__init__(functor, name)

    @property
    def rate(self) -> Rate:
        """One for one over all branches together."""
        return ONE_TO_ONE

    def step(self, context: StepContext) -> Step:
        """Name the branch."""
        return SwitchStep(self.functor, self.options.init_kwargs)


class SwitchStep(Step):
    """The item leaves as `Chosen`; the router of the run loop takes it apart."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item with its branch's key."""
        item = args[0] if len(args) == 1 else args
        key = self._call(*args)
        return () if key is None else (Chosen(key, item),)

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()
