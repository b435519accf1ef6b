"""A worker's standard output and error: the pipes it was given, in lines, whoever writes.

`print`, `logging` and code in C end in descriptors 1 and 2. Those are the pipes; what stands between them and
the writer is emptied at the end of every line, so that a worker that is killed has lost no line.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

_IOLBF = 1
_PATIENCE = 3.0
"""Seconds that handlers of logging get to write what they hold."""
_hopeless = False
"""They have had them."""
_kept: list[Any] = []
"""Buffers of the parent's streams: taking them down would wait for locks that nobody here can release."""


def adopt(out: int, error: int) -> None:
    """Make the pipes this process's standard output and error.

    Args:
        out: the descriptor for what is written to standard output; closed here.
        error: the one for standard error.
    """
    _forget_records()
    for name, number, descriptor in (("stdout", 1, out), ("stderr", 2, error)):
        _clear_buffer_of_c(name, number)
        os.dup2(descriptor, number)
        os.close(descriptor)
        old = getattr(sys, name)
        new = _reopened(name, number)
        for handler in _handlers():
            if getattr(handler, "stream", None) is old:
                with contextlib.suppress(AttributeError):  # logging.lastResort's is always sys.stderr
                    handler.stream = new


def empty() -> None:
    """Before the process ends without further ado: write what is still in a buffer."""
    global _hopeless
    if not _hopeless:  # a handler may wait for a thread of the parent's, which fork has not copied
        thread = threading.Thread(target=_end_logging, name="pipeflow logging", daemon=True)
        with contextlib.suppress(RuntimeError):
            thread.start()
            thread.join(_PATIENCE)
            _hopeless = thread.is_alive()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(Exception):
            stream.flush()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    with contextlib.suppress(Exception):
        ctypes.CDLL(None).fflush(None)


def _end_logging() -> None:
    with contextlib.suppress(Exception):
        logging.shutdown()


def _forget_records() -> None:
    """What the parent's handlers hold back, as a `MemoryHandler` does, is the parent's to write."""
    handlers = sys.modules.get("logging.handlers")
    for handler in _handlers():
        if handlers is not None and isinstance(handler, handlers.BufferingHandler):
            handler.buffer = []


def _reopened(name: str, number: int) -> io.TextIOWrapper:
    """``sys.<name>``, pointed at the descriptor.

    Python's own streams stay the objects they are, since functors may hold them (``Sink(sys.stdout.write)``);
    only what is behind them is made anew: under fork another thread of the parent may have had its lock.
    """
    old, standard = getattr(sys, name), getattr(sys, f"__{name}__")
    plain = [stream for stream in {id(s): s for s in (old, standard)}.values() if _plain(stream, number)]
    for stream in plain:
        _renew(stream, number)
    stream = plain[0] if plain else _opened(number, old)
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)
    return stream


def _plain(stream: Any, number: int) -> bool:
    if type(stream) is not io.TextIOWrapper:
        return False
    try:
        return stream.fileno() == number
    except (OSError, ValueError):
        return False


def _renew(stream: io.TextIOWrapper, number: int) -> None:
    _kept.append(stream.buffer)
    stream.__init__(  # type: ignore[misc]
        _buffer(number), encoding=stream.encoding, errors=stream.errors, line_buffering=True
    )


def _opened(number: int, like: Any) -> io.TextIOWrapper:
    encoding = getattr(like, "encoding", None)
    return io.TextIOWrapper(
        _buffer(number),
        encoding=encoding if isinstance(encoding, str) else "utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )


def _buffer(number: int) -> io.BufferedWriter:
    return io.BufferedWriter(io.FileIO(number, "w", closefd=False))


def _handlers() -> Iterator[Any]:
    """All handlers of logging that are in use."""
    for logger in (logging.getLogger(), *logging.Logger.manager.loggerDict.values()):
        yield from getattr(logger, "handlers", ())


def _clear_buffer_of_c(name: str, number: int) -> None:
    """The same for C: nothing that the parent had in its buffer, and lines from now on. The buffer goes by
    the new rule only once it has been written, so that is done, into the void.
    """
    void = os.open(os.devnull, os.O_WRONLY)
    os.dup2(void, number)
    os.close(void)
    with contextlib.suppress(Exception):  # a C library that names them otherwise
        library = ctypes.CDLL(None)
        file = ctypes.c_void_p.in_dll(library, name)
        library.setvbuf(file, None, _IOLBF, 0)
        library.fputc(ord("\n"), file)
        library.fflush(file)
