"""One run on Ray, as the system sees it, in the caller's process.

monitor thread    hears the coordinator's news, asks the supervisor, does what it says
hosted threads    started generators, which can't leave this process: replicas like the others
caller's thread   receive / wait / stop; of an iteration: fetches its batches itself

A little long: these are the three threads of one run, and they share its state.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import secrets
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, cast

from pipeflow.engines._base import Run, Settings
from pipeflow.engines.ray import cluster, library
from pipeflow.engines.ray.births import pickled
from pipeflow.engines.ray.coordinator import Coordinator
from pipeflow.engines.ray.desk import Desk
from pipeflow.engines.ray.host import Host
from pipeflow.engines.ray.library import RayError, ray
from pipeflow.engines.ray.orders import Order, Status
from pipeflow.engines.ray.outline import outlined
from pipeflow.engines.ray.remote import actor_class
from pipeflow.engines.ray.restarts import restartable
from pipeflow.errors import GraphError
from pipeflow.plan import Plan
from pipeflow.runtime import instructions as sup
from pipeflow.runtime.messages import Failed, Summary, Worker
from pipeflow.runtime.meter import FIELDS
from pipeflow.runtime.recovery import Recovery
from pipeflow.transports import Endpoint

_NEWS_SECONDS: Final = 0.2
"""The longest time without a look at the meters."""
START_SECONDS: Final = 60.0
"""Workers that have no place after so long get none: another program has taken it."""


@dataclass
class _Elsewhere(Recovery):
    """What the supervisor asks about deaths: the coordinator starts workers again, or says why not."""

    refusals: dict[Worker, str] = field(default_factory=dict[Worker, str])

    def refusal(self, event: sup.Gone) -> str:
        """Why this death ends the run."""
        return self.refusals.get(event.worker, "the run was ending")


class RayRun(Run):
    """See the module."""

    engine = "ray"

    def __init__(self, plan: Plan, settings: Settings) -> None:
        # Growing streams is the coordinator's business: it knows when nobody can go on.
        super().__init__(plan, replace(settings, grow=False))
        self._grow = settings.grow
        self._recovery = self.supervisor.recovery = _Elsewhere(plan)
        self._restartable = restartable(plan)
        self._ours = False
        self._coordinator: Any = None
        self._actors: dict[Worker, Any] = {}
        self._hosts: dict[Worker, Host] = {}
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._desk = Desk(partial(self._answer, self.caller))
        self._killed = self._concluded = False
        self._all_given = self.caller is None
        """The caller's orders come by way of the monitor, also when all workers have ended."""
        self._monitor = threading.Thread(target=self._watch, name="pipeflow monitor", daemon=True)

    # ------------------------------------------------------------ starting

    def start(self) -> None:
        """Connect, look whether there is room, start the workers, and let them go.

        Raises:
            GraphError: no such cluster, not what the pipes ask for, or a functor can't be pickled.
        """
        options = dict(self.settings.engine_options or {})
        within = float(options.pop("start_timeout", START_SECONDS))
        births = self._births()
        self._ours = cluster.connect(self.settings.address, options)
        try:
            cluster.check_demands(self.plan)
            self._launch(births, within)
        except BaseException:
            self.finished.set()
            self._end_actors()
            self._leave_cluster()
            raise
        self._monitor.start()

    @property
    def _local(self) -> frozenset[Worker]:
        return frozenset(w for w in self.workers if w == self.caller or self.plan.stages[w.stage].hosted)

    def _births(self) -> dict[Worker, bytes]:
        seed = secrets.randbits(64) if self.settings.seed is None else self.settings.seed
        return {
            worker: pickled(self.plan, worker, seed) for worker in self.workers if worker not in self._local
        }

    def _launch(self, births: dict[Worker, bytes], within: float) -> None:
        # With the caller: another machine's end must not take along what only the coordinator knows.
        options = {"num_cpus": 0, "max_concurrency": 1000, "enable_task_events": False}
        options["scheduling_strategy"] = library.beside_the_caller()
        kind = ray.remote(Coordinator).options(**options)
        self._coordinator = kind.remote(outlined(self.plan), self._restartable, self._local, grow=self._grow)
        wanted = {worker: cluster.demands(self.plan.stages[worker.stage]) for worker in births}
        for worker, birth in births.items():
            self._actors[worker] = self._actor(worker, wanted[worker]).remote(birth, [self._coordinator])
        self._await_actors(within)
        self.begin_clock()  # a run's seconds are those of its workers, not of their coming to the cluster
        again = {worker: (births[worker], wanted[worker]) for worker in self._restartable}
        for worker in self._local:
            if worker != self.caller:
                self._hosts[worker] = Host(self.plan, worker, self._answer)
        ray.get(self._coordinator.begin.remote([self._coordinator], self._actors, again))

    def _actor(self, worker: Worker, options: dict[str, Any]) -> Any:
        stage = self.plan.stages[worker.stage]
        try:
            return actor_class(stage.name, options)
        except (ValueError, TypeError) as error:
            where = stage.name if stage.pipe is None else stage.pipe.label_with_place
            raise GraphError(f"{where}: its  resources  are not what Ray takes: {error}") from error

    def _await_actors(self, within: float) -> None:
        """Until every worker has its place.

        Raises:
            GraphError: some have none after so many seconds, or can't be started.
        """
        there = {actor.there.remote(): worker for worker, actor in self._actors.items()}
        refs = list(there)
        ready: list[Any] = []
        missing: list[Any] = []
        if refs:
            ready, missing = ray.wait(refs, num_returns=len(refs), timeout=within)
        for ref in ready:
            try:
                ray.get(ref)
            except RayError as error:
                raise GraphError(f"{self._where(there[ref])} could not be started: {error}") from error
        if missing:
            names = ", ".join(sorted({self._where(there[ref]) for ref in missing}))
            free = ", ".join(
                f"{amount:g} {name}" for name, amount in sorted(ray.available_resources().items())
            )
            raise GraphError(
                f"after {within:g} s there is no place in the cluster for workers of {names}. Other programs "
                f"may have taken it; free are {free}. Nothing is running.\nAsk for less, or wait longer:  "
                "engine_options=dict(start_timeout=...)"
            )

    def _where(self, worker: Worker) -> str:
        pipe = self.plan.stages[worker.stage].pipe
        return self.plan.stages[worker.stage].name if pipe is None else pipe.label_with_place

    def _answer(self, worker: Worker | None, number: int, status: Status, refs: list[Any]) -> None:
        """A worker of this process, or the caller of an iteration, is through with an order."""
        self._coordinator.answer.remote(worker, number, status, refs)

    # ------------------------------------------------------------ watching

    def _watch(self) -> None:
        try:
            while not self.finished.is_set():
                self._once()
        except BaseException:  # noqa: BLE001 - a defect of ours, or the cluster is gone: end everything
            if not self._killed:
                self.defect = traceback.format_exc()
        finally:
            self.ended_at = time.monotonic()
            self._desk.end()
            self.finished.set()

    def _once(self) -> None:
        wait = self.next_deadline()
        seconds = _NEWS_SECONDS if wait is None else min(wait, _NEWS_SECONDS)
        events, meters = ray.get(self._coordinator.news.remote(seconds))
        for worker, meter in meters.items():
            at = self.numbers[worker] * FIELDS
            for offset, value in enumerate(meter):
                self.slots[at + offset] = value
        for event in events:
            self._hear(*event)
        while not self._inbox.empty():
            self.handle(self._inbox.get())
        for event in self.due():
            self.handle(event)
        if self._concluded and (self._all_given or self.supervisor.stopping):
            self._add_up()
            self.finished.set()

    def _hear(self, what: str, *details: Any) -> None:
        if what == "report":
            self._reported(details[0], pickle.loads(details[1]))
        elif what == "message":
            self.handle(sup.Reported(details[0]))
        elif what == "event":
            self.handle(pickle.loads(details[0]))
        elif what == "order":
            self._ordered(*details)
        elif what == "gone":
            self._gone(*details)
        elif what == "restarted":
            self._restarted(*details)
        elif what == "grown":
            self.supervisor.grown.append((details[0], details[1]))
        elif what == "loop":
            self.supervisor.loop_ended(details[0])
        elif what == "stuck":
            raise RuntimeError(f"nothing can go on, but these have not ended: {details[0]}")
        else:
            raise RuntimeError(details[0])

    def _restarted(self, worker: Worker, pid: int | None) -> None:
        name = self.plan.stages[worker.stage].name
        self.notes.append(f"'{name}'[{worker.replica}] died (pid {pid}) and was restarted")

    def _reported(self, worker: Worker, message: Any) -> None:
        if isinstance(message, Failed) and message.failure.worker.stage < 0:
            message = replace(message, failure=replace(message.failure, worker=worker))
        self.handle(sup.Reported(message))

    def _gone(self, worker: Worker, pid: int | None, item: int, why: str) -> None:
        if why:  # the supervisor asks its recovery, which knows of no restarts here
            self._recovery.refusals[worker] = why
        self.handle(sup.Gone(worker, None, item, pid))

    def _ordered(self, worker: Worker, number: int, order: Order, refs: list[Any]) -> None:
        if worker == self.caller:
            self._all_given = bool(order.ended)
            self._desk.put(number, order, refs)
        else:
            self._hosts[worker].put(number, order)

    def carry_out(self, instruction: sup.Instruction) -> None:
        """Do what the supervisor says (in the monitor's thread)."""
        if isinstance(instruction, sup.Stop):
            self._desk.end()
            self._coordinator.stop.remote()
        elif isinstance(instruction, sup.Kill):
            self._abandon(instruction.workers)
            self._coordinator.kill.remote(list(instruction.workers))
        elif isinstance(instruction, sup.Tell):
            self._coordinator.tell.remote(instruction.worker, instruction.command)
        elif isinstance(instruction, sup.SetTimer):
            self.set_timer(instruction)
        elif isinstance(instruction, sup.Conclude):
            self._concluded = True

    def _add_up(self) -> None:
        """A worker's numbers are those of all who had its name; what was not needed is known at the end."""
        with contextlib.suppress(RayError):
            totals: dict[Worker, Summary] = ray.get(self._coordinator.totals.remote())
            known = self.supervisor.summaries
            known.update({worker: done for worker, done in totals.items() if worker != self.caller})

    def _abandon(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            if worker in self._hosts:
                name = self.plan.stages[worker.stage].name
                self.notes.append(f"'{name}' is still in its generator, in a thread of this process")

    # ------------------------------------------------------------ what the system calls

    def receive(self) -> tuple[int, Any] | None:
        """The caller's next entry."""
        return self._desk.receive()

    def caller_endpoint(self) -> Endpoint:
        """What the caller of an iteration counts with."""
        return cast(Endpoint, self._desk)

    def stop(self, grace: float) -> None:
        """Ask the supervisor to end the run."""
        self._inbox.put(sup.StopAsked(grace))

    def tell(self, worker: Worker, command: object) -> None:
        """Send a worker a command."""
        self._inbox.put(sup.TellAsked(worker, command))

    def kill(self) -> None:
        """End every worker now."""
        self._inbox.put(sup.KillAsked())

    def close(self) -> None:
        """End the actors, and the cluster if it was started for this run."""
        if self._monitor.is_alive() and threading.current_thread() is not self._monitor:
            self._monitor.join()
        self._end_actors()
        for host in self._hosts.values():
            host.join(None if not self.notes else 0)
        self._leave_cluster()

    def _end_actors(self) -> None:
        for host in self._hosts.values():
            host.end()
        self._killed = True
        for actor in (*self._actors.values(), self._coordinator):
            if actor is not None:
                with contextlib.suppress(RayError, ValueError):
                    ray.kill(actor, no_restart=True)
        self._actors, self._coordinator = {}, None

    def _leave_cluster(self) -> None:
        if self._ours:
            self._ours = False
            cluster.disconnect()
