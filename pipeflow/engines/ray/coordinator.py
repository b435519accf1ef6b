"""The actor in the middle. It owns every result, so that the death of the worker that made one takes nothing
with it; what passes through it are references (and results so small that Ray keeps them with their owner).
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import traceback
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

from pipeflow.engines.ray.library import ActorDied, ObjectLost, ray
from pipeflow.engines.ray.orders import Order, Sealed, Status
from pipeflow.engines.ray.replica import Replica
from pipeflow.engines.ray.schedule import Job, Outline, Schedule
from pipeflow.runtime.messages import Summary, Worker

_LOOK = 0.1
"""Seconds between two looks at who waits."""
_QUIET = 0.4
"""Seconds after which a worker that was asked nothing is asked whether it lives."""


class Coordinator:
    """See the module, and `schedule.Schedule`.

    Args:
        outline: what runs, without anything of the user's.
        restartable: workers that may be started again.
        local: workers that are in the caller's process: their orders go there.
        grow: streams get room against an artificial deadlock.
    """

    def __init__(
        self, outline: Outline, restartable: frozenset[Worker], local: frozenset[Worker], *, grow: bool
    ) -> None:
        plan = outline.plan
        self._schedule = Schedule(outline, restartable, grow=grow)
        self._local = local
        self._actors: dict[Worker, Any] = {}
        self._births: dict[Worker, tuple[bytes, dict[str, Any]]] = {}
        self._asked: dict[Worker, deque[tuple[asyncio.Task[Any], list[Any]]]] = {}
        self._local_orders: Counter[Worker] = Counter()
        self._turns: dict[Worker, _InTurn] = {worker: _InTurn() for worker in local}
        self._outputs: dict[Worker, int] = {
            Worker(*pair): len(plan.stages[pair[0]].outputs) for pair in plan.workers()
        }
        self._changed = asyncio.Event()
        self._waiting: set[asyncio.Task[None]] = set()
        self._me: Any = None
        self._watch: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return "pipeflow coordinator"

    # ------------------------------------------------------------ what the caller's process asks

    async def begin(
        self, me: list[Any], actors: dict[Worker, Any], births: dict[Worker, tuple[bytes, dict[str, Any]]]
    ) -> None:
        """All workers are there: go.

        Args:
            me: this actor's own handle, for those that are started later.
            actors: the workers' handles.
            births: how those that may be started again are made.
        """
        self._me, self._actors, self._births = me[0], actors, births
        self._watch = asyncio.ensure_future(self._look())
        self._go_on()

    async def news(self, seconds: float) -> tuple[list[tuple[Any, ...]], dict[Worker, tuple[int, ...]]]:
        """(what the supervisor is to hear, every worker's meter), as soon as there is something."""
        if not self._schedule.events:
            self._changed.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds)
        events, self._schedule.events = self._schedule.events, []
        hands = self._schedule.hands.values()
        return events, {hand.worker: hand.meter for hand in hands if hand.meter}

    async def totals(self) -> dict[Worker, Summary]:
        """What every worker has done."""
        return {worker: hand.done for worker, hand in self._schedule.hands.items()}

    async def answer(self, worker: Worker, number: int, status: Status, refs: list[Any]) -> None:
        """A worker in the caller's process has carried out its order of this number."""
        with self._defects_are_said():
            for said, made in self._turns[worker].come(number, (status, refs)):
                self._schedule.answered(worker, said, tuple(made))
        self._go_on()

    async def tell(self, worker: Worker, message: object) -> None:
        """A command for a worker."""
        self._schedule.command(worker, message)
        self._go_on()

    async def stop(self) -> None:
        """Every worker is to let go of its functor."""
        self._schedule.stopping = True
        self._go_on()

    async def kill(self, workers: list[Worker]) -> None:
        """End these workers."""
        with self._defects_are_said():
            for worker in workers:
                if worker in self._actors:
                    ray.kill(self._actors[worker], no_restart=True)
                self._schedule.gone(worker)
        self._changed.set()

    async def heard(self, event: bytes) -> None:
        """Something a worker has to say out of turn."""
        self._schedule.events.append(("event", event))
        self._changed.set()

    # ------------------------------------------------------------ orders

    @contextlib.contextmanager
    def _defects_are_said(self) -> Iterator[None]:
        """Nobody waits for what these calls return: the caller's process hears of a defect, and ends the run."""
        try:
            yield
        except Exception:  # noqa: BLE001
            self._schedule.events.append(("defect", traceback.format_exc()))
            self._changed.set()

    def _go_on(self) -> None:
        with self._defects_are_said():
            for job in self._schedule.orders():
                self._send(job)
        if self._schedule.events:
            self._changed.set()

    def _send(self, job: Job) -> None:
        if job.worker in self._local:
            # In lists: references that the caller's process resolves by itself.
            number = self._local_orders[job.worker]
            self._local_orders[job.worker] += 1
            self._schedule.events.append(("order", job.worker, number, job.order, list(job.refs)))
            return
        count = 1 + (0 if job.order.ping else self._outputs[job.worker])
        made = self._actors[job.worker].work.options(num_returns=count).remote(job.order, *job.refs)
        status, refs = (made, []) if count == 1 else (made[0], list(made[1:]))
        task = asyncio.ensure_future(_result(status))
        self._asked.setdefault(job.worker, deque()).append((task, refs))
        task.add_done_callback(lambda _: self._look_at(job.worker))

    def _look_at(self, worker: Worker) -> None:
        with self._defects_are_said():
            self._answered(worker)

    def _answered(self, worker: Worker) -> None:
        asked = self._asked[worker]
        while asked and asked[0][0].done():
            task, refs = asked.popleft()
            error = task.exception()
            if error is None:
                status = task.result()
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
        self._go_on()

    def _name(self, worker: Worker) -> str:
        return f"{self._schedule.plan.stages[worker.stage].name}[{worker.replica}]"

    def _died(self, worker: Worker) -> None:
        if not self._schedule.died(worker):
            return
        birth, options = self._births[worker]
        ray.kill(self._actors[worker], no_restart=True)  # it may only be out of reach
        self._actors[worker] = actor_class(self._schedule.plan.stages[worker.stage].name, options).remote(
            birth, [self._me]
        )

    def _dismiss(self, worker: Worker) -> None:
        """It has ended: give back its place once it has flushed what it printed."""
        actor = self._actors.pop(worker, None)
        if actor is not None:
            actor.__ray_terminate__.remote()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            self._schedule.waits()
            for job in self._schedule.quiet(_QUIET):
                self._send(job)
            if self._schedule.events:
                self._changed.set()


