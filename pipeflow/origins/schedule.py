"""Runs a stretch of a graph in numbers alone: how many items wait where, between a fork and its join.

With known rates this is synchronous dataflow: the order in which pipes take their turns changes nothing about
what each of them ever does (Kahn 1974), so one run shows whether bounded streams block for ever, and one run
without bounds shows what suffices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MOST_STEPS = 50_000


@dataclass(frozen=True)
class Actor:
    """One pipe of the stretch, in numbers.

    Attributes:
        inputs: the streams it takes one item each of, by number; none for the fork.
        outputs: the streams that each of its results goes to.
        consumes: how many inputs make `produces` results.
        workers: how many of its items may be in hand.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    consumes: int = 1
    produces: int = 1
    workers: int = 1


@dataclass(frozen=True)
class Outcome:
    """What a run showed.

    Attributes:
        blocked: nothing could move any more; None when the run was too long to say.
        peaks: how many items waited in each stream at most.
    """

    blocked: bool | None
    peaks: dict[int, int]


@dataclass
class _State:
    waiting: dict[int, int]
    held: list[int]
    pending: list[dict[int, int]]
    peaks: dict[int, int] = field(default_factory=dict[int, int])

    def key(self) -> tuple[object, ...]:
        pending = tuple(tuple(sorted(each.items())) for each in self.pending)
        return tuple(sorted(self.waiting.items())), tuple(self.held), pending


def run(actors: Sequence[Actor], bounds: Mapping[int, int], *, hesitant: bool) -> Outcome:
    """Let the last actor (the join) work until everything is as it was once before.

    Args:
        actors: the fork, then the others from the fork down, the join last.
        bounds: of the streams that have one.
        hesitant: nobody sends a result before all its streams have room. Really a pipe may send to one of
            them first, and nothing says to which: so what blocks without hesitation surely blocks, and what
            works with hesitation surely works.
    """
    streams = {stream for actor in actors for stream in (*actor.inputs, *actor.outputs)}
    state = _State(dict.fromkeys(streams, 0), [0] * len(actors), [{} for _ in actors])
    turn = _Turn(actors, state, bounds, hesitant)
    seen: set[tuple[object, ...]] = set()
    for _ in range(_MOST_STEPS):
        if not turn.take():
            return Outcome(True, state.peaks)
        if not any(state.pending):
            key = state.key()
            if key in seen:
                return Outcome(False, state.peaks)
            seen.add(key)
    return Outcome(None, state.peaks)


@dataclass
class _Turn:
    actors: Sequence[Actor]
    state: _State
    bounds: Mapping[int, int]
    hesitant: bool

    def take(self) -> bool:
        """The actor furthest down that is waited for moves, so that no more items wait than must."""
        order = range(len(self.actors) - 1, -1, -1)
        return any(self._move(number, 1) for number in order) or any(
            self._move(number, None) for number in order
        )

    def _move(self, number: int, most: int | None) -> bool:
        return self._send(number, most) or (self._free(number) and self._receive(number))

    def _send(self, number: int, most: int | None) -> bool:
        pending = self.state.pending[number]
        open_streams = [stream for stream in pending if self._has_room(stream, most)]
        if not open_streams or (self.hesitant and len(open_streams) < len(self.actors[number].outputs)):
            return False
        for stream in open_streams if self.hesitant else open_streams[:1]:
            self._put(pending, stream)
        return True

    def _put(self, pending: dict[int, int], stream: int) -> None:
        state = self.state
        state.waiting[stream] += 1
        state.peaks[stream] = max(state.peaks.get(stream, 0), state.waiting[stream])
        pending[stream] -= 1
        if not pending[stream]:
            del pending[stream]

    def _has_room(self, stream: int, most: int | None) -> bool:
        waiting = self.state.waiting[stream]
        if most is not None and waiting >= most:
            return False
        return waiting < self.bounds.get(stream, waiting + 1)

    def _free(self, number: int) -> bool:
        """Whether a worker has nothing in hand. Only items of 1:1 pipes are in several hands at once."""
        actor, pending = self.actors[number], self.state.pending[number]
        in_hand = max(pending.values(), default=0)
        return in_hand == 0 if actor.produces != 1 else in_hand < actor.workers

    def _receive(self, number: int) -> bool:
        actor, state = self.actors[number], self.state
        if any(not state.waiting[stream] for stream in actor.inputs):
            return False
        for stream in actor.inputs:
            state.waiting[stream] -= 1
        state.held[number] += 1
        if state.held[number] == actor.consumes:
            state.held[number] = 0
            for stream in actor.outputs:
                state.pending[number][stream] = state.pending[number].get(stream, 0) + actor.produces
        return True
