"""One worker as a task server: an order and its batches in, an answer and new batches out. Knows nothing of
Ray, so it works as well in the caller's process (which pulls started generators) and in tests.

    work(order, batches)  ->  load  ->  tick, tick, tick ...  ->  (status, a batch for each output)

The run loop is the one of every engine. What an order has brought and the loop has not taken when its time is
up is said to be not done, and comes again with another order: nothing is kept here between two orders but
what the pipe's own state is.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from pipeflow.engines._overdue import Watch
from pipeflow.engines.ray import batches
from pipeflow.engines.ray.births import Birth
from pipeflow.engines.ray.clock import Clock
from pipeflow.engines.ray.drawn import DrawnEndpoint
from pipeflow.engines.ray.endpoint import BatchEndpoint
from pipeflow.engines.ray.loop import BatchLoop
from pipeflow.engines.ray.orders import SLICE, Order, Sealed, Status
from pipeflow.engines.ray.sums import less
from pipeflow.pipes.functors import is_coroutine
from pipeflow.runtime.allocator import keep_memory
from pipeflow.runtime.identity import WorkerIdentity, become, seed_process
from pipeflow.runtime.messages import Failed, Failure, Summary, Worker
from pipeflow.runtime.meter import FIELDS, Meter
from pipeflow.runtime.shown import cut_repr
from pipeflow.transports import codec

_LONGEST: Final = 0.5
"""Seconds after which a source that has nothing yet says so."""
_LEAST: Final = 2
"""Ticks of an order however late it is: an entry is received by one and dealt with by the next."""


class Replica:
    """See the module.

    Args:
        birth: gives its `Birth`; called with the first order, for it may import a module of the user's.
        tell: takes a pickled event for the supervisor, from any thread, out of turn.
    """

    def __init__(self, birth: Callable[[], Birth], tell: Callable[[bytes], None] | None = None) -> None:
        self._birth, self._tell = birth, tell
        self._loop: BatchLoop | None = None
        self._endpoint: BatchEndpoint | None = None
        self._slots: Any = array("q", bytes(8 * FIELDS))
        self._said = Summary()
        self._cut_short = False
        self._clock = Clock()
        self._since = time.monotonic_ns()
        self._born: tuple[bytes, ...] | None = None

    def work(self, order: Order, *sealed: Sealed) -> tuple[Any, ...]:
        """Carry out one order: its status, and a batch for each output."""
        if order.ping:
            return (Status(pid=os.getpid(), ping=True), *self._none())
        if self._loop is None and self._born is None and not order.leave:
            self._begin()
        loop, endpoint = self._loop, self._endpoint
        if loop is None or endpoint is None:
            reports, self._born = self._born, ()
            return (Status(over=True, reports=reports or (), pid=os.getpid()), *self._none())
        if self._cut_short and not order.resumes:
            return (Status((0,) * len(order.parts), refused_order=True, pid=os.getpid()), *self._none())
        self._spend_gap(order)
        busy, taken = self._slots[3], self._slots[1]
        if isinstance(endpoint, DrawnEndpoint):
            self._draw(endpoint, order)
            done: tuple[int, ...] = ()
        else:
            done = self._tick(loop, endpoint, order, sealed)
        self._since = time.monotonic_ns()
        status = self._status(loop, endpoint, order, done)
        outbox, sizes = endpoint.empty()
        seconds, items = (self._slots[3] - busy) / 1e9, self._slots[1] - taken
        status = replace(
            status, sizes=tuple(sizes), sent=tuple(map(len, outbox)), seconds=seconds, items=items
        )
        return (status, *map(batches.sealed, outbox))

    def _none(self) -> list[Sealed]:
        birth: Birth | None = self._of
        return [] if birth is None else [[] for _ in birth.plan.stages[birth.worker.stage].outputs]

    # ------------------------------------------------------------ beginning

    _of: Birth | None = None

    def _begin(self) -> None:
        worker = Worker(-1, -1)
        try:
            birth = self._birth()
        except BaseException as error:  # noqa: BLE001
            self._born = (_stillborn(error),)
            return
        self._of, worker, plan = birth, birth.worker, birth.plan
        stage = plan.stages[worker.stage]
        assert stage.pipe is not None
        self._identity = WorkerIdentity(stage.name, worker.replica, stage.replicas)
        become(self._identity)
        pid: int | None = None
        if birth.own_process:
            pid = os.getpid()
            keep_memory()
        if birth.seed is not None:
            seed_process(birth.seed, self._identity)
        by_value = not birth.own_process
        if stage.inputs or stage.pipe.has_input:
            readonly = bool(stage.pipe.options.readonly)
            outputs = len(stage.outputs)
            self._endpoint = BatchEndpoint(len(stage.inputs), outputs, by_value=by_value, readonly=readonly)
        else:
            self._endpoint = DrawnEndpoint(len(stage.outputs), by_value=by_value)
        # The meter has the place of the only worker there is here.
        self._loop = BatchLoop(plan, worker, cast(Any, self._endpoint), Meter(self._slots, 0), pid=pid)
        self._settled_only = stage.pipe.options.on_crash == "restart" and not is_coroutine(stage.pipe.functor)
        self._watch_time(birth)
        if isinstance(self._endpoint, DrawnEndpoint):
            name = f"pipeflow {stage.name}"
            threading.Thread(target=self._run_source, args=(self._endpoint,), name=name, daemon=True).start()

    def _run_source(self, endpoint: DrawnEndpoint) -> None:
        assert self._loop is not None
        become(self._identity)
        try:
            self._loop.run()
        finally:
            endpoint.ended()

    def _watch_time(self, birth: Birth) -> None:
        """Items that take too long are seen by a thread: the worker's own is at the item."""
        watch = Watch(birth.plan, lambda _: self._slots[0], lambda worker: worker != birth.worker)
        if watch.pause is None or self._tell is None or birth.plan.stages[birth.worker.stage].pipe is None:
            return
        threading.Thread(
            target=self._look, args=(watch, self._tell), name="pipeflow watch", daemon=True
        ).start()

    def _look(self, watch: Watch, tell: Callable[[bytes], None]) -> None:
        assert watch.pause is not None
        while self._loop is not None and not self._loop.over:
            for late in watch.look(time.monotonic()):
                tell(codec.dumps(late))
            time.sleep(watch.pause)

    # ------------------------------------------------------------ one order

    def _draw(self, endpoint: DrawnEndpoint, order: Order) -> None:
        if order.leave:
            endpoint.stop()
        endpoint.draw(order, None if order.leave else SLICE, _LONGEST)

    def _tick(
        self, loop: BatchLoop, endpoint: BatchEndpoint, order: Order, sealed: Sequence[Sealed]
    ) -> tuple[int, ...]:
        endpoint.load(order, [batches.unsealed(batch) for batch in sealed])
        for command in order.commands:
            loop.command(command)
        if order.leave and not loop.over:
            loop.stop()
        deadline = time.monotonic() + SLICE
        self._clock.alarm(None if order.whole else deadline, endpoint.bulk.attention)
        ticks = 0
        while not loop.over:
            late = ticks >= _LEAST and time.monotonic() >= deadline
            if (endpoint.full or late) and not self._must_go_on(endpoint, order):
                break
            if loop.ready:
                endpoint.copy_views()
                loop.tick()
                ticks += 1
            elif loop.pending is not None and not late:
                loop.pending.wait(max(0.0, deadline - time.monotonic()))
            else:
                break
        self._clock.alarm(None, endpoint.bulk.attention)
        loop.put_back()
        done = tuple(endpoint.received)
        wanted = [part.stop - part.start for part in order.parts]
        closed = endpoint.closed
        self._cut_short = not loop.over and any(
            count < whole and part.port not in closed
            for count, whole, part in zip(done, wanted, order.parts, strict=True)
        )
        return done

    def _must_go_on(self, endpoint: BatchEndpoint, order: Order) -> bool:
        """Where an order may have to be repeated by another worker, none ends in the middle of an entry."""
        if order.whole:
            return True
        return self._settled_only and any(endpoint.held)

    def _spend_gap(self, order: Order) -> None:
        gap = time.monotonic_ns() - self._since
        Meter(self._slots, 0).spend(0, 0 if order.blocked else gap, gap if order.blocked else 0)

    def _status(
        self, loop: BatchLoop, endpoint: BatchEndpoint, order: Order, done: tuple[int, ...]
    ) -> Status:
        over = endpoint.over if isinstance(endpoint, DrawnEndpoint) else loop.over
        # A source's numbers are its thread's, which may be at work.
        said = self._said if isinstance(endpoint, DrawnEndpoint) and not over else loop.summary()
        work, self._said = less(said, self._said), said
        held = tuple(
            (port, writer, count)
            for port, writers in enumerate(endpoint.held)
            for writer, count in writers.counts().items()
        )
        return Status(
            done=done,
            over=over,
            idle=over or not (isinstance(endpoint, DrawnEndpoint) or loop.busy),
            closed=tuple(sorted(endpoint.closed)),
            accepts=() if isinstance(endpoint, DrawnEndpoint) or over else loop.accepts,
            held=held,
            work=work,
            reports=self._reports(endpoint),
            meter=tuple(self._slots),
            pid=os.getpid(),
        )

    def _reports(self, endpoint: BatchEndpoint) -> tuple[bytes, ...]:
        said: list[bytes] = []
        reports, endpoint.reports = endpoint.reports, []
        for report in reports:
            try:
                said.append(codec.dumps(report, by_value=endpoint.by_value))
            except Exception as error:  # noqa: BLE001 - a result of local_term that can't be pickled
                assert self._loop is not None
                failure = self._loop.guard.failure(error, "local_term")
                said.append(codec.dumps(Failed(failure, self._loop.summary())))
        return tuple(said)


def _stillborn(error: BaseException) -> bytes:
    """The functor can't be rebuilt here; who it was is known to who hears it."""
    failure = Failure(
        worker=Worker(-1, -1),
        pid=os.getpid(),
        during="start",
        item=None,
        item_repr=None,
        kind=type(error).__qualname__,
        text=cut_repr(error),
        traceback=traceback.format_exc(),
    )
    return codec.dumps(Failed(failure, Summary()))
