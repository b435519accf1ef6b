"""How a worker's process is started: nothing of the caller's is changed for good."""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Generator
from multiprocessing import forkserver, spawn
from typing import Any, Final

from pipeflow.errors import GraphWarning


class ProcessEnd:
    """Readable once a process of ours is over.

    Raises:
        OSError, AttributeError: there is nothing of the kind here.
    """

    def __init__(self, pid: int) -> None:
        self._handle = os.pidfd_open(pid)

    def fileno(self) -> int:
        """The descriptor."""
        return self._handle

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self._handle)


def default_method() -> str:
    """What the user has set, or the platform's; asked in a way that sets nothing."""
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


def shared_memory(size: int) -> tuple[int, mmap.mmap]:
    """Anonymous shared memory: nothing in /dev/shm, gone with its last user."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("pipeflow")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, size)
    return descriptor, mmap.mmap(descriptor, size)


@contextlib.contextmanager
def no_interrupts() -> Generator[None, None, None]:
    """A child is born with SIGINT blocked and ignores it from its first line on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def without_main() -> Generator[None, None, None]:
    """Keep a spawned child from importing the caller's script again.

    What the script defines travels by value. So a script needs no guard, and one that was typed in, or piped
    in, has workers too.
    """
    prepared, starter = spawn.get_preparation_data, threading.get_ident()

    def stripped(name: str) -> dict[str, Any]:
        data: dict[str, Any] = prepared(name)
        if threading.get_ident() == starter:
            data.pop("init_main_from_name", None)
            data.pop("init_main_from_path", None)
        return data

    unset = multiprocessing.get_start_method(allow_none=True) is None  # pyright: ignore[reportUnnecessaryComparison]
    spawn.get_preparation_data = stripped
    try:
        yield
    finally:
        spawn.get_preparation_data = prepared
        if unset:  # starting a process settles the default for good, and that is the user's to do
            multiprocessing.set_start_method(None, force=True)


_PRELOADED: Final = "pipeflow.engines._child"
"""All of the library that a worker needs."""


@contextlib.contextmanager
def preloaded() -> Generator[None, None, None]:
    """A fork server that is started here has imported what workers need, once for all of them: each would
    import it anew, which takes ten times as long as everything else that a worker does before its first item.
    One that runs already stays as it is.
    """
    server: Any = getattr(forkserver, "_forkserver", None)
    before: list[str] | None = getattr(server, "_preload_modules", None)
    if before is None or _PRELOADED in before:
        yield
        return
    forkserver.set_forkserver_preload([*before, _PRELOADED])
    try:
        yield
    finally:
        forkserver.set_forkserver_preload(before)


_warned = False


def warn_of_threads() -> None:
    """Say once that threads of the program are not copied by fork, and what they hold may stay locked."""
    global _warned
    ours = {thread for thread in threading.enumerate() if thread.name.startswith("pipeflow")}
    others = [t for t in threading.enumerate() if t not in ours and t is not threading.main_thread()]
    others = [t for t in others if t is not threading.current_thread() and "ipykernel" not in sys.modules]
    if others and not _warned:
        _warned = True
        warnings.warn(
            f"workers are forked while other threads run ({', '.join(sorted(t.name for t in others)[:3])}); "
            "a lock one of them holds at that moment stays locked in the worker. "
            "start_method='forkserver' avoids it",
            GraphWarning,
            stacklevel=2,
        )
