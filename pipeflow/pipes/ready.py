"""Ready-made pipes: batch, unbatch, window, shuffle, take, filter, map, flat_map.

Each is a pipe like any other (it has a name, options, a place) and declares its rate, which the checks use.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import WITH_INPUT, Options, Pipe, Rate, Step, StepContext
from pipeflow.pipes.functors import bound, is_coroutine
from pipeflow.pipes.transform import Transform
from pipeflow.shapes import ThroughFlow

_HOLDS = (
    "it keeps items between calls, so several workers would each see only some of them. "
    "Replicate the pipes around it instead"
)


class Batch(Pipe, ThroughFlow[Any, Any]):
    """Collects `size` items into a list. See `batch`."""

    kind = "Batch"
    takes = WITH_INPUT - {"retries", "on_error", "ignore_exceptions", "timeout", "init_kwargs"}
    replicable = _HOLDS

    def __init__(self, size: int, drop_last: bool = False, name: str | None = None) -> None:
        self.size = size
        self.drop_last = drop_last
        super().__init__(None, name, None, None, Options())
        _whole_number(self, "size", size)

    def check_functor(self) -> None:
        """It has none."""

    @property
    def label(self) -> str:
        """The given name, else "batch"."""
        return self.given_name or "batch"

    @property
    def rate(self) -> Rate:
        """`size` items make one list."""
        return Rate(self.size, 1)

    def step(self, context: StepContext) -> Step:
        """Collect."""
        return BatchStep(self.size, self.drop_last)


class BatchStep(Step):
    """Holds the items of the next list."""

    def __init__(self, size: int, drop_last: bool) -> None:
        self._size, self._drop_last = size, drop_last
        self._held: list[Any] = []

    def feed(self, *args: Any) -> Iterable[Any]:
        """A list, when it is full."""
        self._held.append(_single(args))
        if len(self._held) < self._size:
            return ()
        full, self._held = self._held, []
        return (full,)

    def finish(self) -> Iterable[Any]:
        """The shorter last list."""
        held, self._held = self._held, []
        return (held,) if held and not self._drop_last else ()


class Unbatch(Pipe, ThroughFlow[Any, Any]):
    """Sends the elements of each item one by one. See `unbatch`."""

    kind = "Unbatch"
    takes = (WITH_INPUT - {"retries", "init_kwargs"}) | {"n_processes", "on_crash", "readonly"}

    def __init__(self, name: str | None = None) -> None:
        super().__init__(None, name, None, None, Options())

    def check_functor(self) -> None:
        """It has none."""

    @property
    def label(self) -> str:
        """The given name, else "unbatch"."""
        return self.given_name or "unbatch"

    @property
    def rate(self) -> Rate:
        """One in, as many out as it has elements."""
        return Rate(1, None)

    def step(self, context: StepContext) -> Step:
        """Iterate each item."""
        return UnbatchStep()


class UnbatchStep(Step):
    """Lets the run loop iterate the item."""

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item's elements."""
        return iter(_single(args))


class Window(Pipe, ThroughFlow[Any, Any]):
    """Sends lists of the last `size` items. See `window`."""

    kind = "Window"
    takes = WITH_INPUT - {"retries", "on_error", "ignore_exceptions", "timeout", "init_kwargs"}
    replicable = _HOLDS

    def __init__(self, size: int, step: int = 1, name: str | None = None) -> None:
        self.size = size
        self.stride = step
        super().__init__(None, name, None, None, Options())
        _whole_number(self, "size", size)
        _whole_number(self, "step", step)

    def check_functor(self) -> None:
        """It has none."""

    @property
    def label(self) -> str:
        """The given name, else "window"."""
        return self.given_name or "window"

    @property
    def rate(self) -> Rate:
        """One list for each `step` items, but none until the first is full."""
        return Rate(self.stride, None)

    def step(self, context: StepContext) -> Step:
        """Slide."""
        return WindowStep(self.size, self.stride)


