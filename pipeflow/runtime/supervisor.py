"""What is to be done when something happens. Pure: `handle(event) -> [instruction]`, no process, no clock.

    running ──Failed/Died──> failing ──┐
       │                               ├──all workers gone──> over (Conclude)
       ├──StopAsked──────> stopping ───┤
       └──all workers finished ────────┘

While failing or stopping, workers are asked (Stop), then after a grace told (Terminate), then killed (Kill).
The engine executes the instructions and reports what happens; it decides nothing.

The file is long because it is one machine; what can be decided apart (restarts, growth) is in `recovery` and
`waits`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from pipeflow.plan import Plan
from pipeflow.runtime.instructions import (
    Conclude,
    Gone,
    Instruction,
    Kill,
    KillAsked,
    NotRespawned,
    Overdue,
    Reported,
    Respawn,
    SetTimer,
    Stop,
    StopAsked,
    Tell,
    TellAsked,
    Terminate,
    TimeUp,
)
from pipeflow.runtime.messages import (
    Blocked,
    Busy,
    EndInput,
    Failed,
    Failure,
    Finished,
    Grow,
    Idle,
    Probe,
    Summary,
    Worker,
    added,
)
from pipeflow.runtime.recovery import POISON, Recovery
from pipeflow.runtime.waits import AGAIN, ALL, SOME, Waits
from pipeflow.transports.repairs import Clear, Eof, Requeued, Resent, Through

FAILING_GRACE = 0.4
"""Seconds that the others get to stop by themselves after a failure: the caller hears of it within a
second.
"""
TERMINATING_GRACE = 0.2
_NOT_SURVIVED = (
    ". A functor that hangs can't go on with another item, so on_error=, retries= and on_crash= don't help; "
    "where it can give up by itself, let it raise (asyncio.timeout(), a timeout of the client it uses)"
)


@dataclass(frozen=True)
class Death:
    """A worker ended without a word. `why`: why it was not restarted, where its pipe asked for that.
    `entry`: what it had in hand, where that is known.
    """

    worker: Worker
    exitcode: int | None
    item: int
    pid: int | None
    why: str = ""
    entry: Any = None


class Supervisor:
    """The run as far as it is known.

    Attributes:
        problems: failures and deaths, the first one first.
        finished: what each worker that ended normally said.
        summaries: the numbers of every worker that could still say them.
        stopping: the run is being ended before its time.
        grown: streams that were given room against an artificial deadlock: (name, new capacity).
    """

    def __init__(self, plan: Plan, *, grow: bool = True, automatic: int = 3) -> None:
        self.plan = plan
        self._caller: set[Worker] = set() if plan.caller is None else {Worker(plan.caller, 0)}
        self.alive = {Worker(stage, replica) for stage, replica in plan.workers()} - self._caller
        self.problems: list[Failure | Death] = []
        self.finished: dict[Worker, Finished] = {}
        self.summaries: dict[Worker, Summary] = {}
        self.stopping = False
        self.stop_asked = False
        self.grown: list[tuple[str, int]] = []
        self._said_over: set[Worker] = set()
        self._loops = _Loops(plan)
        self._waits = Waits(plan, automatic) if grow else None
        self.recovery = Recovery(plan)
        self._done_before: dict[Worker, int] = {}
        """Items that those who died were done with, by the worker who has their name now."""
        self.blocked: set[Worker] = set()
        """Those that have been waiting for long, for input or for room."""

    def handle(self, event: object) -> list[Instruction]:
        """What is to be done now."""
        if isinstance(event, Reported):
            return self._reported(event.message)
        if isinstance(event, Gone):
            return self._gone(event)
        if isinstance(event, StopAsked):
            self.stop_asked = True
            return self._stop(event.grace)
        if isinstance(event, TellAsked):
            return [Tell(event.worker, event.command)] if event.worker in self.alive else []
        if isinstance(event, Overdue):
            return self._overdue(event)
        if isinstance(event, NotRespawned):
            return self._not_respawned(event)
        if isinstance(event, KillAsked):
            self.stop_asked = self.stopping = True
            return [Kill(self._alive())]
        assert isinstance(event, TimeUp)
        return self._time_up(event.timer)

    @property
    def over(self) -> bool:
        """Whether every worker is gone."""
        return not self.alive

    # ------------------------------------------------------------ what workers say

    def _reported(self, message: object) -> list[Instruction]:
        if isinstance(message, Finished):
            self.finished[message.worker] = message
            self.summaries[message.worker] = self._whole(message.worker, message.summary)
            self._said_over.add(message.worker)
            return self._loops.left(message.worker, message.summary) + self._left()
        if isinstance(message, Failed):
            worker = message.failure.worker
            self.summaries.setdefault(worker, self._whole(worker, message.summary))
            self._said_over.add(worker)
            item = message.failure.item
            number = item and self._numbered(worker, item)
            self.problems.append(replace(message.failure, item=number))
            return self._stop(FAILING_GRACE)
        if self.stopping:
            return []
        if isinstance(message, (Idle, Busy)):
            return self._loops.heard(message)
        if isinstance(message, (Eof, Requeued, Resent, Clear, Through)):
            return self._recovering(self.recovery.heard(message, self._living(), self.finished))
        if isinstance(message, Blocked):
            (self.blocked.discard if message.free else self.blocked.add)(message.worker)
            return [] if self._waits is None else self._waits.heard(message, self._waiting())
        return []

    def _numbered(self, worker: Worker, item: int) -> int:
        """The number of an item among all that the worker of this name took: one in the place of a dead one
        begins at 1.
        """
        return item and item + self._done_before.get(worker, 0)

    def _gone(self, event: Gone) -> list[Instruction]:
        event = replace(event, item=self._numbered(event.worker, event.item))
        instructions: list[Instruction] = []
        if event.worker not in self._said_over and not self._was_ended(event):
            why = ""
            if self.recovery.covers(event.worker) and not self.stopping:
                why = self.recovery.refusal(event)
                if not why:
                    done = self._done_before.get(event.worker, 0) + event.done
                    self._done_before[event.worker] = done
                    return self._recovering(self.recovery.died(event, self._living() - {event.worker}))
            self.alive.discard(event.worker)
            self.problems.append(Death(event.worker, event.exitcode, event.item, event.pid, why))
            instructions = self._stop(FAILING_GRACE)
        self.alive.discard(event.worker)
        if self.over and Conclude() not in instructions:
            instructions.append(Conclude())
        return instructions

    def _overdue(self, event: Overdue) -> list[Instruction]:
        if self.stopping or event.worker in self._said_over:
            return []
        self._said_over.add(event.worker)  # its end, which is ours to make, is no news
        text = f"the item took longer than the pipe's timeout of {event.limit:g} s{_NOT_SURVIVED}"
        item = self._numbered(event.worker, event.item)
        self.problems.append(Failure(event.worker, None, "run", item, None, "TimeoutError", text, ""))
        return self._stop(FAILING_GRACE)

    # ------------------------------------------------------------ after a death that is survived

    def _living(self) -> set[Worker]:
        """Those that will still say something."""
        return (self.alive | self._caller) - self._said_over - self.recovery.dead

    def _recovering(self, instructions: list[Instruction]) -> list[Instruction]:
        for worker, more in self.recovery.late:
            if worker in self.summaries:  # its successor has ended before all was known of it
                self.summaries[worker] = added(self.summaries[worker], more)
        self.recovery.late.clear()
        if self.recovery.poison is not None and not self.stopping:
            gone = next(g for g in reversed(self.recovery.restarts) if g.worker == self.recovery.poison)
            what = self.recovery.poison_entry
            self.problems.append(Death(gone.worker, gone.exitcode, gone.item, gone.pid, POISON, what))
            return self._stop(FAILING_GRACE)
        for instruction in instructions:
            if isinstance(instruction, Respawn):
                if self._waits is not None:
                    self._waits.forget(instruction.worker)
                if not instruction.channels:
                    instructions = [*instructions, *self._not_needed(instruction.worker)]
        return [i for i in instructions if not isinstance(i, Respawn) or i.channels]

    def _left(self) -> list[Instruction]:
        """Somebody has ended."""
        return [] if self.stopping else self._recovering(self.recovery.left(self._living(), self.finished))

    def _not_needed(self, worker: Worker) -> list[Instruction]:
        self.summaries[worker] = self._whole(worker, Summary())
        self._said_over.add(worker)
        self.alive.discard(worker)
        return [Conclude()] if self.over else self._left()

    def _not_respawned(self, event: NotRespawned) -> list[Instruction]:
        self.alive.discard(event.worker)
        self._said_over.add(event.worker)
        self.problems.append(Death(event.worker, None, 0, None, event.why))
        return self._stop(FAILING_GRACE)

    def _whole(self, worker: Worker, summary: Summary) -> Summary:
        """With the work of those of the same name that died."""
        return added(self.recovery.remains.get(worker, Summary()), summary)

    @property
    def loops_over(self) -> Collection[int]:
        """The loops that ended because nothing was in flight in them any more."""
        return self._loops.over

    def loop_ended(self, loop: int) -> None:
        """The engine has seen that nothing is in flight in it any more."""
        self._loops.ended(loop)

    def _was_ended(self, event: Gone) -> bool:
        """While stopping, a process that died of our own signals is no news."""
        return self.stopping and event.exitcode in (-15, -9, None)

    # ------------------------------------------------------------ ending

    def _stop(self, grace: float) -> list[Instruction]:
        if self.stopping:
            return []
        self.stopping = True
        dead = self.recovery.abandon()
        self.alive -= dead
        self._said_over |= dead
        if not self.alive:
            return [Conclude()] if dead else []
        return [Stop(self._alive()), SetTimer("terminate", grace)]

    def _time_up(self, timer: str) -> list[Instruction]:
        if timer in (ALL, SOME):
            return self._grow(timer)
        if not self.stopping or self.over:
            return []
        if timer == "terminate":
            return [Terminate(self._alive()), SetTimer("kill", TERMINATING_GRACE)]
        return [Kill(self._alive())]

    def _alive(self) -> tuple[Worker, ...]:
        return tuple(sorted(self.alive))

    def _waiting(self) -> set[Worker]:
        """Those who may wait for each other; the caller in its loop body does not wait."""
        return (self.alive - self._said_over) | self._caller

    def _grow(self, timer: str) -> list[Instruction]:
        if self.stopping or self._waits is None:
            return []
        number = self._waits.time_up(timer, self._waiting())
        if isinstance(number, list):
            return number
        capacity = self._waits.grow(number)
        self.grown.append((self.plan.streams[number].name, capacity))
        return [*self._told_to_grow(number, capacity), SetTimer(timer, AGAIN)]

    def _told_to_grow(self, number: int, capacity: int) -> list[Instruction]:
        return [
            Tell(Worker(reader, replica), Grow(port, capacity))
            for reader in self.plan.streams[number].readers
            for replica in range(self.plan.stages[reader].replicas)
            for port, into in enumerate(self.plan.stages[reader].inputs)
            if into.stream == number
        ]


class _Loops:
    """When a loop is over: what feeds it from outside has finished, all its workers are idle, everything
    sent was taken, and the same again when asked once more. Or else when all who take what leaves it have
    finished: its workers themselves never see that, for each has somebody who wants its results.

    One look is not enough, for the reports are of different moments (the four-counter method: Mattern 1987).
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._members: dict[int, set[Worker]] = {}
        self._feeders: dict[int, set[Worker]] = {}
        for stage, replica in plan.workers():
            worker, loop = Worker(stage, replica), plan.stages[stage].loop
            if loop is not None:
                self._members.setdefault(loop, set()).add(worker)
            for fed in self._fed_by(stage):
                if fed is not None:
                    self._feeders.setdefault(fed, set()).add(worker)
        self._takers = {loop: self._outside(loop) for loop in self._members}
        self._loop_of = {worker: loop for loop, members in self._members.items() for worker in members}
        self._fed = dict.fromkeys(self._members, 0)
        self._idle: dict[Worker, tuple[int, int]] = {}
        self._answers: dict[int, dict[Worker, tuple[int, int]]] = {}
        self._asked: dict[int, tuple[int, int]] = {}
        self._probes = 0
        self._unneeded: set[int] = set()
        self.over: set[int] = set()
        """Loops that ended because nothing was in flight in them any more."""

    def ended(self, loop: int) -> None:
        """It is over, unless nobody wanted anything of it any more."""
        self.over |= {loop} - self._unneeded

    def _fed_by(self, stage: int, port: int | None = None) -> set[int | None]:
        """The loops that a stage outside them writes into, on streams that also come round."""
        loops: set[int | None] = set()
        for number, output in enumerate(self._plan.stages[stage].outputs):
            if port is None or number == port:
                stream = self._plan.streams[output.stream]
                inside = {self._plan.stages[reader].loop for reader in stream.readers}
                around = {self._plan.stages[writer].loop for writer in stream.writers}
                loops |= inside & around
        return loops - {None, self._plan.stages[stage].loop}

    def _outside(self, loop: int) -> set[Worker]:
        """Who takes what leaves a loop; nobody where some of it is thrown away, which never ends."""
        stages = self._plan.stages
        leaving = [s for s in self._plan.streams if any(stages[writer].loop == loop for writer in s.writers)]
        if any(stream.discards for stream in leaving):
            return set()
        readers = {reader for stream in leaving for reader in stream.readers if stages[reader].loop != loop}
        return {Worker(reader, replica) for reader in readers for replica in range(stages[reader].replicas)}

    def heard(self, message: Idle | Busy) -> list[Instruction]:
        loop = self._loop_of.get(message.worker)
        if loop is None:
            return []
        if isinstance(message, Busy):
            self._idle.pop(message.worker, None)
            self._asked.pop(loop, None)
            return []
        if message.probe:
            return self._answered(loop, message)
        self._idle[message.worker] = (message.sent, message.taken)
        return self._look(loop)

    def left(self, worker: Worker, summary: Summary) -> list[Instruction]:
        """A worker has finished: as a member it no longer has a say, as a feeder it will send nothing
        more.
        """
        loop = self._loop_of.pop(worker, None)
        if loop is not None:
            self._members[loop].discard(worker)
            self._idle.pop(worker, None)
        instructions = self._unwanted(worker)
        for fed, feeders in self._feeders.items():
            if worker in feeders:
                feeders.discard(worker)
                self._fed[fed] += sum(
                    count - summary.not_needed.get(port, 0)
                    for port, count in summary.written.items()
                    if fed in self._fed_by(worker.stage, port)
                )
                instructions += self._look(fed)
        return instructions

    def _unwanted(self, worker: Worker) -> list[Instruction]:
        """The loops that nobody wants anything of, now that this worker is over, end."""
        instructions: list[Instruction] = []
        for loop, takers in self._takers.items():
            if worker in takers:
                takers.discard(worker)
                if not takers:
                    self._unneeded.add(loop)
                    ended = EndInput(loop_only=False)
                    instructions += [Tell(member, ended) for member in sorted(self._members[loop])]
        return instructions

    def _look(self, loop: int) -> list[Instruction]:
        members = self._members[loop]
        if not members or self._feeders.get(loop) or not all(member in self._idle for member in members):
            return []
        sent, taken = self._totals(loop, self._idle)
        if sent != taken:
            return []
        self._probes += 1
        self._asked[loop] = (self._probes, sent)
        self._answers[loop] = {}
        return [Tell(member, Probe(self._probes)) for member in sorted(members)]

    def _totals(self, loop: int, said: dict[Worker, tuple[int, int]]) -> tuple[int, int]:
        members = self._members[loop]
        sent = self._fed[loop] + sum(said[member][0] for member in members)
        return sent, sum(said[member][1] for member in members)

    def _answered(self, loop: int, message: Idle) -> list[Instruction]:
        number, total = self._asked.get(loop, (0, 0))
        if message.probe != number:
            return []
        answers = self._answers[loop]
        answers[message.worker] = (message.sent, message.taken)
        members = self._members[loop]
        if not members <= answers.keys():
            return []
        del self._asked[loop]
        sent, taken = self._totals(loop, answers)
        if sent == taken == total:
            self.ended(loop)
            return [Tell(member, EndInput(loop_only=True)) for member in sorted(members)]
        for member in members:
            self._idle[member] = answers[member]
        return self._look(loop)
