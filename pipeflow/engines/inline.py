"""Everything in the caller's thread, one unit of work at a time: for previews, doctests and debugging.

The worker furthest downstream that can work does, so streams stay short and the order is always the same.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from dataclasses import replace
from typing import Any

from pipeflow.engines._base import Run, Settings
from pipeflow.plan import Plan
from pipeflow.runtime import instructions as sup
from pipeflow.runtime.identity import WorkerIdentity, become, worker
from pipeflow.runtime.messages import Blocked, Failed, Failure, Summary, Worker
from pipeflow.runtime.waits import ALL, SOME
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import Endpoint
from pipeflow.transports.memory import AUTOMATIC, MemoryEndpoint, connect


class InlineRun(Run):
    """See the module."""

    engine = "inline"
    automatic = AUTOMATIC

    def __init__(self, plan: Plan, settings: Settings) -> None:
        super().__init__(plan, settings)
        self._endpoints: dict[Any, MemoryEndpoint] = {}
        self._loops: dict[Worker, RunLoop] = {}
        self._rank = _ranks(plan)
        self._ready: list[tuple[int, int, Worker]] = []
        self._queued: set[Worker] = set()
        self._told: deque[tuple[Worker, object]] = deque()
        self._turn = 0
        self._held: set[Worker] = set()
        """Could work, but a stream behind them is full."""
        self._stop_asked: float | None = None

    def start(self) -> None:
        """Connect the workers; they work when the caller waits or iterates."""
        self.begin_clock()
        self._endpoints = connect(self.stream_ends(), self.workers, waits=False)
        for each in self.workers:
            endpoint = self._endpoints[each]
            endpoint.on_report = self._reported
            if each == self.caller:
                continue
            endpoint.on_stir = _Requeue(self, each)
            self._loops[each] = RunLoop(
                self.plan, each, endpoint, self.meter(each), interrupts=True, seed=self.settings.seed
            )
            self.requeue(each)

    def wait(self, timeout: float | None = None) -> bool:
        """Work until every worker has ended."""
        while not self.finished.is_set():
            self._step()
        return True

    def receive(self) -> tuple[int, Any] | None:
        """Work until something arrives for the caller."""
        endpoint = self._endpoints[self.caller]
        self._heed()
        while not endpoint.poll():
            if self.finished.is_set() or self.supervisor.stopping:
                return None
            self._step()
        if self.supervisor.stopping:
            return None
        return endpoint.receive()

    def caller_endpoint(self) -> Endpoint:
        """The caller's own end."""
        return self._endpoints[self.caller]

    def summaries(self) -> dict[Worker, Summary]:
        """See `Run`. No worker waits here until all it sent is done, so what of that is not needed is known
        only now.
        """
        numbers = super().summaries()
        for each in numbers.keys() & self._loops.keys():
            outputs = self._endpoints[each].counts.outputs
            unneeded = {port: written.not_needed for port, written in outputs.items()}
            numbers[each] = replace(numbers[each], not_needed=unneeded)
        return numbers

    def stop(self, grace: float) -> None:
        """Let every functor go, before the next unit of work; from any thread, and from within a functor."""
        self._stop_asked = grace

    def _heed(self) -> None:
        grace, self._stop_asked = self._stop_asked, None
        if grace is not None and not self.finished.is_set():
            self.handle(sup.StopAsked(grace))

    def tell(self, worker: Worker, command: object) -> None:
        """Deliver a command before the next unit of work; from any thread."""
        self._told.append((worker, command))

    def _deliver(self, worker: Worker, command: object) -> None:
        loop = self._loops.get(worker)
        if loop is not None and not loop.over:
            loop.command(command)
            self.requeue(worker)

    def requeue(self, each: Worker) -> None:
        """A worker may have something to do."""
        if each not in self._queued:
            self._queued.add(each)
            self._held.discard(each)
            self._turn += 1
            heapq.heappush(self._ready, (self._rank[each.stage], self._turn, each))

    def carry_out(self, instruction: sup.Instruction) -> None:
        """Stopping is immediate: nobody else is running."""
        if isinstance(instruction, sup.Stop):
            for each in instruction.workers:
                loop = self._loops.get(each)
                if loop is not None and not loop.over:
                    self._as(each, loop.stop)
                self.handle(sup.Gone(each))
        elif isinstance(instruction, sup.Tell):
            self._deliver(instruction.worker, instruction.command)
        elif isinstance(instruction, sup.Conclude):
            self.ended_at = time.monotonic()
            self.finished.set()

    def _step(self) -> None:
        self._heed()
        while self._told:
            self._deliver(*self._told.popleft())
        while self._ready:
            _, _, each = heapq.heappop(self._ready)
            self._queued.discard(each)
            loop = self._loops[each]
            if loop.over or not loop.ready:
                continue
            if self._endpoints[each].room:
                self._tick(each)
                return
            self._held.add(each)
        for each in list(self._held):  # (the threads of event loops change it)
            if not self._loops[each].ready:  # another worker of the pipe has taken what there was
                self._held.discard(each)
        able = [each for each in list(self._held) if self._endpoints[each].blocked_output is None]
        if able:
            # Everybody who can work has a full stream to send to. One does, and then has the item in hand.
            self._tick(min(able, key=lambda each: (self._rank[each.stage], each)))
        elif not self._held or self._any_pending():
            self._nothing_ready()
        else:
            self._locked()

    def _tick(self, each: Worker) -> None:
        loop = self._loops[each]
        self._held.discard(each)
        self._as(each, loop.tick)
        if loop.over:
            self.handle(sup.Gone(each))
        else:
            self.requeue(each)

    def _nothing_ready(self) -> None:
        """Wait for event loops; else let idle workers say so, which ends loops; else it is a defect."""
        for each, loop in self._loops.items():
            if not loop.over and loop.pending is not None:
                loop.pending.wait(0.05)
                self.requeue(each)
        if self._held:
            return
        if self._ready or self.finished.is_set():
            return
        for loop in self._loops.values():
            if not loop.over:
                loop.say_idle()
        if not self._ready and not self.finished.is_set():
            waiting = ", ".join(self.plan.stages[each.stage].name for each in sorted(self.supervisor.alive))
            raise RuntimeError(f"nothing can go on, but these have not ended: {waiting}")

    def _any_pending(self) -> bool:
        return any(loop.pending is not None for loop in self._loops.values() if not loop.over)

    def _locked(self) -> None:
        """Each has an item in hand that a full stream has no room for: the smallest one grows, if it may."""
        for each in sorted(self._held):
            output = self._endpoints[each].blocked_output
            assert output is not None
            stream = self.plan.stages[each.stage].outputs[output].stream
            self.handle(sup.Reported(Blocked(each, stream)))
        idle = {*self.supervisor.alive, *([] if self.caller is None else [self.caller])} - self._held
        for each in idle:
            self.handle(sup.Reported(Blocked(each, None)))
        grown = len(self.supervisor.grown)
        for timer in (ALL, SOME, SOME):  # looked at twice where some are not in it
            if len(self.supervisor.grown) == grown:
                self.handle(sup.TimeUp(timer))
        for each in (*self._held, *idle):
            self.handle(sup.Reported(Blocked(each, None, free=True)))
        if len(self.supervisor.grown) == grown:
            self._give_up(min(self._held))
        for each in list(self._held):
            self.requeue(each)

    def _give_up(self, worker: Worker) -> None:
        output = self._endpoints[worker].blocked_output
        assert output is not None
        stream = self.plan.streams[self.plan.stages[worker.stage].outputs[output].stream]
        text = (
            f"the stream {stream.name!r} is full, and its reader waits for something else: every pipe waits "
            "for another one. Give that stream more room, or let it grow"
        )
        failure = Failure(worker, None, "send", None, None, "BufferError", text, "")
        self.handle(sup.Reported(Failed(failure, self._loops[worker].summary())))

    def _reported(self, message: object) -> None:
        self.handle(sup.Reported(message))

    def _as(self, each: Worker, call: Any) -> None:
        stage = self.plan.stages[each.stage]
        before = worker()
        become(WorkerIdentity(stage.name, each.replica, stage.replicas))
        try:
            call()
        finally:
            become(before)


class _Requeue:
    def __init__(self, run: InlineRun, each: Worker) -> None:
        self._run, self._each = run, each

    def __call__(self) -> None:
        self._run.requeue(self._each)


def _ranks(plan: Plan) -> list[int]:
    """Steps to the furthest end downstream: lower goes first. Pipes of one loop share a rank."""
    places = [number if stage.loop is None else -1 - stage.loop for number, stage in enumerate(plan.stages)]
    after: dict[int, set[int]] = {place: set() for place in places}
    for stream in plan.streams:
        for writer in stream.writers:
            after[places[writer]].update(places[reader] for reader in stream.readers)
    steps: dict[int, int] = {}
    stack = list(after)
    while stack:
        place = stack[-1]
        waiting = [further for further in after[place] - {place} if further not in steps]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        steps[place] = 1 + max((steps[further] for further in after[place] - {place}), default=-1)
    return [steps[place] for place in places]


def open_run(plan: Plan, settings: Settings) -> Run:
    """A run of `plan` in this thread."""
    return InlineRun(plan, settings)
