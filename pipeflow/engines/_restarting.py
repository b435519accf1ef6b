"""Workers that may be started again: which may, with what, and how a new one is connected in the place of
a dead one.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeflow.errors import GraphError
from pipeflow.pipes.functors import is_coroutine
from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.messages import Worker
from pipeflow.transports.repairs import NewLane, NewSource
from pipeflow.transports.wiring import Channel, Input, Layout, Output, Wiring


def restartable(plan: Plan) -> frozenset[Worker]:
    """Workers of pipes with ``on_crash="restart"``.

    Raises:
        GraphError: one of them can't be, as nobody could say what to run again.
    """
    asked = [
        n for n, s in enumerate(plan.stages) if s.pipe is not None and s.pipe.options.on_crash == "restart"
    ]
    for number in asked:
        stage = plan.stages[number]
        why = _obstacle(plan, stage)
        if why and stage.pipe is not None:
            raise GraphError(
                f"{stage.pipe.label_with_place} has on_crash='restart', and {why}. Nothing was started.\n"
                f'Leave it out:  {stage.name}.with_(on_crash="fail")'
            )
    return frozenset(Worker(n, replica) for n in asked for replica in range(plan.stages[n].replicas))


def _obstacle(plan: Plan, stage: StagePlan) -> str:
    """Why what a worker of the stage was at can't be run again; empty when it can."""
    assert stage.pipe is not None
    streams = [plan.streams[port.stream] for port in stage.inputs]
    numbers_alone = any(plan.streams[port.stream].sequenced for port in stage.outputs) and not any(
        stream.sequenced for stream in streams
    )
    reasons = {
        "it has several inputs: put a Join in front of it": len(stage.inputs) != 1,
        "a Sink runs an item twice only if it says idempotent=True": not stage.outputs
        and not stage.pipe.options.idempotent,
        "it is in a loop": stage.loop is not None,
        "its functor is async: what it has in flight is not known": is_coroutine(stage.pipe.functor),
        "it numbers its results for a join or for ordered=True further down": bool(stage.numbers)
        or numbers_alone,
        "it restores the order of ordered=True": any(port.reorder for port in stage.inputs),
        "its input has initial items": any(stream.initial for stream in streams),
    }
    return next((why for why, holds in reasons.items() if holds), "")


@dataclass(frozen=True)
class Joint:
    """One new channel: its number, the peer that lives, what it is told, and both descriptors."""

    number: int
    peer: Worker
    message: NewLane | NewSource
    theirs: int
    mine: int


class Joints:
    """Every channel end by its place in a worker, the later ones included."""

    def __init__(self, layout: Layout) -> None:
        self._wirings = layout.wirings
        self._pairs = {number: (_worker(w), _worker(r)) for number, (w, r) in enumerate(layout.channels)}
        self._origin: dict[int, int] = {}
        """Of later channels: the one of the layout whose place they have."""
        self._places: dict[int, Input | Output] = {}
        for wiring in layout.wirings.values():
            sides: tuple[Input | Output, ...] = (*wiring.inputs, *wiring.outputs)
            for side in sides:
                self._places.update({channel.end: side for channel in side.channels})

    def make(self, worker: Worker, pairs: tuple[tuple[int, int], ...]) -> tuple[Wiring, list[Joint]]:
        """New channels in the place of old ones, and the wiring of the new worker."""
        joints: list[Joint] = []
        renamed: dict[int, Channel] = {}
        for old, new in pairs:
            writer, reader = self._pairs[new] = self._pairs[old]
            for side in (0, 1):
                self._places[2 * new + side] = self._places[2 * old + side]
            channels = [replace(self._channel(old, side), end=2 * new + side) for side in (0, 1)]
            one, other = socket.socketpair()
            if worker == reader:
                output = self._places[2 * new + 1]
                assert isinstance(output, Output)
                message: NewLane | NewSource = NewLane(output.output, channels[1])
                peer, mine = writer, channels[0]
            else:
                port = self._places[2 * new]
                assert isinstance(port, Input)
                message, peer, mine = NewSource(port.port, channels[0]), reader, channels[1]
            renamed[mine.end - 2 * new + 2 * self._first(old, new)] = mine
            joints.append(Joint(new, peer, message, other.detach(), one.detach()))
        return self._rewired(worker, renamed), joints

    def _first(self, old: int, new: int) -> int:
        """The channel's number in the original layout."""
        first = self._origin.get(old, old)
        self._origin[new] = first
        return first

    def _channel(self, old: int, side: int) -> Channel:
        first = self._origin.get(old, old)
        return next(c for c in self._places[2 * first + side].channels if c.end == 2 * first + side)

    def _rewired(self, worker: Worker, renamed: dict[int, Channel]) -> Wiring:
        wiring = self._wirings[worker]
        inputs: list[Input] = []
        for port in wiring.inputs:
            kept = tuple(renamed[c.end] for c in port.channels if c.end in renamed)
            spare = sum(c.share for c in port.channels if c.end not in renamed)
            inputs.append(replace(port, channels=kept, lendable=port.lendable + spare))
        outputs: list[Output] = []
        for out in wiring.outputs:
            kept = tuple(renamed[c.end] for c in out.channels if c.end in renamed)
            outputs.append(replace(out, channels=kept, keeps=out.keeps and bool(kept)))
        return replace(wiring, inputs=tuple(inputs), outputs=tuple(outputs))


def _worker(name: object) -> Worker:
    assert isinstance(name, Worker)
    return name


def in_order(wiring: Wiring, joints: list[Joint]) -> Iterator[int]:
    """The new worker's descriptors as `send_channels` wants them."""
    mine = {2 * j.number + (0 if isinstance(j.message, NewLane) else 1): j.mine for j in joints}
    return (mine[end] for end in wiring.ends())