class WindowStep(Step):
    """Holds the last items."""

    def __init__(self, size: int, stride: int) -> None:
        self._held: deque[Any] = deque(maxlen=size)
        self._size, self._stride, self._due = size, stride, size

    def feed(self, *args: Any) -> Iterable[Any]:
        """The window, every `stride` items."""
        self._held.append(_single(args))
        self._due -= 1
        if self._due:
            return ()
        self._due = self._stride
        return (list(self._held),)


class Shuffle(Pipe, ThroughFlow[Any, Any]):
    """Sends items in a random order, as far as a buffer reaches. See `shuffle`."""

    kind = "Shuffle"
    takes = WITH_INPUT - {"retries", "on_error", "ignore_exceptions", "timeout", "init_kwargs"}
    replicable = _HOLDS
    passes_through = True

    def __init__(self, buffer: int, seed: int | None = None, name: str | None = None) -> None:
        self.buffer = buffer
        self.seed = seed
        super().__init__(None, name, None, None, Options())
        _whole_number(self, "buffer", buffer)

    def check_functor(self) -> None:
        """It has none."""

    @property
    def label(self) -> str:
        """The given name, else "shuffle"."""
        return self.given_name or "shuffle"

    @property
    def rate(self) -> Rate:
        """As many as come, but not the i-th for the i-th: results can't be paired by where they began."""
        return Rate(None, None)

    def step(self, context: StepContext) -> Step:
        """Swap."""
        return ShuffleStep(self.buffer, self.seed)


class ShuffleStep(Step):
    """Holds up to `buffer` items and gives a random one for each that comes."""

    def __init__(self, buffer: int, seed: int | None) -> None:
        self._buffer = buffer
        # Without a seed of its own it follows the worker's, so that a run's root seed repeats it.
        self._random = random.Random(random.getrandbits(64) if seed is None else seed)
        self._held: list[Any] = []

    def feed(self, *args: Any) -> Iterable[Any]:
        """One of the items held, once the buffer is full."""
        self._held.append(_single(args))
        return (self._draw(),) if len(self._held) > self._buffer else ()

    def finish(self) -> Iterable[Any]:
        """The rest, in a random order."""
        while self._held:
            yield self._draw()

    def _draw(self) -> Any:
        chosen = self._random.randrange(len(self._held))
        self._held[chosen], self._held[-1] = self._held[-1], self._held[chosen]
        return self._held.pop()


class Take(Pipe, ThroughFlow[Any, Any]):
    """Sends the first `count` items and ends what feeds it. See `take`."""

    kind = "Take"
    takes = WITH_INPUT - {"retries", "on_error", "ignore_exceptions", "timeout", "init_kwargs"}
    replicable = _HOLDS
    passes_through = True

    def __init__(self, count: int, name: str | None = None) -> None:
        self.count = count
        super().__init__(None, name, None, None, Options())
        _whole_number(self, "count", count, least=0)

    def check_functor(self) -> None:
        """It has none."""

    @property
    def label(self) -> str:
        """The given name, else "take"."""
        return self.given_name or "take"

    @property
    def rate(self) -> Rate:
        """One for one, then none."""
        return Rate(1, None)

    def step(self, context: StepContext) -> Step:
        """Count down."""
        return TakeStep(self.count)


class TakeStep(Step):
    """Says when it wants no more."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.satisfied = count == 0

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item, while there are some to take."""
        self._left -= 1
        self.satisfied = self._left <= 0
        return (_single(args),)


class Filter(Transform[Any, Any]):
    """Lets items through for which a function is true. See `filter`."""

    kind = "Filter"
    takes = Transform.takes - {"concurrency"}
    passes_through = True

    def check_functor(self) -> None:
        """A function that answers at once."""
        super().check_functor()
        _refuse_coroutine(self)

    @property
    def rate(self) -> Rate:
        """One for one, or dropped."""
        return Rate(1, 1, may_drop=True)

    def step(self, context: StepContext) -> Step:
        """Ask the function."""
        return FilterStep(self.functor, self.options.init_kwargs)


