"""Who waits for whom: when a loop is over, and when nobody can go on. Pure."""

from __future__ import annotations

from pipeflow.engines.ray.hands import Hand
from pipeflow.runtime.messages import Worker


def rests(hand: Hand, members: list[Worker]) -> bool:
    """Whether a worker of a loop has nothing to do and nothing to come but from the loop."""
    if hand.given or hand.commands or not hand.idle or not hand.started:
        return False
    return all(
        not stream.queued and not stream.taken.total() and stream.open_writers <= set(members)
        for port, stream in enumerate(hand.inputs)
        if port not in hand.closed
    )


def waiting_for_each_other(living: list[Hand]) -> list[Hand]:
    """Of the workers that have not ended, those that nobody but each other could help."""
    by_worker = {hand.worker: hand for hand in living}
    waiting = {hand.worker for hand in living if not hand.given}
    while True:
        free = {worker for worker in waiting if not _waits_within(by_worker[worker], waiting)}
        if not free:
            return [by_worker[worker] for worker in sorted(waiting)]
        waiting -= free


def _waits_within(hand: Hand, waiting: set[Worker]) -> bool:
    """Whether all who could help are among those."""
    if hand.blocked_on is not None:
        return hand.blocked_on.open_readers <= waiting
    wanted = hand.accepts if hand.accepts is not None else tuple(range(len(hand.inputs)))
    ports = [port for port in wanted if port not in hand.closed and port not in hand.announced]
    # What another reader holds of the stream may come back to it.
    return all(
        hand.inputs[port].open_writers <= waiting and not hand.inputs[port].taken.total() for port in ports
    )
