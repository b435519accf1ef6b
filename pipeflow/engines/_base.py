"""Run: one execution of a plan, as the system sees it on every engine."""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Callable, Generator, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeflow.choices import START_METHODS, unknown
from pipeflow.engines._overdue import Watch
from pipeflow.errors import GraphError
from pipeflow.plan import Plan
from pipeflow.runtime import instructions as sup
from pipeflow.runtime.messages import Blocked, Summary, Worker
from pipeflow.runtime.meter import FIELDS, Meter, Reading
from pipeflow.runtime.sequence import Resequencer
from pipeflow.runtime.supervisor import Supervisor
from pipeflow.transports import ENDED, WOKEN, Counts, Endpoint, StreamEnds
from pipeflow.transports.wiring import AUTOMATIC_ITEMS
from pipeflow.waiting import Latch, until


@dataclass(frozen=True)
class Settings:
    """How to run, beside what.

    Attributes:
        start_method: "fork", "forkserver" or "spawn"; None: the platform's.
        stop_timeout: seconds that workers get for ``local_term`` when the run is stopped.
        grow: give streams room against an artificial deadlock.
        seed: root of the workers' random seeds; None: a fresh one.
        address: of a cluster, for engines that have one.
        fuse: adjacent one-to-one pipes with one worker each share a worker (the planner's business).
        engine_options: what is the engine's own business alone: for "ray", the arguments of ``ray.init``.
    """

    start_method: str | None = None
    stop_timeout: float = 5.0
    grow: bool = True
    seed: int | None = None
    address: str | None = None
    fuse: bool = False
    engine_options: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Raises:
        GraphError: a setting that no run could have.
        """
        wrong = "" if self.start_method is None else unknown("start method", self.start_method, START_METHODS)
        if not wrong and not _is_number(self.stop_timeout, float):
            wrong = f"stop_timeout must be a number of seconds from 0 up, not {self.stop_timeout!r}."
        if not wrong and self.seed is not None and not _is_number(self.seed, int):
            wrong = f"seed must be a whole number from 0 up, not {self.seed!r}."
        if wrong:
            raise GraphError(f"{wrong} Nothing was started.")


def _is_number(value: Any, kind: type) -> bool:
    """Whether it is one, and not less than 0 (nor a bool, nor not-a-number)."""
    kinds = (int, float) if kind is float else (int,)
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= 0


class Run:
    """One execution. Engines fill in how workers start, and how instructions are carried out."""

    engine = ""
    automatic = AUTOMATIC_ITEMS
    """Items in a stream without a capacity of its own."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self.plan, self.settings = plan, settings
        caller = plan.caller
        self.caller = None if caller is None else Worker(caller, 0)
        self.workers = [Worker(*pair) for pair in plan.workers()]
        self.supervisor = Supervisor(plan, grow=settings.grow, automatic=self.automatic)
        self.numbers = {worker: number for number, worker in enumerate(self.workers)}
        self.slots: Any = array("q", bytes(8 * FIELDS * len(self.workers)))
        self.started_at = 0.0
        self.ended_at = 0.0
        self.finished = Latch()
        self.notes: list[str] = []
        self.listener: Callable[[object], None] | None = None
        """Hears every message of the workers, in the order of their arrival; must return at once."""
        self.defect: str | None = None
        self.pid = os.getpid()
        self._deadlines: dict[str, float] = {}
        self._early = 0
        """Items of an iteration that waited for one before them beyond their stream's bound, at most."""
        self._overdue = Watch(plan, self._item_in_hand, lambda worker: worker in self.supervisor.blocked)
        self._look_at = 0.0

    # ------------------------------------------------------------ what the system calls

    def start(self) -> None:
        """Start every worker."""
        raise NotImplementedError

    def wait(self, timeout: float | None = None) -> bool:
        """Until every worker is gone; False when `timeout` seconds pass first."""
        return until(self.finished.wait, timeout)

    def stop(self, grace: float) -> None:
        """Begin to end the run; workers get `grace` seconds to let go of their functors."""
        raise NotImplementedError

    def kill(self) -> None:
        """End the run without waiting for anybody."""
        self.stop(0.0)

    def tell(self, worker: Worker, command: object) -> None:
        """Send a worker a command, from any thread."""
        raise NotImplementedError

    def receive(self) -> tuple[int, Any] | None:
        """The caller's next (port, entry or ENDED); None when the run is being ended."""
        raise NotImplementedError

    def summaries(self) -> dict[Worker, Summary]:
        """Every worker's numbers, the caller's included."""
        numbers = dict(self.supervisor.summaries)
        if self.caller is not None:
            counts = self.caller_counts()
            read = {port: read.read for port, read in counts.inputs.items()}
            numbers[self.caller] = Summary(read=read, early=self._early)
        return numbers

    def caller_counts(self) -> Counts:
        """What the caller's endpoint has counted."""
        return self.caller_endpoint().counts

    def took(self, port: int, ticket: int | None = None) -> None:
        """The caller is done with the entry it received (or with the oldest one of the ticket's writer)."""
        self.caller_endpoint().done(port, ticket)

    def caller_endpoint(self) -> Endpoint:
        """The caller's own end of an iteration."""
        raise NotImplementedError

    def drain(self) -> None:
        """Every worker is gone: see that everything they wrote has been shown."""

    def show_above(self, show: Callable[[str], None] | None) -> None:
        """What workers write to a terminal goes through `show` from now on; None: no longer."""

    def close(self) -> None:
        """Give everything back; every worker is gone."""

    def works_here(self) -> bool:
        """Whether the calling thread is one of the workers."""
        return False

    # ------------------------------------------------------------ shared

    def items(self) -> Generator[Any, None, None]:
        """What the caller of an iteration receives, in order where the plan keeps it."""
        assert self.caller is not None
        port_plan = self.plan.stages[self.caller.stage].inputs[0]
        sequenced, holds = self.plan.streams[port_plan.stream].sequenced, port_plan.holds
        order = Resequencer()
        while True:
            received = self.receive()
            if received is None:
                return
            if received[1] is ENDED:
                order.must_be_done(self.plan.streams[port_plan.stream].name)
                return
            port, entry = received
            if entry is WOKEN:
                continue
            if not sequenced:
                last = [entry]
                del received, entry  # while the next is waited for, only the caller holds the last one
                yield last.pop()
                self.took(port)
                continue
            number, entries = entry
            held = self.caller_endpoint().ticket(port) if holds else None
            order.add(number, ((held, entries),))
            if held is None:
                self._early = order.most
                self.took(port)
            while len(order):
                ticket, restored = order.take()
                yield from restored
                if ticket is not None:
                    self.took(port, ticket)

    def meter(self, worker: Worker) -> Meter:
        """A worker's live numbers."""
        return Meter(self.slots, self.numbers[worker])

    def readings(self) -> dict[Worker, Reading]:
        """What every worker's meter shows now."""
        now = round(1e9 * self.ended_at) or time.monotonic_ns()
        return {worker: self.meter(worker).read(now) for worker in self.workers if worker != self.caller}

    @property
    def seconds(self) -> float:
        """How long the run has taken."""
        return (self.ended_at or time.monotonic()) - self.started_at

    def stream_ends(self) -> list[StreamEnds]:
        """The plan's streams by the workers at their ends."""
        ends: list[StreamEnds] = []
        for number, stream in enumerate(self.plan.streams):
            if stream.discards:
                continue
            writers: list[tuple[Hashable, int]] = []
            readers: list[tuple[Hashable, int]] = []
            for worker in self.workers:
                stage = self.plan.stages[worker.stage]
                writers += [(worker, port) for port, out in enumerate(stage.outputs) if out.stream == number]
                readers += [(worker, port) for port, into in enumerate(stage.inputs) if into.stream == number]
            ends.append(
                StreamEnds(tuple(writers), tuple(readers), stream.capacity, stream.sequenced, stream.at_least)
            )
        return ends

    def watch_blocks(self, worker: Worker, endpoint: Endpoint) -> None:
        """Let `endpoint` report when it has been waiting for long."""
        endpoint.on_block = BlockReporter(self.plan, worker, endpoint)

    def begin_clock(self) -> None:
        """The run starts now."""
        self.started_at = time.monotonic()

    def set_timer(self, instruction: sup.SetTimer) -> None:
        """Remember when the supervisor wants to hear `TimeUp`."""
        self._deadlines[instruction.timer] = time.monotonic() + instruction.seconds

    def next_deadline(self) -> float | None:
        """Seconds until the next timer runs out."""
        deadlines = list(self._deadlines.values())
        if self._overdue.pause is not None:
            deadlines.append(self._look_at)
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def due(self) -> list[sup.TimeUp | sup.Overdue]:
        """The timers that have run out, and the items that have taken too long."""
        now = time.monotonic()
        late: list[sup.Overdue] = []
        if self._overdue.pause is not None and now >= self._look_at:
            self._look_at = now + self._overdue.pause
            late = self._overdue.look(now)
        names = [name for name, deadline in self._deadlines.items() if deadline <= now]
        for name in names:
            del self._deadlines[name]
        return [*(sup.TimeUp(name) for name in names), *late]

    def _item_in_hand(self, worker: Worker) -> int:
        return self.meter(worker).read().item

    def handle(self, event: object) -> None:
        """Ask the supervisor and carry out what it says."""
        if self.listener is not None and isinstance(event, sup.Reported):
            self.listener(event.message)
        for instruction in self.supervisor.handle(event):
            self.carry_out(instruction)

    def carry_out(self, instruction: sup.Instruction) -> None:
        """Do what the supervisor says."""
        raise NotImplementedError


class BlockReporter:
    """Tells the supervisor when an endpoint has been waiting for long, and when it got free."""

    def __init__(self, plan: Plan, worker: Worker, endpoint: Endpoint) -> None:
        self._outputs = [port.stream for port in plan.stages[worker.stage].outputs]
        self._worker, self._endpoint = worker, endpoint

    def __call__(self, state: str, output: int) -> None:
        stream = self._outputs[output] if state == "blocked" and output >= 0 else None
        self._endpoint.report(Blocked(self._worker, stream, free=state == "busy"))