class FilterStep(Step):
    """Passes the item on, not what the function returns."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)

    def feed(self, *args: Any) -> Iterable[Any]:
        """The item, or nothing."""
        return (_single(args),) if self._call(*args) else ()

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()


class FlatMap(Transform[Any, Any]):
    """Sends every element of what a function returns. See `flat_map`."""

    kind = "FlatMap"
    takes = Transform.takes - {"ordered", "concurrency"}

    def check_functor(self) -> None:
        """A function that answers at once."""
        super().check_functor()
        _refuse_coroutine(self)

    @property
    def rate(self) -> Rate:
        """One in, any number out."""
        return self.options.rate or Rate(1, None)

    def step(self, context: StepContext) -> Step:
        """Call, and iterate the result."""
        return FlatMapStep(self.functor, self.options.init_kwargs)


class FlatMapStep(Step):
    """Lets the run loop iterate what the function returns."""

    def __init__(self, functor: Any, init_kwargs: Any) -> None:
        self._call, self._term = bound(functor, init_kwargs)

    def feed(self, *args: Any) -> Iterable[Any]:
        """The elements of the function's result."""
        return iter(self._call(*args))

    def close(self) -> Any:
        """The functor's ``local_term``."""
        return self._term()


def batch(n: int, drop_last: bool = False, name: str | None = None) -> Batch:
    """Collect `n` items into a list; the last one may be shorter.

    Args:
        n: items in a list, at least 1.
        drop_last: drop a shorter last list.
        name: shown everywhere.
    """
    return Batch(n, drop_last, name)


def unbatch(name: str | None = None) -> Unbatch:
    """Send the elements of each item one by one: the reverse of `batch`."""
    return Unbatch(name)


def window(n: int, step: int = 1, name: str | None = None) -> Window:
    """Send lists of the last `n` items, a new one every `step` items; none before the first is full.

    Args:
        n: items in a list, at least 1.
        step: items from one list to the next, at least 1.
        name: shown everywhere.
    """
    return Window(n, step, name)


def shuffle(buffer: int, seed: int | None = None, name: str | None = None) -> Shuffle:
    """Send items in a random order, as far as a buffer reaches.

    Args:
        buffer: items it holds to choose from, at least 1.
        seed: for the same order every time; left out, it follows the run's seed.
        name: shown everywhere.
    """
    return Shuffle(buffer, seed, name)


def take(n: int, name: str | None = None) -> Take:
    """Send the first `n` items, then end: what feeds it stops instead of being drained.

    Args:
        n: how many, 0 or more.
        name: shown everywhere.
    """
    return Take(n, name)


def filter(fn: Callable[..., Any], name: str | None = None) -> Filter:
    """Let the items through for which `fn` is true."""
    return Filter(fn, name)


def map(fn: Callable[..., Any], name: str | None = None) -> Transform[Any, Any]:
    """Call `fn` with each item: ``Transform(fn)`` by another name."""
    return Transform(fn, name)


def flat_map(fn: Callable[..., Any], name: str | None = None) -> FlatMap:
    """Call `fn` with each item and send every element of what it returns or yields."""
    return FlatMap(fn, name)


def _single(args: tuple[Any, ...]) -> Any:
    return args[0] if len(args) == 1 else args


def _refuse_coroutine(pipe: Pipe) -> None:
    if is_coroutine(pipe.functor):
        raise CompositionError(
            f"{pipe.label_with_place}: its functor is async, so what it returns is known only later. "
            f"Await in a Transform in front of it, or give {pipe.label} a plain function"
        )


def _whole_number(pipe: Pipe, what: str, value: Any, least: int = 1) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise CompositionError(
            f"{pipe.label_with_place}: {what} must be a whole number of at least {least}, not {value!r}"
        )
