"""The caller's one thread beside a run, where there is something to watch: log lines, events, timeouts.

    workers ──reports──> engine's monitor ──listener──> inbox ──> this thread ──> logging
    term flags (multiprocessing.Event) <──looked at── this thread ──EndInput──> workers

The engine's monitor must not wait for a slow log handler, nor for the lock of an event that a killed worker
may have left locked; so neither is its business.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipeflow.engines._base import Run
from pipeflow.graph import Graph, name_of, pipe_nodes, stream_nodes
from pipeflow.plan import Plan
from pipeflow.runtime.messages import Blocked, EndInput, Worker
from pipeflow.runtime.supervisor import Death
from pipeflow.system.logs import Logger
from pipeflow.system.run_log import RunLog
from pipeflow.transports._base import BLOCK_NOTICE
from pipeflow.waiting import Mailbox

FLAG_PAUSE = 0.01
"""Seconds between two looks at the term flags: a `multiprocessing.Event` has nothing to be woken by."""
_END = object()


class TermFlag(NamedTuple):
    """An external event (anything with ``is_set``) and the workers that end when it is set."""

    event: Any
    workers: tuple[Worker, ...]


class Watch:
    """Watches one run, from its start until `finish`.

    Args:
        run: the run; it is told what flags say, and its reports are heard.
        log: takes what is to be logged.
        flags: the external events.
        timeouts: seconds after which a wait for a stream is worth a warning, by the stream's number.
    """

    def __init__(
        self, run: Run, log: RunLog, flags: Sequence[TermFlag] = (), timeouts: Mapping[int, float] = {}
    ) -> None:
        self._run, self._log = run, log
        self._flags = list(flags)
        self._waits = _Waits(run.plan, timeouts)
        self._inbox: Mailbox[object] = Mailbox()
        self._thread = threading.Thread(target=self._watch, name="pipeflow watch", daemon=True)
        run.listener = self._inbox.put

    def start(self) -> None:
        """Begin; the workers have been started."""
        self._tell_flags()
        self._thread.start()

    def finish(self) -> None:
        """The run is over: log what is left, and end."""
        for problem in self._run.supervisor.problems:
            if isinstance(problem, Death):
                self._inbox.put(problem)
        self._inbox.put(_END)
        if self._thread is not threading.current_thread() and self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while True:
            message = self._inbox.take() if self._inbox.wait(self._pause()) else None
            if message is _END:
                return
            try:
                self._look(message)
            except Exception as error:  # noqa: BLE001 - a user's log filter or event
                self._run.notes.append(f"while watching the run: {type(error).__name__}: {error}")

    def _look(self, message: object) -> None:
        now = time.monotonic()
        self._tell_flags()
        if message is not None:
            self._log.heard(message)
        if isinstance(message, Blocked):
            self._waits.heard(message, now)
        for worker, stream, what, seconds in self._waits.late(now):
            self._log.late(worker, stream, what, seconds)

    def _pause(self) -> float | None:
        pauses = [FLAG_PAUSE] if self._flags else []
        deadline = self._waits.next
        if deadline is not None:
            pauses.append(max(0.0, deadline - time.monotonic()))
        return min(pauses, default=None)

    def _tell_flags(self) -> None:
        for flag in [flag for flag in self._flags if flag.event.is_set()]:
            self._flags.remove(flag)
            for worker in flag.workers:
                self._run.tell(worker, EndInput(loop_only=False))


class _Late(NamedTuple):
    worker: Worker
    stream: int
    what: str
    seconds: float


class _Waits:
    """Who waits for a stream that has a timeout, and until when that is nothing special."""

    def __init__(self, plan: Plan, timeouts: Mapping[int, float]) -> None:
        self._plan, self._timeouts = plan, timeouts
        self._deadlines: dict[Worker, list[tuple[float, _Late]]] = {}

    def heard(self, message: Blocked, now: float) -> None:
        """A worker has begun to wait (it says so after `BLOCK_NOTICE` seconds), or goes on."""
        self._deadlines.pop(message.worker, None)
        if message.free or not self._timeouts:
            return
        inputs = [port.stream for port in self._plan.stages[message.worker.stage].inputs]
        streams, what = (inputs, "get") if message.stream is None else ([message.stream], "put")
        since = now - BLOCK_NOTICE
        self._deadlines[message.worker] = [
            (since + seconds, _Late(message.worker, stream, what, seconds))
            for stream, seconds in self._timeouts.items()
            if stream in streams
        ]

    @property
    def next(self) -> float | None:
        """When the next wait becomes too long."""
        return min((when for waits in self._deadlines.values() for when, _ in waits), default=None)

    def late(self, now: float) -> list[_Late]:
        """The waits that have just become too long, each once."""
        found: list[_Late] = []
        for worker, waits in self._deadlines.items():
            found += [late for when, late in waits if when <= now]
            self._deadlines[worker] = [wait for wait in waits if wait[0] > now]
        return found


# ---------------------------------------------------------------- what there is to watch


def watch_for(run: Run, graph: Graph, logger: Logger | None) -> Watch | None:
    """A watch over a run that is about to start; None where there is nothing to watch.

    Args:
        run: the run.
        graph: what it runs.
        logger: takes log lines; None: nothing is logged.
    """
    flags = _term_flags(graph, run.plan)
    if logger is None and not flags:
        return None
    return Watch(run, RunLog(run.plan, logger or Logger("critical")), flags, _timeouts(graph, run.plan))


def _term_flags(graph: Graph, plan: Plan) -> list[TermFlag]:
    """The external events that end pipes; one that several pipes share comes once."""
    events: dict[int, tuple[Any, list[Worker]]] = {}
    for pipe in pipe_nodes(graph):
        event = pipe.term_flag
        if event is not None:
            workers = events.setdefault(id(event), (event, []))[1]
            workers += _workers_of(plan, name_of(graph, pipe))
    return [TermFlag(event, tuple(workers)) for event, workers in events.values()]


def _workers_of(plan: Plan, name: str) -> list[Worker]:
    for number, stage in enumerate(plan.stages):
        if name in (stage.name, *(member.name for member in stage.fused)):
            return [Worker(number, replica) for replica in range(stage.replicas)]
    return []


def _timeouts(graph: Graph, plan: Plan) -> dict[int, float]:
    """How long a read or write may take, by the number of the stream."""
    named = {name_of(graph, stream): stream.timeout for stream in stream_nodes(graph)}
    found = {number: named.get(stream.name) for number, stream in enumerate(plan.streams)}
    return {number: float(seconds) for number, seconds in found.items() if seconds is not None}
