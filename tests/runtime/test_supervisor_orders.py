"""The supervisor met with every order of events that a run of three workers can bring."""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.instructions import (
    Conclude,
    Gone,
    Kill,
    KillAsked,
    Overdue,
    Reported,
    SetTimer,
    Stop,
    StopAsked,
    Tell,
    Terminate,
    TimeUp,
)
from pipeflow.runtime.messages import Blocked, Failed, Failure, Finished, Grow, Summary, Worker
from pipeflow.runtime.supervisor import Supervisor
from tests.functors import collector, inc

SRC, INC, SINK = ALL = (Worker(0, 0), Worker(1, 0), Worker(2, 0))
PLAN = compile_plan(build_graph(pf.Source(range(3)) >> pf.Transform(inc) >> collector()))
WAITS = {SRC: 0, INC: 1, SINK: None}
"""Which full stream each waits for; the last one for input."""


@dataclass
class World:
    """What has happened so far, beside what the supervisor makes of it."""

    supervisor: Supervisor = field(default_factory=lambda: Supervisor(PLAN))
    running: set[Worker] = field(default_factory=lambda: set(ALL))
    spoken: set[Worker] = field(default_factory=set[Worker])
    """Those that have said their last word."""
    timers: set[str] = field(default_factory=set[str])
    asked: set[str] = field(default_factory=set[str])
    bad: bool = False
    """Something has happened that a caller has to hear of."""
    stops: int = 0
    killed: bool = False
    concluded: int = 0

    def events(self) -> Iterator[Any]:
        for worker in sorted(self.running):
            if worker not in self.spoken:
                yield Reported(Finished(worker, Summary()))
                yield Reported(Failed(Failure(worker, 1, "run", 1, "x", "E", "bad", ""), Summary()))
                if worker == INC:
                    yield Overdue(worker, 1, 1.0)
                yield from (Gone(worker, code) for code in (0, -9))
            else:
                yield Gone(worker, 0)
        yield from (TimeUp(name) for name in sorted(self.timers))
        yield from (
            event for event in (StopAsked(1.0), KillAsked()) if type(event).__name__ not in self.asked
        )

    def after(self, event: Any) -> World:
        """The world once the supervisor has dealt with `event`, and each of its instructions has a reason."""
        world = copied(self)
        s, was_stopping = world.supervisor, self.supervisor.stopping
        world._note(event, was_stopping)
        for instruction in s.handle(event):
            if isinstance(instruction, Conclude):
                world.concluded += 1
            elif isinstance(instruction, SetTimer):
                world.timers.add(instruction.timer)
            elif isinstance(instruction, Tell):
                assert isinstance(instruction.command, Grow)
                assert not was_stopping
            else:
                assert isinstance(instruction, (Stop, Terminate, Kill))
                assert set(instruction.workers) == world.running, "all who are left, and nobody else"
                world.stops += isinstance(instruction, Stop)
                world.killed |= isinstance(instruction, Kill)
        assert world.concluded == (not world.running), "once, when the last one has gone"
        assert bool(s.problems) == world.bad
        assert s.stopping == (world.bad or bool(world.asked))
        assert world.stops <= 1
        if s.stopping and world.running:
            assert {"terminate", "kill"} & world.timers or world.killed, "who does not leave is made to"
        return world

    def _note(self, event: Any, was_stopping: bool) -> None:
        if isinstance(event, TimeUp):
            self.timers.discard(event.timer)
        elif isinstance(event, (StopAsked, KillAsked)):
            self.asked.add(type(event).__name__)
        elif isinstance(event, Overdue):
            self.bad |= not was_stopping
        elif isinstance(event, Reported):
            self.spoken.add(worker_of(event))
            self.bad |= isinstance(event.message, Failed)
        else:
            self.running.discard(event.worker)
            ours = was_stopping and event.exitcode == -9
            known = event.worker in self.supervisor._said_over
            self.bad |= not (event.worker in self.spoken or known or ours)

    def key(self) -> Any:
        s = self.supervisor
        marks = (s.stopping, s.stop_asked, self.bad, self.stops, self.killed, self.concluded)
        sets = (self.running, self.spoken, self.timers, self.asked, s.alive, s._said_over, s.blocked)
        return (*marks, *(frozenset(part) for part in sets))


def plan() -> Plan:
    return PLAN


def copied(world: World) -> World:
    """Of its own but for the plan, which nobody changes; faster than `deepcopy`."""
    with io.BytesIO() as file:
        pickler = pickle.Pickler(file)
        pickler.dispatch_table = {**copyreg.dispatch_table, Plan: lambda _: (plan, ())}
        pickler.dump(world)
        made: World = pickle.loads(file.getbuffer())
        return made


def worker_of(event: Reported) -> Worker:
    message: Any = event.message
    return message.failure.worker if isinstance(message, Failed) else message.worker


def test_every_order_of_events_ends_the_run_once_and_for_a_reason() -> None:
    first = World()
    for worker, stream in WAITS.items():
        for instruction in first.supervisor.handle(Reported(Blocked(worker, stream))):
            assert isinstance(instruction, SetTimer)
            first.timers.add(instruction.timer)
    assert first.timers
    known, new = {first.key()}, [first]
    while new:
        world = new.pop()
        for event in world.events() if world.running else ():
            then = world.after(event)
            if then.key() not in known:
                known.add(then.key())
                new.append(then)
    assert len(known) > 1000
