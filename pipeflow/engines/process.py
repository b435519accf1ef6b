"""One process per worker, joined by private channels; one monitor thread in the caller's process.

    caller's thread     run.start / receive / wait / stop
    monitor thread      watches sentinels and control lines, asks the supervisor, does what it says
    worker processes    engines/_child.py: one run loop each
    hosted threads      started generators, which can't leave the caller's process

Workers are started first, with only their control line; their channels follow over it, so that no worker ever
holds an end that isn't its own. Nothing polls: the monitor sleeps until something happens.

The file is long because one object owns the processes, lines and descriptors of a run, and starting, watching
and giving back are about the same ones; how a process is started (`_launching`), relayed and restarted is
elsewhere.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import pickle
import secrets
import selectors
import signal
import socket
import threading
import time
import traceback
import warnings
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing import process as multiprocessing_process
from multiprocessing.process import BaseProcess
from typing import Any

from pipeflow.engines import _child
from pipeflow.engines._base import Run, Settings
from pipeflow.engines._launching import (
    ProcessEnd,
    default_method,
    no_interrupts,
    preloaded,
    shared_memory,
    warn_of_threads,
    without_main,
)
from pipeflow.engines._relay import Relay
from pipeflow.engines._restarting import Joints, in_order, restartable
from pipeflow.errors import GraphError, PipeError, PipelineStateError
from pipeflow.pipes.functors import has_method
from pipeflow.plan import Plan
from pipeflow.runtime import instructions as sup
from pipeflow.runtime.identity import WorkerIdentity, become
from pipeflow.runtime.messages import Failed, Failure, Summary, Worker
from pipeflow.runtime.meter import FIELDS
from pipeflow.runtime.shown import cut_repr
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import Endpoint, Stopped, Unreadable, values
from pipeflow.transports.control import STOP, Control, Garbled, send_channels
from pipeflow.transports.sockets import SocketEndpoint, connect, in_hand
from pipeflow.transports.wiring import Wiring, lay_out
from pipeflow.waiting import Latch

_PATIENCE = 10.0
"""Seconds for what is killed to be gone."""
_SPARE = 12
"""Descriptors beside those of workers and channels."""
_starting = threading.Lock()
"""One system forks at a time: a child must not inherit the half-made descriptors of another."""

_parent_ends: weakref.WeakSet[Control] = weakref.WeakSet()
_monitors: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


_workers: weakref.WeakSet[BaseProcess] = weakref.WeakSet()


def _close_parent_ends() -> None:
    """In every forked child: the parent's ends of the control lines are not its own, nor are its workers,
    which multiprocessing would end at the child's exit. And whoever was starting a system is not here.
    """
    global _starting
    _starting = threading.Lock()
    for control in list(_parent_ends):
        control.close()
    _parent_ends.clear()
    with contextlib.suppress(AttributeError):
        multiprocessing_process._children.difference_update(_workers)  # type: ignore[attr-defined]
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_parent_ends)


@dataclass(frozen=True)
class _HostEnded:
    """A hosted thread has left its run loop."""

    worker: Worker


class ProcessRun(Run):
    """See the module."""

    engine = "process"

    def __init__(self, plan: Plan, settings: Settings) -> None:
        super().__init__(plan, settings)
        self._restartable = restartable(plan)
        self._processes: dict[Worker, BaseProcess] = {}
        self._controls: dict[Worker, Control] = {}
        self._local: dict[Worker, SocketEndpoint] = {}
        self._hosts: dict[Worker, threading.Thread] = {}
        self._ends: dict[Worker, ProcessEnd] = {}
        self._served: set[Worker] = set()
        """Those whose process is a child of the fork server."""
        self._inbox: deque[object] = deque()
        self._bell, self._ear = socket.socketpair()
        self._births: dict[Worker, bytes] = {}
        """Of those that may be started again."""
        self._dead: list[BaseProcess] = []
        self.output = Relay()
        self._size = 8 * (FIELDS + 1) * len(self.workers)
        self._memory_fd, self._memory = shared_memory(self._size)
        self.slots = memoryview(self._memory).cast("q")
        self._selector = selectors.DefaultSelector()
        self._monitor = threading.Thread(target=self._attend, name="pipeflow monitor", daemon=True)
        self._launching: Callable[[], None] | None = None
        """What the monitor does before it watches."""
        self._launched, self._connected = Latch(), Latch()
        self._failed_launch: BaseException | None = None

    # ------------------------------------------------------------ starting

    def start(self) -> None:
        """Start every worker, connect them, then watch.

        Raises:
            PipelineStateError: in a process that may not have children, or while a spawned child imports its
            main.
            GraphError: a functor can't be pickled, or there are not enough descriptors.
        """
        try:
            self._prepare_and_launch()
        except BaseException as error:
            self._abort()
            if isinstance(error, OSError) and error.errno in (23, 24):
                raise GraphError(self._too_many_files()) from error
            raise

    def _prepare_and_launch(self) -> None:
        self._check_place()
        self._check_descriptors()
        method = self.settings.start_method or default_method()
        context: Any = multiprocessing.get_context(method)
        seed = secrets.randbits(64) if self.settings.seed is None else self.settings.seed
        self._method = method
        local = {w for w in self.workers if w == self.caller or self.plan.stages[w.stage].hosted}
        births = self._all_births(method, seed, local)
        self._births = {w: self._birth(w, "spawn", seed) for w in self._restartable}
        if method == "fork":
            warn_of_threads()
        if method == "fork" and self._restartable:
            values.agree_on_classes()
        self._launch(functools.partial(self._start_all, births, local, context))
        _monitors.add(self._monitor)
        self.output.start()
        try:
            self._start_local(local, by_value=method != "fork" or bool(self._restartable))
        finally:
            self._connected.set()
            if not self._launching:
                self._monitor.start()

    def _check_descriptors(self) -> None:
        """Before anything is started, for a start that fails half way leaves pipes of multiprocessing's
        behind.
        """
        try:
            import resource

            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            in_use = len(os.listdir("/proc/self/fd"))
        except (ImportError, OSError):
            return  # then it is found out by trying
        channels = sum(len(ends.writers) * len(ends.readers) for ends in self.stream_ends())
        if soft != resource.RLIM_INFINITY and in_use + 5 * len(self.workers) + 2 * channels + _SPARE > soft:
            raise GraphError(self._too_many_files())

    def _launch(self, start: Callable[[], None]) -> None:
        """A worker is to end when its parent does, and Linux takes for that the end of the *thread* that
        made it. So it is made by one that outlives it: the main thread, or else the monitor.
        """
        if threading.current_thread() is threading.main_thread():
            start()
            return
        self._launching = start
        self._monitor.start()
        self._launched.wait()
        if self._failed_launch is not None:
            self._monitor.join()
            raise self._failed_launch

    def _attend(self) -> None:
        if self._launching is not None:
            try:
                self._launching()
            except BaseException as error:  # noqa: BLE001
                self._failed_launch = error
                return
            finally:
                self._launched.set()
            self._connected.wait()
        self._watch()

    def _start_all(self, births: dict[Worker, Any], local: set[Worker], context: Any) -> None:
        with _starting:
            self.begin_clock()
            for worker in self.workers:
                self._start_worker(worker, births.get(worker), context)
            self._connect(local)

    def _check_place(self) -> None:
        current: Any = multiprocessing.current_process()
        if getattr(current, "_inheriting", False):
            raise PipelineStateError(
                "a worker is importing your script and the script runs a pipeline as it is imported. "
                "Guard what starts it:  if __name__ == '__main__':"
            )
        if _child.Unpacking.now:
            raise PipelineStateError(
                "a worker is importing a module of yours, which runs a pipeline as it is imported. "
                "Put what starts it into a function, or guard it:  if __name__ == '__main__':"
            )
        if current.daemon:
            raise PipelineStateError(
                "this process is daemonic (a worker of a pool, for instance), and Python allows it "
                "no children. "
                "Use  engine='thread'  here, or start the process with  daemon=False"
            )
        try:
            os.getcwd()
        except FileNotFoundError as error:
            if (self.settings.start_method or default_method()) != "fork":
                raise PipelineStateError(
                    "the current folder has been removed, and workers can't begin in it: "
                    "go to another one first, with  os.chdir(...)"
                ) from error

    def _all_births(self, method: str, seed: int, local: set[Worker]) -> dict[Worker, Any]:
        """What each worker begins with. A source's items that can't be sent stay here: `local` grows."""
        births: dict[Worker, Any] = {}
        for worker in self.workers:
            if worker in local:
                continue
            try:
                births[worker] = self._birth(worker, method, seed)
            except GraphError:
                pipe = self.plan.stages[worker.stage].pipe
                if pipe is None or pipe.has_input or callable(pipe.functor):
                    raise
                if has_method(pipe.functor, "run"):
                    raise
                local.add(worker)
        return births

    def _birth(self, worker: Worker, method: str, seed: int) -> Any:
        stages = tuple(
            stage if number == worker.stage else replace(stage, pipe=None, keys=None, fused=())
            for number, stage in enumerate(self.plan.stages)
        )
        birth = _child.Birth(
            replace(self.plan, stages=stages), worker, self.numbers[worker], seed, bool(self._restartable)
        )
        if method == "fork":
            return birth
        try:
            return values.dumps(birth, pickle.DEFAULT_PROTOCOL)
        except Exception as error:
            stage = self.plan.stages[worker.stage]
            pipe = stage.pipe
            where = pipe.label_with_place if pipe is not None else stage.name
            raise GraphError(
                f"{where} can't be sent to a worker process (start method {method!r}): {error}. "
                "Nothing was started.\nCreate what can't travel inside the worker: move it to  local_init , "
                "or use  Transform.of(...)"
            ) from error

    def _start_worker(self, worker: Worker, birth: Any, context: Any) -> None:
        mine, theirs = socket.socketpair()
        control = Control(mine)
        _parent_ends.add(control)
        self._controls[worker] = control
        if birth is None:
            self._local_ends[worker] = theirs
            return
        stage = self.plan.stages[worker.stage]
        label = stage.name if stage.replicas == 1 else f"{stage.name}[{worker.replica}]"
        written = self.output.pipes(label)
        process = context.Process(
            target=_child.main,
            args=(
                theirs,
                _child.Inherited(self._memory_fd),
                self._size,
                worker,
                birth,
                _child.Parent(os.getpid()),
                (_child.Inherited(written[0]), _child.Inherited(written[1])),
            ),
            name=f"pipeflow {stage.name}[{worker.replica}]",
            daemon=True,
        )
        (self._served.add if context.get_start_method() == "forkserver" else self._served.discard)(worker)
        self._processes[worker] = process
        _workers.add(process)
        try:
            with (
                contextlib.closing(theirs),
                no_interrupts(),
                without_main(),
                preloaded(),
                warnings.catch_warnings(),
            ):
                # Python 3.12 warns of every fork with threads; ours is one warning, about the user's.
                warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")
                process.start()
        finally:
            for descriptor in written:
                os.close(descriptor)

    def _connect(self, local: set[Worker]) -> None:
        layout = lay_out(self.stream_ends(), self.workers, self._restartable)
        self.supervisor.recovery.connected([(w, r) for w, r in layout.channels])  # type: ignore[misc]
        self._joints = Joints(layout)
        descriptors = connect(layout)
        self._wirings: dict[Worker, tuple[Wiring, list[int]]] = {}
        for worker in self.workers:
            if worker in local:
                self._wirings[worker] = (layout.wirings[worker], descriptors[worker])
            else:
                send_channels(self._controls[worker], layout.wirings[worker], descriptors[worker])

    def _start_local(self, local: set[Worker], by_value: bool) -> None:
        for worker in sorted(local):
            wiring, descriptors = self._wirings[worker]
            control = Control(self._local_ends[worker])
            endpoint = SocketEndpoint(
                wiring, dict(zip(wiring.ends(), descriptors, strict=True)), control, by_value=by_value
            )
            self._local[worker] = endpoint
            self.watch_blocks(worker, endpoint)
            if worker != self.caller:
                host = threading.Thread(
                    target=self._host,
                    args=(worker, endpoint),
                    name=f"pipeflow {self._name(worker)}",
                    daemon=True,
                )
                self._hosts[worker] = host
                host.start()

    @property
    def _local_ends(self) -> dict[Worker, socket.socket]:
        ends: dict[Worker, socket.socket] = self.__dict__.setdefault("_local_ends_made", {})
        return ends

    def _host(self, worker: Worker, endpoint: SocketEndpoint) -> None:
        stage = self.plan.stages[worker.stage]
        become(WorkerIdentity(stage.name, worker.replica, stage.replicas))
        try:
            RunLoop(self.plan, worker, endpoint, self.meter(worker)).run()
        except BaseException:
            if not self.finished.is_set():  # else the run has not waited for it, and its endpoint is closed
                raise
        finally:
            endpoint.close()
            self._put(_HostEnded(worker))

    def _abort(self) -> None:
        """Starting has failed, or was interrupted (a handler of signals may raise anywhere): end what was
        started.
        """
        self._connected.set()
        if self._monitor.is_alive():
            self.kill()
            self.finished.wait(_PATIENCE)
        started = [process for process in self._processes.values() if process.pid is not None]
        for process in started:
            process.kill()
        for process in started:
            process.join(_PATIENCE)
        self.finished.set()
        self.drain()
        self.close()

    # ------------------------------------------------------------ watching

    def _watch(self) -> None:
        try:
            self._selector.register(self._ear, selectors.EVENT_READ, ("bell", None))
            for worker, control in self._controls.items():
                self._selector.register(control, selectors.EVENT_READ, ("control", worker))
            for worker in self._processes:
                self._await_end(worker)
            while not self.finished.is_set():
                self._once()
        except BaseException:  # noqa: BLE001 - a defect of ours: end everything rather than hang
            self.defect = traceback.format_exc()
            for process in self._processes.values():
                process.kill()
            self._stop_local()
        finally:
            for process in self._processes.values():
                process.join()
            self.ended_at = time.monotonic()
            self.finished.set()

    def _await_end(self, worker: Worker) -> None:
        """Be told of the end of its process. The sentinel of multiprocessing is the end of a pipe: children
        that a functor forks hold it as well, and may live on.
        """
        process, end = self._processes[worker], None
        if worker not in self._served and process.pid is not None:
            with contextlib.suppress(AttributeError, OSError):
                end = self._ends[worker] = ProcessEnd(process.pid)
        self._selector.register(end or process.sentinel, selectors.EVENT_READ, ("sentinel", worker))

    def _once(self) -> None:
        for worker, control in self._controls.items():
            if control.pending and self._hears(control):
                self._selector.modify(
                    control, selectors.EVENT_READ | selectors.EVENT_WRITE, ("control", worker)
                )
        for key, _ in self._selector.select(self.next_deadline()):
            kind, worker = key.data
            if kind == "bell":
                self._ear.recv(4096)
            elif kind == "control":
                self._listen(worker)
            else:
                self._ended(worker)
        while self._inbox:
            event = self._inbox.popleft()
            self.handle(self._last_of(event.worker) if isinstance(event, _HostEnded) else event)
        for event in self.due():
            self.handle(event)

    def _listen(self, worker: Worker) -> None:
        control = self._controls[worker]
        if not self._hears(control):
            return  # its process ended among the same events, and what it still said has been heard
        if control.pending:
            control.push()
        self._hear(worker, control)
        if control.closed:
            self._forget(control)
        elif not control.pending:
            self._selector.modify(control, selectors.EVENT_READ, ("control", worker))

    def _ended(self, worker: Worker) -> None:
        """A process is over: first hear what it still said, for its own exception may be among it."""
        process = self._processes[worker]
        self._selector.unregister(self._ends.pop(worker, process.sentinel))
        self._hear_out(worker)
        process.join()
        reading = self.meter(worker).read()
        item = reading.item
        done = item - 1 if item else reading.taken
        hand = in_hand(self.slots[FIELDS * len(self.workers) + self.numbers[worker]])
        now = time.monotonic()
        self.handle(sup.Gone(worker, process.exitcode, item, process.pid, hand, at=now, done=done))

    def _hear_out(self, worker: Worker) -> None:
        control = self._controls[worker]
        if not control.closed:
            self._hear(worker, control)
            self._forget(control)

    def _hear(self, worker: Worker, control: Control) -> None:
        for message in control.pull():
            if isinstance(message, Garbled):
                failed = _unreadable_result(worker, self._processes.get(worker), message.error)
                self.handle(sup.Reported(failed))
            elif message is not STOP:
                self.handle(sup.Reported(message))

    def _last_of(self, worker: Worker) -> sup.Gone:
        """A hosted thread is over. What it said may still be unread, for it rings the bell itself."""
        self._hear_out(worker)
        return sup.Gone(worker)

    def _hears(self, control: Control) -> bool:
        return control.fileno() >= 0 and control.fileno() in self._selector.get_map()

    def _forget(self, control: Control) -> None:
        with contextlib.suppress(KeyError, ValueError):  # its line ended before its process was seen to end
            self._selector.unregister(control)

    def carry_out(self, instruction: sup.Instruction) -> None:
        """Do what the supervisor says (in the monitor's thread)."""
        if isinstance(instruction, sup.Stop):
            for worker in instruction.workers:
                self._controls[worker].stop()
            self._stop_local()
        elif isinstance(instruction, sup.Terminate):
            self._signal(instruction.workers, signal.SIGTERM)
        elif isinstance(instruction, sup.Kill):
            self._signal(instruction.workers, signal.SIGKILL)
            self._abandon_hosts(instruction.workers)
        elif isinstance(instruction, sup.Tell):
            self._controls[instruction.worker].post(instruction.command)
        elif isinstance(instruction, sup.Respawn):
            self._respawn(instruction)
        elif isinstance(instruction, sup.SetTimer):
            self.set_timer(instruction)
        else:
            self.finished.set()

    def _respawn(self, instruction: sup.Respawn) -> None:
        """Start a dead worker again, from this thread: under fork by way of the fork server, which has no
        others.
        """
        worker = instruction.worker
        context: Any = multiprocessing.get_context("forkserver" if self._method == "fork" else self._method)
        self._controls[worker].close()
        self._dead.append(self._processes.pop(worker))
        self.meter(worker).hold(0)
        self.slots[FIELDS * len(self.workers) + self.numbers[worker]] = 0
        try:
            with _starting:
                self._start_worker(worker, self._births[worker], context)
                wiring, joints = self._joints.make(worker, instruction.channels)
        except Exception as error:  # noqa: BLE001 - no memory, no descriptors
            self._put(sup.NotRespawned(worker, f"it could not be started again: {error!r}"))
            return
        send_channels(self._controls[worker], wiring, list(in_order(wiring, joints)))
        for joint in joints:
            self._controls[joint.peer].post(joint.message, [joint.theirs])
        self._selector.register(self._controls[worker], selectors.EVENT_READ, ("control", worker))
        self._await_end(worker)
        dead = self._dead[-1]
        self.notes.append(
            f"'{self._name(worker)}'[{worker.replica}] died (exit code {dead.exitcode}) and was restarted"
        )

    def _signal(self, workers: tuple[Worker, ...], number: int) -> None:
        for worker in workers:
            process = self._processes.get(worker)
            if process is not None and process.pid is not None and process.exitcode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, number)

    def _stop_local(self) -> None:
        for worker in self._local:
            if worker == self.caller:
                self._controls[worker].stop()

    def _abandon_hosts(self, workers: tuple[Worker, ...]) -> None:
        """A thread in the user's generator can't be ended; the run doesn't wait for it."""
        for worker in workers:
            if worker not in self._processes:
                self.notes.append(
                    f"'{self._name(worker)}' is still in its generator, in a thread of this process"
                )
                self._put(sup.Gone(worker))

    # ------------------------------------------------------------ what the system calls

    def receive(self) -> tuple[int, Any] | None:
        """The caller's next entry."""
        assert self.caller is not None
        try:
            return self._local[self.caller].receive()
        except Stopped:
            return None
        except Unreadable as error:
            stream = self.plan.stages[self.caller.stage].inputs[error.port].stream
            makers = " or ".join(f"'{self.plan.stages[n].name}'" for n in self.plan.streams[stream].writers)
            raise PipeError(
                f"an item of pipe {makers} can't be rebuilt in the caller: {cut_repr(error.__cause__)}"
            ) from error.__cause__

    def caller_endpoint(self) -> Endpoint:
        """The caller's own end."""
        assert self.caller is not None
        return self._local[self.caller]

    def stop(self, grace: float) -> None:
        """Ask the supervisor to end the run."""
        self._put(sup.StopAsked(grace))

    def tell(self, worker: Worker, command: object) -> None:
        """Send a worker a command."""
        self._put(sup.TellAsked(worker, command))

    def kill(self) -> None:
        """End every worker now."""
        self._put(sup.KillAsked())

    def drain(self) -> None:
        """See that everything the workers wrote has been shown."""
        self.output.drain()
        self.notes += self.output.notes

    def show_above(self, show: Callable[[str], None] | None) -> None:
        """See `Run.show_above`."""
        self.output.show_above(show)

    def works_here(self) -> bool:
        """Whether the calling thread is a generator's."""
        return threading.current_thread() in self._hosts.values()

    def close(self) -> None:
        """Give back sockets, memory and process handles."""
        if self._monitor.is_alive() and threading.current_thread() is not self._monitor:
            self._monitor.join()
        for endpoint in self._local.values():
            endpoint.close()
        for control in self._controls.values():
            control.close()
        for end in self._local_ends.values():
            end.close()
        for process in (*self._processes.values(), *self._dead):
            with contextlib.suppress(ValueError):  # closed: an interrupt came between, and this is the rest
                if process.pid is not None and process.exitcode is not None:
                    process.close()
                elif process.pid is not None and self.finished.is_set():
                    _give_up(process)
        self._selector.close()
        self._ends.clear()
        self._bell.close()
        self._ear.close()
        self._keep_readings()

    def _keep_readings(self) -> None:
        if isinstance(self.slots, list):
            return
        kept = list(self.slots)
        self.slots.release()
        self.slots = kept
        self._memory.close()
        os.close(self._memory_fd)

    def _put(self, event: object) -> None:
        self._inbox.append(event)
        with contextlib.suppress(OSError):  # closed: the run is over
            self._bell.send(b"!")

    def _name(self, worker: Worker) -> str:
        return self.plan.stages[worker.stage].name

    def _too_many_files(self) -> str:
        return (
            f"not enough file descriptors to connect {len(self.workers)} workers. "
            "Raise the limit ( ulimit -n ), or use fewer replicas. Nothing is running."
        )


