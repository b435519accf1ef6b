"""A worker in a thread of the caller's process: it pulls a started generator, which can't leave that."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

from pipeflow.engines.ray.births import Birth, without_others
from pipeflow.engines.ray.library import RayError, ray
from pipeflow.engines.ray.orders import Order, Status
from pipeflow.engines.ray.replica import Replica
from pipeflow.plan import Plan
from pipeflow.runtime.messages import Worker

_END: Final = object()


class Host:
    """See the module; it begins at once.

    Args:
        plan: what runs.
        worker: which of its workers this is.
        answer: takes the worker, an order's number, how it went, and the references of what was made.
    """

    def __init__(
        self, plan: Plan, worker: Worker, answer: Callable[[Worker, int, Status, list[Any]], None]
    ) -> None:
        self._worker, self._answer = worker, answer
        self._birth = Birth(without_others(plan, worker), worker, None, own_process=False)
        self._orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        name = f"pipeflow {plan.stages[worker.stage].name}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        replica = Replica(lambda: self._birth)
        while (given := self._orders.get()) is not _END:
            number, order = given
            status, *made = replica.work(order)
            with contextlib.suppress(RayError):  # the run is over
                self._answer(self._worker, number, status, [ray.put(batch) for batch in made])

    def put(self, number: int, order: Order) -> None:
        """An order, and its number."""
        self._orders.put((number, order))

    def end(self) -> None:
        """There are no more orders."""
        self._orders.put(_END)

    def join(self, seconds: float | None) -> None:
        """Wait until it has ended, so long at most."""
        self._thread.join(seconds)