class _InTurn:
    """Calls of an actor like this one may come in another order than they were made: puts them in order."""

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


async def _result(ref: Any) -> Any:
    return await ref


class RemoteReplica:
    """A `Replica` in an actor.

    Args:
        name: of the pipe: Ray shows it before what the worker prints.
        birth: a pickled `Birth`.
        coordinator: the coordinator's handle.
    """

    name = "worker"

    def __init__(self, birth: bytes, coordinator: list[Any]) -> None:
        self._coordinator = coordinator[0]
        self._replica = Replica(lambda: pickle.loads(birth), self._tell)

    def __repr__(self) -> str:
        return self.name

    def _tell(self, event: bytes) -> None:
        self._coordinator.heard.remote(event)

    def there(self) -> None:
        """The actor has been placed and lives."""

    def work(self, order: Order, *sealed: Sealed) -> Any:
        """See `Replica.work`."""
        status, *made = self._replica.work(order, *sealed)
        return (status, *made) if made and not order.ping else status


def actor_class(name: str, options: dict[str, Any]) -> Any:
    """The actor class of a pipe's workers.

    Args:
        name: the pipe's.
        options: what its ``resources`` ask for.
    """
    kind = type(name, (RemoteReplica,), {"name": name})
    return ray.remote(kind).options(**{"max_restarts": 0, "max_task_retries": 0, **options})