def _give_up(process: BaseProcess) -> None:
    """It is over, but somebody else has taken its exit code (SIGCHLD is ignored, or a handler reaps all), and
    multiprocessing would take it for alive for ever.
    """
    with contextlib.suppress(AttributeError):
        popen = getattr(process, "_popen")  # noqa: B009 - of no known type
        if popen.method != "forkserver" and _is_reaped(popen.pid):
            multiprocessing_process._children.discard(process)  # type: ignore[attr-defined]
            popen.finalizer()


def _is_reaped(pid: int) -> bool:
    """Of a child of ours. (Signals can still be sent to it for a moment when it is.)"""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _unreadable_result(worker: Worker, process: BaseProcess | None, error: BaseException) -> Failed:
    """What a worker has said can't be rebuilt here: of its own in it is only the result of ``local_term``."""
    return Failed(
        Failure(
            worker=worker,
            pid=None if process is None else process.pid,
            during="local_term",
            item=None,
            item_repr=None,
            kind=type(error).__qualname__,
            text=f"its result can't be rebuilt in the caller: {cut_repr(error)}",
            traceback="",
        ),
        Summary(),
    )


def open_run(plan: Plan, settings: Settings) -> Run:
    """A run of `plan` in processes."""
    return ProcessRun(plan, settings)
