"""In the coordinator: orders go out to the workers' actors, their answers come in, dead workers are replaced.

Apart from the actor's own class, whose every method Ray wraps.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import pickle
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from typing import Any

from pipeflow.engines.ray.library import ActorDied, ObjectLost, ray
from pipeflow.engines.ray.orders import Status
from pipeflow.engines.ray.remote import actor_class
from pipeflow.engines.ray.schedule import Job, Schedule
from pipeflow.runtime.messages import Worker

Births = dict[Worker, tuple[bytes, dict[str, Any]]]


class Dispatch:
    """See the module.

    Args:
        schedule: says what to do.
        local: workers that are in the caller's process: their orders go there, as events.
        heard: called when there are events.
    """

    def __init__(self, schedule: Schedule, local: frozenset[Worker], heard: Callable[[], None]) -> None:
        self._schedule, self._local, self._heard = schedule, local, heard
        plan = schedule.plan
        self._outputs = {Worker(*pair): len(plan.stages[pair[0]].outputs) for pair in plan.workers()}
        self._asked: dict[Worker, deque[tuple[concurrent.futures.Future[bytes], list[Any]]]] = {}
        self._answered: deque[Worker] = deque()
        """By threads of Ray's: whose answer has come."""
        self._rung = False
        self._local_orders: Counter[Worker] = Counter()
        self._turns = {worker: _InTurn() for worker in local}
        self._actors: dict[Worker, Any] = {}
        self._calls: dict[Worker, Any] = {}
        """By worker, what gives it an order."""
        self._births: Births = {}
        self._me: Any = None

    def begin(self, me: Any, actors: dict[Worker, Any], births: Births) -> None:
        """The first orders; see `Coordinator.begin`."""
        self._me, self._births = me, births
        self._loop = asyncio.get_running_loop()
        for worker, actor in actors.items():
            self._take_on(worker, actor)
        self.go_on()

    def _take_on(self, worker: Worker, actor: Any) -> None:
        self._actors[worker] = actor
        self._calls[worker] = actor.work.options(num_returns=1 + self._outputs[worker])
        self._asked[worker] = deque()

    @contextlib.contextmanager
    def defects_are_said(self) -> Generator[None, None, None]:
        """Nobody waits for what is done here: the caller's process hears of a defect, and ends the run."""
        try:
            yield
        except Exception:  # noqa: BLE001
            self._schedule.events.append(("defect", traceback.format_exc()))
            self._heard()

    def go_on(self) -> None:
        """Give out what can be given out now."""
        with self.defects_are_said():
            for job in self._schedule.orders():
                self._send(job)
        if self._schedule.events:
            self._heard()

    def ask_the_quiet(self, seconds: float) -> None:
        """Ask workers that have had nothing to do for so long whether they live."""
        for job in self._schedule.quiet(seconds):
            self._send(job)

    def _send(self, job: Job) -> None:
        worker = job.worker
        if worker in self._local:
            number = self._local_orders[worker]
            self._local_orders[worker] += 1
            # In lists: references that the caller's process resolves by itself.
            self._schedule.events.append(("order", worker, number, job.order, list(job.refs)))
            return
        order = pickle.dumps(job.order, 5)
        if job.order.ping or not self._outputs[worker]:
            status, refs = self._actors[worker].work.remote(order, *job.refs), list[Any]()
        else:
            status, *refs = self._calls[worker].remote(order, *job.refs)
        said: concurrent.futures.Future[bytes] = status.future()
        self._asked[worker].append((said, refs))
        said.add_done_callback(lambda _: self._ring(worker))

    # ------------------------------------------------------------ answers

    def answer(self, worker: Worker, number: int, status: Status, refs: list[Any]) -> None:
        """A worker in the caller's process has carried out its order of this number."""
        with self.defects_are_said():
            for said, made in self._turns[worker].come(number, (status, refs)):
                self._schedule.answered(worker, said, tuple(made))
        self.go_on()

    def _ring(self, worker: Worker) -> None:
        """In a thread of Ray's. Answers that come close together are dealt with in one go."""
        self._answered.append(worker)
        if not self._rung:
            self._rung = True
            with contextlib.suppress(RuntimeError):  # the actor is being ended
                self._loop.call_soon_threadsafe(self._take_answers)

    def _take_answers(self) -> None:
        self._rung = False
        with self.defects_are_said():
            while self._answered:
                self._take_from(self._answered.popleft())
        self.go_on()

    def _take_from(self, worker: Worker) -> None:
        asked = self._asked[worker]
        while asked and asked[0][0].done():
            said, refs = asked.popleft()
            error = said.exception()
            if error is None:
                status: Status = pickle.loads(said.result())
                self._schedule.answered(worker, status, tuple(refs))
                if status.over:
                    self._dismiss(worker)
            elif isinstance(error, ActorDied):
                asked.clear()
                self._died(worker)
                break
            elif _is_lost(error):
                asked.clear()
                self._schedule.lost(worker)
                break
            else:
                self._schedule.events.append(("defect", f"{self._name(worker)}: {error!r}"))

    def _name(self, worker: Worker) -> str:
        return f"{self._schedule.plan.stages[worker.stage].name}[{worker.replica}]"

    # ------------------------------------------------------------ ends

    def _died(self, worker: Worker) -> None:
        if not self._schedule.died(worker):
            return
        birth, options = self._births[worker]
        ray.kill(self._actors[worker], no_restart=True)  # it may only be out of reach
        kind = actor_class(self._schedule.plan.stages[worker.stage].name, options)
        self._take_on(worker, kind.remote(birth, [self._me]))

    def _dismiss(self, worker: Worker) -> None:
        """It has ended: give back its place once it has flushed what it printed."""
        actor = self._actors.pop(worker, None)
        if actor is not None:
            actor.__ray_terminate__.remote()

    def kill(self, workers: list[Worker]) -> None:
        """End these workers."""
        with self.defects_are_said():
            for worker in workers:
                if worker in self._actors:
                    ray.kill(self._actors[worker], no_restart=True)
                self._schedule.gone(worker)
        self._heard()


class _InTurn:
    """Puts calls in order: an actor like the coordinator may get them in another one than they were made."""

    def __init__(self) -> None:
        self._next = 0
        self._early: dict[int, Any] = {}

    def come(self, number: int, what: Any) -> Iterator[Any]:
        """What may be dealt with now."""
        self._early[number] = what
        while self._next in self._early:
            self._next += 1
            yield self._early.pop(self._next - 1)


def _is_lost(error: BaseException) -> bool:
    """Whether a task could not be carried out because one of its batches is nowhere any more."""
    return isinstance(error, ObjectLost) or isinstance(getattr(error, "cause", None), ObjectLost)
