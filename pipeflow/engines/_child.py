"""A worker's process, from its first line to its last."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import mmap
import os
import pickle
import select
import signal
import socket
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing import forkserver, reduction
from typing import Any

from pipeflow.engines import _files, _stdio
from pipeflow.engines._base import BlockReporter
from pipeflow.plan import Plan
from pipeflow.runtime.allocator import keep_memory
from pipeflow.runtime.guard import UserError
from pipeflow.runtime.identity import WorkerIdentity, become, seed_process
from pipeflow.runtime.messages import Failed, Failure, Finished, Summary, Worker
from pipeflow.runtime.meter import FIELDS, Meter
from pipeflow.runtime.shown import cut_repr
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import Stopped
from pipeflow.transports.control import Control, receive_channels
from pipeflow.transports.sockets import SocketEndpoint

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Birth:
    """What a worker is told: the plan without the others' functors, which worker it is, its meter, its
    seed.
    """

    plan: Plan
    worker: Worker
    number: int
    seed: int
    by_value: bool = False
    """Workers that are started again don't know the script."""


@dataclass(frozen=True)
class Parent:
    """Whose death ends the worker. The thread that starts a worker outlives it."""

    pid: int


class Inherited:
    """A descriptor that reaches a child under every start method."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return (_received, (reduction.DupFd(self.descriptor),))


def _received(duplicate: Any) -> Inherited:
    return Inherited(duplicate.detach())


def main(
    sock: socket.socket,
    memory: Inherited,
    size: int,
    worker: Worker,
    payload: Any,
    parent: Parent,
    output: tuple[Inherited, Inherited],
) -> None:
    """The worker's whole life; never returns."""
    code, pid = 1, os.getpid()
    gc.freeze()  # a collection over what the parent had made would copy the pages of all of it
    try:
        _stdio.adopt(*(end.descriptor for end in output))
        _settle(parent)
        _work(Control(sock), memory, size, worker, payload)
        code = 0
    finally:
        if os.getpid() != pid:
            _say_astray(sys.exc_info()[1])
        elif code:
            traceback.print_exc()
        _stdio.empty()
        os._exit(code)  # not through atexit: a thread that a functor left behind would keep the process


def _say_astray(error: BaseException | None) -> None:
    """A child that a functor forked has left the functor, as the worker does, and got as far as our ends."""
    while error is not None and not isinstance(error, UserError):
        error = error.__context__
    with contextlib.suppress(Exception):
        sys.stderr.write(
            ("" if error is None else error.failure.traceback)
            + f"pipeflow: process {os.getpid()}, which a functor had forked, came out of the functor as if "
            "it were the worker. It was ended, and its result dropped. End it in the functor:  os._exit(0)\n"
        )


def _settle(parent: Parent) -> None:
    """Signals are the parent's business, and its death is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(ValueError, OSError):
        signal.set_wakeup_fd(-1)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _let_go_of_fork_server()
    _watch_parent(parent.pid)


def _let_go_of_fork_server() -> None:
    """The fork server ends, and its children with it, once nobody holds the pipe that all who may ask it have
    in common. A worker that held it would keep the server, and so itself, when it is stuck in C and the
    caller has been killed.
    """
    server: Any = getattr(forkserver, "_forkserver", None)
    held = getattr(server, "_forkserver_alive_fd", None)
    if held is not None:
        server._forkserver_alive_fd = server._forkserver_address = server._forkserver_pid = None
        os.close(held)


def _watch_parent(pid: int) -> None:
    """A thread that ends this process when its parent is gone, however that ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        os._exit(1)
    except (AttributeError, OSError):
        return  # elsewhere the end of file on the control line does it
    threading.Thread(target=_die_with, args=(handle,), name="pipeflow parent watch", daemon=True).start()


def _die_with(handle: int) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.poll()
    os.kill(os.getpid(), signal.SIGKILL)


class Unpacking:
    """Whether this process is a worker that is being told its work, which imports the user's modules."""

    now = False


def _unpacked(payload: bytes) -> Birth:
    Unpacking.now = True
    try:
        birth: Birth = pickle.loads(payload)
    finally:
        Unpacking.now = False
    return birth


def _work(control: Control, memory: Inherited, size: int, worker: Worker, payload: Any) -> None:
    try:
        birth: Birth = _unpacked(payload) if isinstance(payload, bytes) else payload
    except BaseException as error:  # noqa: BLE001
        _report_birth(control, worker, error)
        return
    slots = memoryview(mmap.mmap(memory.descriptor, size)).cast("q")
    os.close(memory.descriptor)
    try:
        wiring, descriptors, early = receive_channels(control)
    except Stopped:  # before it began: another worker has failed
        _send(control, Finished(worker, Summary(), stopped=True))
        return
    hands = FIELDS * len(list(birth.plan.workers()))
    hand = slots[hands + birth.number : hands + birth.number + 1] if wiring.careful else None
    stage = birth.plan.stages[birth.worker.stage]
    readonly = wiring.careful and stage.pipe is not None and bool(stage.pipe.options.readonly)
    endpoint = SocketEndpoint(
        wiring, descriptors, control, by_value=birth.by_value, hand=hand, readonly=readonly
    )
    identity = WorkerIdentity(stage.name, birth.worker.replica, stage.replicas)
    become(identity)
    seed_process(birth.seed, identity)
    keep_memory()
    endpoint.on_block = BlockReporter(birth.plan, birth.worker, endpoint)
    loop = RunLoop(birth.plan, birth.worker, endpoint, Meter(slots, birth.number), pid=os.getpid())
    for message in early:
        loop.command(message)
    loop.run()
    _files.write_back(inherited=isinstance(payload, bytes))
    _stdio.empty()
    endpoint.close()


def _report_birth(control: Control, worker: Worker, error: BaseException) -> None:
    """The functor can't be rebuilt here: say so before leaving."""
    failure = Failure(
        worker=worker,
        pid=os.getpid(),
        during="start",
        item=None,
        item_repr=None,
        kind=type(error).__qualname__,
        text=cut_repr(error),
        traceback=traceback.format_exc(),
    )
    _send(control, Failed(failure, Summary()))


def _send(control: Control, message: object) -> None:
    """Post it and see that it leaves, without an endpoint's help."""
    control.post(message)
    deadline = time.monotonic() + 1
    while control.pending and not control.closed and time.monotonic() < deadline:
        select.select([], [control], [], 0.1)
        control.push()
