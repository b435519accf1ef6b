"""A stream that says how far it has come, and one that goes on from there.

Counted is what was delivered to the caller: what was read ahead, waits in a shuffle or a batch, or is with a
worker, is read again by the run that goes on (see `runtime.lineage`). What those pipes did is done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from pipeflow.errors import PipelineStateError
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import has_method
from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.following import followed, says_where
from pipeflow.runtime.lineage import Progress, gathered, paths_of
from pipeflow.system.pipe_system import PipeSystem
from pipeflow.system.streaming import FlowStream

_VERSION = 1
_KEYS = {"version", "pipes", "items", "source", "ahead"}


class ResumableStream(FlowStream):
    """The items of a flow's one open output, and where it is: ``state_dict`` and ``load_state_dict``.

    Raises:
        PipelineStateError: its items can't be followed; the text names the pipe and says why.
    """

    def __init__(self, system: PipeSystem) -> None:
        assert system.plan is not None
        super().__init__(system)
        self._plan = system.plan
        self._chain = _chain(system.plan)
        self._kinds = [_pipe(stage).kind for stage in self._chain]
        self._progress = Progress()
        self._loaded: tuple[Any, list[tuple[int, ...]]] = (None, [])
        self._follow()

    def state_dict(self) -> dict[str, Any]:
        """Where the stream is: for `load_state_dict` of a later one of the same flow.

        It is made of plain values, and of what the source's own ``state_dict`` returned.
        """
        said = self._progress
        return {
            "version": _VERSION,
            "pipes": list(self._kinds),
            "items": said.items,
            "source": said.state,
            "ahead": said.ahead,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Begin behind what had been delivered when `state` was taken; before the first item.

        Args:
            state: from `state_dict` of a stream of the same flow. Options, as the number of workers or the
                size of a batch, may differ.

        Raises:
            PipelineStateError: the stream has begun, or the state is of another flow.
            ValueError: it is no such state.
        """
        if self.begun:
            raise PipelineStateError("load_state_dict() after the first item: load it into a new stream")
        _check_state(state)
        if state["pipes"] != self._kinds:
            raise PipelineStateError(
                f"the state is of another flow: of {' >> '.join(state['pipes'])}, "
                f"and this one is {' >> '.join(self._kinds)}"
            )
        _check_source(state["source"], self._chain[0])
        self._loaded = (state["source"], paths_of(state["ahead"]))
        self._progress = Progress(*self._loaded, state["items"])
        self._follow()

    def __next__(self) -> Any:
        return self._progress.deliver(gathered(super().__next__()))

    def _follow(self) -> None:
        """Give every pipe a step that follows its items."""
        source, *others = self._chain
        pipes = {source.name: followed(_pipe(source), *self._loaded)}
        pipes.update((stage.name, followed(_pipe(stage))) for stage in others)
        stages = tuple(replace(stage, pipe=pipes.get(stage.name)) for stage in self._plan.stages)
        self._system.plan = replace(self._plan, stages=stages)


def _check_state(state: Any) -> None:
    """Refuse, with `ValueError`, what no `state_dict` has returned."""
    known = cast("Mapping[str, Any]", state) if isinstance(state, Mapping) else dict[str, Any]()
    if not {*known} >= _KEYS or known["version"] != _VERSION:
        raise ValueError(f"not a state of this version of pipeflow: {state!r}")
    kinds, items = known["pipes"], known["items"]
    if not isinstance(kinds, list) or any(type(kind) is not str for kind in kinds):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        raise ValueError(f"not a state: its 'pipes' are a list of names, not {kinds!r}")
    if not _is_count(items):
        raise ValueError(f"not a state: its 'items' are a number of items, not {items!r}")


def _check_source(state: Any, source: StagePlan) -> None:
    """Refuse, with `ValueError`, where a sequence can't be. What other sources say is their own business."""
    pipe = _pipe(source)
    if state is None or all(has_method(pipe.functor, name) for name in ("state_dict", "load_state_dict")):
        return
    at: Any = cast("Mapping[str, Any]", state).get("position") if isinstance(state, Mapping) else None
    if not _is_count(at):
        raise ValueError(
            f"not a state of {pipe.label_with_place}: where a sequence is is  {{'position': a number}} , "
            f"not {state!r}"
        )
    if hasattr(pipe.functor, "__len__") and at > len(pipe.functor):
        raise ValueError(
            f"not a state of {pipe.label_with_place}: it is at item {at} of {len(pipe.functor)}; "
            "was it made of other data?"
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _pipe(stage: StagePlan) -> Pipe:
    assert stage.pipe is not None
    return stage.pipe


def _chain(plan: Plan) -> list[StagePlan]:
    """The stages from the source to the caller; refuses what is no chain of pipes that can be followed."""
    stages = [stage for stage in plan.stages if stage.pipe is not None]
    first = next(stage for stage in stages if not stage.inputs)
    if any(stage.fused for stage in stages):
        raise _refusal(first, "is run in one worker with others. Leave out  fuse=True")
    readers = {port.stream: stage for stage in plan.stages for port in stage.inputs}
    chain, batched = [first], False
    while True:
        _refuse(chain[-1], batched)
        pipe, (output,) = _pipe(chain[-1]), chain[-1].outputs
        batched = batched or (pipe.lineage == "kept" and pipe.rate.produces == 1)
        following = readers[output.stream]
        if following.pipe is None:
            break
        chain.append(following)
    if len(chain) < len(stages):
        other = next(stage for stage in stages if stage not in chain)
        raise _refusal(other, "is beside the chain, and a resumed run would repeat or leave out its part")
    return chain


def _refuse(stage: StagePlan, batched: bool) -> None:
    pipe = _pipe(stage)
    if len(stage.outputs) != 1 or stage.outputs[0].routes != ((),) or stage.pairing or stage.loop is not None:
        raise _refusal(stage, "parts, joins or loops items; only a chain of pipes can be resumed")
    if not stage.inputs:
        if not says_where(pipe.functor):
            raise _refusal(
                stage,
                "can't say where it is. Give it a sequence, or an object with  state_dict()  and  "
                "load_state_dict(state)  beside its  __iter__  or  run",
            )
    elif not pipe.lineage:
        raise _refusal(stage, f"is a {pipe.kind}, which keeps a state that no one can follow")
    elif batched and pipe.lineage == "each" and pipe.rate.produces != 1:
        raise _refusal(stage, "takes batches apart, and which item is in which part isn't known")


def _refusal(stage: StagePlan, why: str) -> PipelineStateError:
    pipe = _pipe(stage)
    return PipelineStateError(f"this flow can't be resumed: {pipe.label_with_place} {why}")
