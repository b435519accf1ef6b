"""One thread per worker in the caller's process, for functors that release the GIL and free-threaded Python.

Nothing is pickled: an item is the very object that was sent. A thread can't be killed, so a functor that
never returns keeps its thread; the run ends without it and says so.
"""

from __future__ import annotations

import threading
import time
import traceback
from typing import Any

from pipeflow.engines._base import Run, Settings
from pipeflow.plan import Plan
from pipeflow.runtime import instructions as sup
from pipeflow.runtime.identity import WorkerIdentity, become
from pipeflow.runtime.messages import Worker
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import Endpoint, Stopped
from pipeflow.transports.memory import AUTOMATIC, MemoryEndpoint, connect
from pipeflow.waiting import Mailbox


class ThreadRun(Run):
    """See the module."""

    engine = "thread"
    automatic = AUTOMATIC

    def __init__(self, plan: Plan, settings: Settings) -> None:
        super().__init__(plan, settings)
        self._endpoints: dict[Any, MemoryEndpoint] = {}
        self._threads: dict[Worker, threading.Thread] = {}
        self._inbox: Mailbox[object] = Mailbox()
        self._monitor = threading.Thread(target=self._watch, name="pipeflow monitor", daemon=True)

    def start(self) -> None:
        """Start every worker, then watch."""
        self.begin_clock()
        self._endpoints = connect(self.stream_ends(), self.workers)
        for worker in self.workers:
            endpoint = self._endpoints[worker]
            endpoint.on_report = self._reported
            self.watch_blocks(worker, endpoint)
            if worker != self.caller:
                name = f"pipeflow {self.plan.stages[worker.stage].name}[{worker.replica}]"
                loop = RunLoop(self.plan, worker, endpoint, self.meter(worker), seed=self.settings.seed)
                thread = threading.Thread(target=self._work, args=(loop,), name=name, daemon=True)
                self._threads[worker] = thread
        try:
            for thread in self._threads.values():
                thread.start()
            self._monitor.start()
        except BaseException:  # there are no more threads to be had
            for endpoint in self._endpoints.values():
                endpoint.stop()
            raise

    def _work(self, loop: RunLoop) -> None:
        worker = loop.worker
        stage, endpoint = self.plan.stages[worker.stage], self._endpoints[worker]
        become(WorkerIdentity(stage.name, worker.replica, stage.replicas))
        try:
            loop.run()
        finally:
            endpoint.close()
            self._inbox.put(sup.Gone(worker))

    def _watch(self) -> None:
        try:
            while not self.finished.is_set():
                if self._inbox.wait(self.next_deadline()):
                    self.handle(self._inbox.take())
                for event in self.due():
                    self.handle(event)
        except BaseException:  # noqa: BLE001 - a defect of ours: end everything rather than hang
            self.defect = traceback.format_exc()
            for endpoint in self._endpoints.values():
                endpoint.stop()
        finally:
            self.ended_at = time.monotonic()
            self.finished.set()

    def _reported(self, message: object) -> None:
        self._inbox.put(sup.Reported(message))

    def carry_out(self, instruction: sup.Instruction) -> None:
        """Do what the supervisor says (in the monitor's thread)."""
        if isinstance(instruction, sup.Stop):
            for worker in instruction.workers:
                self._endpoints[worker].stop()
            if self.caller is not None:
                self._endpoints[self.caller].stop()
        elif isinstance(instruction, sup.Kill):
            self._abandon(instruction.workers)
        elif isinstance(instruction, sup.Tell):
            self._endpoints[instruction.worker].post(instruction.command)
        elif isinstance(instruction, sup.SetTimer):
            self.set_timer(instruction)
        elif isinstance(instruction, sup.Conclude):
            self.finished.set()

    def _abandon(self, workers: tuple[Worker, ...]) -> None:
        for worker in workers:
            name = self.plan.stages[worker.stage].name
            self.notes.append(f"'{name}' is still in its functor; a thread can't be ended from outside")
            self._inbox.put(sup.Gone(worker))

    def receive(self) -> tuple[int, Any] | None:
        """The caller's next entry."""
        try:
            return self._endpoints[self.caller].receive()
        except Stopped:
            return None

    def caller_endpoint(self) -> Endpoint:
        """The caller's own end."""
        return self._endpoints[self.caller]

    def stop(self, grace: float) -> None:
        """Ask the supervisor to end the run."""
        self._inbox.put(sup.StopAsked(grace))

    def tell(self, worker: Worker, command: object) -> None:
        """Send a worker a command."""
        self._inbox.put(sup.TellAsked(worker, command))

    def kill(self) -> None:
        """Stop waiting for workers."""
        self._inbox.put(sup.KillAsked())

    def works_here(self) -> bool:
        """See `Run.works_here`."""
        return threading.current_thread() in self._threads.values()

    def close(self) -> None:
        """Wait for the threads that can end."""
        for thread in self._threads.values():
            thread.join(0 if self.notes else None)
        if threading.current_thread() is not self._monitor:
            self._monitor.join()


def open_run(plan: Plan, settings: Settings) -> Run:
    """A run of `plan` in threads."""
    return ThreadRun(plan, settings)
