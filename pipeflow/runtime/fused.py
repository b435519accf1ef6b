"""The step of a fused stage: its pipes' functors one after the other, and which of them it was when one
fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import CodeType
from typing import Any, NamedTuple

from pipeflow.pipes._base import Step, StepContext
from pipeflow.pipes.functors import no_coroutine
from pipeflow.plan import StagePlan
from pipeflow.runtime.messages import Summary

Call = Callable[[Any], Any]


class Blame(NamedTuple):
    """Which pipe of a fused stage raised, and with what in hand.

    Attributes:
        pipe: its name.
        item: the number of its item, None where it had none; `value` the item.
    """

    pipe: str
    item: int | None
    value: tuple[Any, ...]


class FusedStep(Step):
    """One for one from the first functor to the last; None from any of them drops the item.

    Attributes:
        dropped: by pipe, how many results were None.
    """

    def __init__(self, stages: Sequence[StagePlan]) -> None:
        self._stages = stages
        self._names = [stage.name for stage in stages]
        self._steps: list[Step] = []
        self.dropped = [0] * len(stages)
        self._failed: int | None = None

    def begin(self) -> None:
        """Every functor's ``local_init``, the first one's first."""
        _start(self._stages, self._steps)
        calls = [_call_of(step) for step in self._steps]
        self.each = _in_turn(calls, self.dropped)
        calls[:] = [_once_watched(calls, at) for at in range(len(calls))]

    def feed(self, *args: Any) -> Iterable[Any]:
        """The last functor's result."""
        assert self.each is not None
        return (self.each(*args),)

    def close(self) -> Any:
        """Every functor's ``local_term``, the first one's first; a list of what they return."""
        return _close(self._steps)

    def summaries(self, taken: int) -> tuple[Summary, ...]:
        """Each pipe's numbers, when the first has been called `taken` times."""
        found: list[Summary] = []
        for at, dropped in enumerate(self.dropped):
            sent = max(0, taken - dropped - (at == self._failed))
            found.append(Summary(taken=taken, sent=sent, dropped=dropped))
            taken = sent
        return tuple(found)

    def blame(self, error: BaseException, taken: int) -> Blame | None:
        """Whose exception it is: read from where it was raised, so that nothing is noted
        down for every item.
        """
        found = whose(error)
        if found is None:
            return None
        at, values = found
        if not values:
            return Blame(self._names[at], None, ())
        self._failed = at
        return Blame(self._names[at], taken - sum(self.dropped[:at]), values)


def whose(error: BaseException) -> tuple[int, tuple[Any, ...]] | None:
    """(which of the functors, what it was called with), from the frames of the functions below."""
    trace = error.__traceback__
    while trace is not None:
        known = trace.tb_frame.f_locals
        if trace.tb_frame.f_code is _EACH:
            return len(known["calls"]) - known["left"].__length_hint__() - 1, (known["item"],)
        if trace.tb_frame.f_code in (_start.__code__, _close.__code__):
            return known["at"], ()
        trace = trace.tb_next
    return None


def _start(stages: Sequence[StagePlan], steps: list[Step]) -> None:
    for at, stage in enumerate(stages):  # `at` is read by `whose`
        assert stage.pipe is not None, f"stage {at} of a fused one is no pipe"
        steps.append(stage.pipe.step(StepContext(stage.name)))


def _close(steps: Sequence[Step]) -> list[Any]:
    results: list[Any] = []
    for at, step in enumerate(steps):
        assert len(results) == at
        results.append(step.close())
    return results


def _call_of(step: Step) -> Call:
    assert step.each is not None, "only plain steps are fused"
    return step.each


def _once_watched(calls: list[Call], at: int) -> Call:
    """A call that looks at its first result, and puts the plain one in its place: a look at every result of
    every functor would cost a tenth of what fusing gains.
    """
    call = calls[at]

    def first(item: Any) -> Any:
        calls[at] = call
        return no_coroutine(call(item))

    return first


def _in_turn(calls: Sequence[Call], dropped: list[int]) -> Call:
    def each(item: Any) -> Any:
        left: Iterator[Call] = iter(calls)
        for call in left:
            item = call(item)
            if item is None:
                dropped[len(calls) - left.__length_hint__() - 1] += 1  # type: ignore[attr-defined]
                return None
        return item

    return each


_EACH: CodeType = _in_turn([], []).__code__
