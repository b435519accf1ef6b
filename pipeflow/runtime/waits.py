"""Who has been waiting for long, and which full stream to grow when they wait for each other (Parks 1995).

Not everybody need be waiting: those who do wait, and only for each other, will do so for ever, whatever goes
on elsewhere in the graph. Where some are at work, though, a few that seem to wait for each other may only be
out of turn on a busy machine, so they are watched for longer before anything grows.
"""

from __future__ import annotations

from pipeflow.plan import Plan
from pipeflow.runtime.instructions import Instruction, SetTimer
from pipeflow.runtime.messages import Blocked, Worker

SETTLING = 0.05
"""Seconds that they must have been waiting before a stream is grown, when everybody is."""
SURE = 1.0
"""The same, when only some are."""
AGAIN = 4 * SETTLING
"""Seconds after which it is grown once more if that did not help."""
ALL, SOME = "grow", "grow in a part"
"""The timers."""


class Waits:
    """The waiting workers.

    Args:
        plan: the plan they work on.
        automatic: how many items a stream without a size has room for at first.
    """

    def __init__(self, plan: Plan, automatic: int) -> None:
        self._plan = plan
        self._blocked: dict[Worker, int | None] = {}
        self._draining: set[Worker] = set()
        self._capacity = [
            max(automatic, stream.at_least) if stream.capacity is None else stream.capacity
            for stream in plan.streams
        ]
        self._watched: dict[Worker, int | None] = {}
        """Those of a part that wait for each other, as they stood when their timer was set."""
        self._inputs = [[port.stream for port in stage.inputs] for stage in plan.stages]

    def heard(self, message: Blocked, alive: set[Worker]) -> list[Instruction]:
        """A worker waits, or no longer does."""
        self.forget(message.worker)
        if message.free:
            return []
        self._blocked[message.worker] = message.stream
        if message.draining:
            self._draining.add(message.worker)
        locked = self._locked(alive)
        if self._smallest(locked) is None:
            return []
        if locked == alive:
            return [SetTimer(ALL, SETTLING)]
        self._watched = {worker: self._blocked[worker] for worker in locked}
        return [SetTimer(SOME, SURE)]

    def time_up(self, timer: str, alive: set[Worker]) -> list[Instruction] | int:
        """The stream to grow now, by its number; or when to look again, if at all."""
        locked = self._locked(alive)
        smallest = self._smallest(locked)
        if smallest is None:
            return []
        if timer == ALL and locked != alive:
            return [SetTimer(SOME, SURE)]
        now = {worker: self._blocked[worker] for worker in locked}
        if timer == SOME and now != self._watched:
            self._watched = now
            return [SetTimer(SOME, SURE)]
        return smallest

    def forget(self, worker: Worker) -> None:
        """It has died."""
        self._blocked.pop(worker, None)
        self._draining.discard(worker)

    def _smallest(self, locked: set[Worker]) -> int | None:
        """The smallest stream that one of those who wait for each other can't write to."""
        full = {stream for worker in locked - self._draining if (stream := self._blocked[worker]) is not None}
        return min(full, key=lambda number: (self._capacity[number], number), default=None)

    def _locked(self, alive: set[Worker]) -> set[Worker]:
        """The largest set of waiting workers, each of whom waits for others of the set alone."""
        writing = (worker for worker in alive - self._draining if self._blocked.get(worker) is not None)
        if next(writing, None) is None:
            return set()  # as nearly always
        by_stage: dict[int, list[Worker]] = {}
        for worker in alive:
            by_stage.setdefault(worker.stage, []).append(worker)
        locked = {worker for worker in alive if worker in self._blocked}
        freed = True
        while freed:
            freed = False
            for worker in list(locked):
                if not locked.issuperset(others := self._waited_for(worker, by_stage)) or not others:
                    locked.discard(worker)
                    freed = True
        return locked

    def _waited_for(self, worker: Worker, by_stage: dict[int, list[Worker]]) -> list[Worker]:
        """Those who could end its waiting: the readers of its stream, or the writers of its inputs."""
        full, streams = self._blocked[worker], self._plan.streams
        if full is not None:
            stages = set(streams[full].readers)
        else:
            stages = {writer for number in self._inputs[worker.stage] for writer in streams[number].writers}
        return [other for stage in stages for other in by_stage.get(stage, ())]

    def grow(self, number: int) -> int:
        """The stream's new size."""
        self._capacity[number] = max(2, 2 * self._capacity[number])
        return self._capacity[number]
