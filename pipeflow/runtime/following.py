"""Steps around the steps of pipes, so that every item says what it is made of (see `lineage`)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pipeflow.pipes import Pipe
from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.pipes.functors import has_method
from pipeflow.runtime.lineage import Path, Traced, gathered

_METHODS = ("state_dict", "load_state_dict")


def says_where(functor: Any) -> bool:
    """Whether a source can say where it is, and go on from there."""
    return all(has_method(functor, name) for name in _METHODS) or _is_sequence(functor)


def _is_sequence(functor: Any) -> bool:
    counted = has_method(functor, "__getitem__") and has_method(functor, "__len__")
    return counted and not isinstance(functor, (Mapping, AbstractSet))


def followed(pipe: Pipe, state: Any = None, delivered: Iterable[Path] = ()) -> Pipe:
    """The pipe with a step that follows its items; as it is, where they pass as they came.

    Args:
        pipe: a source that says where it is, or a pipe whose `lineage` is known.
        state: of a source: where to begin; None: where it would.
        delivered: of a source: what an earlier run has delivered of the items from there.
    """
    if pipe.lineage == "kept":
        return pipe
    twin = copy.copy(pipe)
    make = StepOfEach(pipe) if pipe.has_input else StepOfSource(pipe, state, frozenset(delivered))
    # One object's step, not its class's: everything else the run loop asks of the pipe is the pipe's own.
    twin.step = make  # type: ignore[method-assign]
    return twin


class StepOfEach:
    """Makes the step of a pipe that is called with each item. It travels to the worker with the pipe."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def __call__(self, context: StepContext) -> Step:
        """The pipe's own step, followed."""
        step = self._pipe.step(context)
        if isinstance(step, ConcurrentStep):
            step.follow(_concurrent)
            return step
        return _Followed(step, parts=self._pipe.rate.produces != 1)


class StepOfSource:
    """Makes the step of a source."""

    def __init__(self, pipe: Pipe, state: Any, delivered: frozenset[Path]) -> None:
        self._pipe, self._state, self._delivered = pipe, state, delivered

    def __call__(self, context: StepContext) -> Step:
        """The source's own step, followed, which begins where it is to go on."""
        pipe = copy.copy(self._pipe)
        # Of its own, where workers share the caller's memory: the next run begins where this one did.
        functor: Any = copy.copy(pipe.functor)
        if not all(has_method(functor, name) for name in _METHODS):
            functor = _Sequence(functor)
        pipe.functor = functor
        step = pipe.step(context)
        if self._state is not None:
            functor.load_state_dict(self._state)
        return _FollowedSource(step, functor, self._delivered)


class _Sequence:
    """The items of a sequence by their position."""

    def __init__(self, items: Any) -> None:
        self._items, self._at = items, 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._at >= len(self._items):
            raise StopIteration
        self._at += 1
        return self._items[self._at - 1]

    def state_dict(self) -> dict[str, int]:
        return {"position": self._at}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        self._at = state["position"]


class _FollowedSource(Step):
    def __init__(self, step: Step, functor: Any, delivered: frozenset[Path]) -> None:
        self._step, self._functor, self._delivered = step, functor, delivered

    def start(self) -> Iterable[Any]:
        return _SourceItems(self._step.start(), self._functor, self._delivered)

    def close(self) -> Any:
        return self._step.close()


class _SourceItems:
    """Not a generator: an exception of the source's own iterator must not end it."""

    def __init__(self, items: Iterable[Any], functor: Any, delivered: frozenset[Path]) -> None:
        self._items, self._functor = iter(items), functor
        self._index = -1
        self._unsaid: list[tuple[int, Any]] = []
        self._dropped: list[tuple[Path, int]] = []
        self._below: dict[int, set[Path]] = {}
        for path in delivered:
            self._below.setdefault(path[0], set()).add(path)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Traced | None:
        while True:
            value = next(self._items)
            self._index += 1
            self._unsaid.append((self._index, self._functor.state_dict()))
            path, below = (self._index,), self._below.pop(self._index, ())
            if path in below:
                continue
            if value is None:  # nothing to send
                self._dropped.append((path, 0))
                return None
            counts, self._dropped = tuple(self._dropped), []
            states, self._unsaid = tuple(self._unsaid), []
            return Traced(value, (path,), counts, states, frozenset(below))

    @property
    def ended(self) -> bool:
        """See `pipes.source.UpToSentinel`."""
        return bool(getattr(self._items, "ended", False))


class _Trace:
    """What is known of items that will not be sent: said with the next one that is."""

    def __init__(self) -> None:
        self._counts: list[tuple[Path, int]] = []
        self._states: list[tuple[int, Any]] = []

    def dropped(self, item: Traced) -> None:
        """Nothing was made of it."""
        self.parts(item, [(path, 0) for path in item.paths])

    def parts(self, item: Traced, counts: Iterable[tuple[Path, int]] = ()) -> None:
        """Its results, if any, are followed by themselves."""
        self._counts += [*item.counts, *counts]
        self._states += item.states

    def sent(self, value: Any, paths: tuple[Path, ...], delivered: frozenset[Path]) -> Traced:
        """A result, and all that was left to say."""
        result = Traced(value, paths, tuple(self._counts), tuple(self._states), delivered)
        self._counts, self._states = [], []
        return result


class _Followed(Step):
    def __init__(self, step: Step, parts: bool) -> None:
        self._step, self._parts = step, parts
        self._trace = _Trace()
        self._failed: Traced | None = None

    def start(self) -> Iterable[Any]:
        return self._step.start()

    def feed(self, *args: Any) -> Iterable[Any]:
        item = gathered(args[0])
        if self._failed is not None and self._failed.paths != item.paths:  # else it is tried again
            self._trace.dropped(self._failed)
        self._failed = item
        results = [result for result in self._step.feed(item.value) if result is not None]
        self._failed = None
        return self._taken_apart(item, results) if self._parts else self._passed_on(item, results)

    def _passed_on(self, item: Traced, results: list[Any]) -> Iterable[Any]:
        if not results:
            self._trace.dropped(item)
            return ()
        self._trace.parts(item)
        return (self._trace.sent(results[0], item.paths, item.delivered),)

    def _taken_apart(self, item: Traced, results: list[Any]) -> Iterable[Any]:
        (path,) = item.paths
        self._trace.parts(item, [(path, len(results))])
        kept: list[Any] = []
        for number, result in enumerate(results):
            part = (*path, number)
            if part not in item.delivered:
                below = frozenset(each for each in item.delivered if each[: len(part)] == part)
                kept.append(self._trace.sent(result, (part,), below))
        return kept

    def finish(self) -> Iterable[Any]:
        return self._step.finish()

    def close(self) -> Any:
        return self._step.close()


def _concurrent(call: Any) -> Any:
    """The same of a coroutine function; all its calls are made on one event loop."""
    trace = _Trace()

    async def follow(item: Any) -> Any:
        item = gathered(item)
        try:
            result = await call(item.value)
        except Exception:
            trace.dropped(item)
            raise
        if result is None:
            trace.dropped(item)
            return None
        trace.parts(item)
        return trace.sent(result, item.paths, item.delivered)

    return follow
