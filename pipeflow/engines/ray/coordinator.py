"""The actor in the middle. It owns every result, so that the death of the worker that made one takes nothing
with it; what passes through it are references (and results so small that Ray keeps them with their owner).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from pipeflow.engines.ray.dispatch import Births, Dispatch
from pipeflow.engines.ray.orders import Status
from pipeflow.engines.ray.outline import Outline
from pipeflow.engines.ray.schedule import Schedule
from pipeflow.runtime.messages import Summary, Worker

_LOOK = 0.1
"""Seconds between two looks at who waits."""
_QUIET = 0.4
"""Seconds after which a worker that was asked nothing is asked whether it lives."""


class Coordinator:
    """See the module; what the caller's process, and workers out of turn, ask of it.

    Args:
        outline: what runs, without anything of the user's.
        restartable: workers that may be started again.
        local: workers that are in the caller's process: their orders go there.
        grow: streams get room against an artificial deadlock.
    """

    def __init__(
        self, outline: Outline, restartable: frozenset[Worker], local: frozenset[Worker], *, grow: bool
    ) -> None:
        self._schedule = Schedule(outline, restartable, grow=grow)
        self._changed = asyncio.Event()
        self._dispatch = Dispatch(self._schedule, local, self._changed.set)
        self._watch: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return "pipeflow coordinator"

    async def begin(self, me: list[Any], actors: dict[Worker, Any], births: Births) -> None:
        """All workers are there: go.

        Args:
            me: this actor's own handle, for those that are started later.
            actors: the workers' handles.
            births: how those that may be started again are made.
        """
        self._watch = asyncio.ensure_future(self._look())
        self._dispatch.begin(me[0], actors, births)

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
        self._dispatch.answer(worker, number, status, refs)

    async def tell(self, worker: Worker, message: object) -> None:
        """A command for a worker."""
        self._schedule.command(worker, message)
        self._dispatch.go_on()

    async def stop(self) -> None:
        """Every worker is to let go of its functor."""
        self._schedule.stopping = True
        self._dispatch.go_on()

    async def kill(self, workers: list[Worker]) -> None:
        """End these workers."""
        self._dispatch.kill(workers)

    async def heard(self, event: bytes) -> None:
        """Something a worker has to say out of turn."""
        self._schedule.events.append(("event", event))
        self._changed.set()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            self._schedule.waits()
            self._dispatch.ask_the_quiet(_QUIET)
            if self._schedule.events:
                self._changed.set()
