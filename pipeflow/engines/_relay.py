"""What workers write is shown where whoever started the run would look for it.

    worker: print, logging, C code ──> descriptors 1 and 2 ──> a pipe each ──> this thread ──> sys.stdout, ...

`sys.stdout` and `sys.stderr` are those of the moment at which the run begins, and the thread runs in the
context of whoever began it: a notebook shows the lines in that cell, also when another one is being executed.
Where a person looks, in a terminal and in a notebook, lines begin with their pipe's name. Where a program
reads, from a file or a pipe, they are as the worker wrote them.

A worker is never in the way of another, for each has pipes of its own, and a killed one takes nothing along:
what it has written is in its pipe.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import selectors
import sys
import threading
import weakref
from collections.abc import Callable

from pipeflow.engines._lines import ExactLines, Lines, NamedLines
from pipeflow.engines._target import Target
from pipeflow.waiting import Latch

_READ = 1 << 16
_PATIENCE = 5.0
"""Seconds that the end of a run waits for a terminal that takes nothing."""


class _Source:
    """The reading end of one worker's stdout or stderr."""

    def __init__(self, descriptor: int, lines: Lines, target: Target) -> None:
        self.descriptor, self.lines, self.target = descriptor, lines, target

    def read(self) -> bool:
        """Show what is there; False at the end."""
        try:
            data = os.read(self.descriptor, _READ)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        self.target.write(self.lines.feed(data) if data else self.lines.rest())
        return bool(data) and not self.target.gone

    def drain(self) -> bool:
        """Show all that is there, the beginning of a line included; False at the end."""
        while True:
            try:
                data = os.read(self.descriptor, _READ)
            except BlockingIOError:
                self.target.write(self.lines.rest())
                return True
            except OSError:
                data = b""
            self.target.write(self.lines.feed(data) if data else self.lines.rest())
            if not data or self.target.gone:
                return False


class Relay:
    """The output of all workers of one run.

    Made when the run begins; `start` comes after the workers' own start.

    Attributes:
        stdout, stderr: where it goes.
    """

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(Exception):  # a forked worker must find nothing in their buffers
                stream.flush()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
        self.stdout, self.stderr = Target(sys.stdout), Target(sys.stderr)
        self._sources: set[_Source] = set()
        self._new: list[_Source] = []
        self._bell: tuple[int, int] | None = None
        self._selector: selectors.BaseSelector | None = None
        self._leaving = False
        self._drained = Latch()
        self._moves = 0
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._serve,), name="pipeflow output", daemon=True
        )
        _relays.add(self)

    def pipes(self, name: str) -> tuple[int, int]:
        """The writing ends of a worker's stdout and stderr, to be closed here once the worker has them."""
        ends: list[int] = []
        for target in (self.stdout, self.stderr):
            reading, writing = os.pipe()
            os.set_blocking(reading, False)
            lines = NamedLines(name, target.encoding) if target.named else ExactLines()
            self._new.append(_Source(reading, lines, target))
            ends.append(_out_of_the_way(writing))
        if self._thread.is_alive():
            self._ring()
        return ends[0], ends[1]

    def start(self) -> None:
        """Show from now on."""
        self._bell = os.pipe()
        os.set_blocking(self._bell[0], False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell[0], selectors.EVENT_READ, None)
        self._thread.start()

    def drain(self) -> None:
        """The workers are gone: wait until all they wrote has been shown. Harmless when called again.

        What their own children write later is shown when it comes.
        """
        if not self._thread.is_alive():
            self._give_back()
            return
        self._leaving = True
        self._ring()
        before = -1
        while not self._drained.wait(_PATIENCE) and self._moves != before:
            before = self._moves
        if self._drained.is_set() and not self._sources:
            self._thread.join(_PATIENCE)

    def show_above(self, show: Callable[[str], None] | None) -> None:
        """From now on `show` writes to the terminal, which has something there that is drawn again and again;
        None: no longer.
        """
        for target in (self.stdout, self.stderr):
            target.above = show if target.terminal else None

    @property
    def notes(self) -> list[str]:
        """What could not be shown."""
        named = (("stdout", self.stdout), ("stderr", self.stderr))
        return [
            f"{name} did not take what workers wrote: {each.failed}" for name, each in named if each.failed
        ]

    # ------------------------------------------------------------ in the thread

    def _serve(self) -> None:
        selector = self._selector
        assert selector is not None
        try:
            while not (self._drained.is_set() and not self._sources):
                self._begin_new(selector)
                for key, _ in selector.select():
                    if key.data is None:
                        self._answer_the_bell()
                    elif not key.data.read():
                        self._forget(selector, key.data)
                    self._moves += 1
                if self._leaving and not self._drained.is_set():
                    self._drain_all(selector)
        finally:
            self._drained.set()
            self._give_back()

    def _begin_new(self, selector: selectors.BaseSelector) -> None:
        while self._new:
            source = self._new.pop()
            self._sources.add(source)
            selector.register(source.descriptor, selectors.EVENT_READ, source)

    def _drain_all(self, selector: selectors.BaseSelector) -> None:
        self._begin_new(selector)
        for source in list(self._sources):
            if not source.drain():
                self._forget(selector, source)
            self._moves += 1
        self.stdout.flush()
        self.stderr.flush()
        self._drained.set()

    def _forget(self, selector: selectors.BaseSelector, source: _Source) -> None:
        """Its worker has ended; or nobody is there to read it, which its worker learns by a broken pipe."""
        self._sources.discard(source)
        selector.unregister(source.descriptor)
        os.close(source.descriptor)

    def _answer_the_bell(self) -> None:
        assert self._bell is not None
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell[0], 4096)

    def _ring(self) -> None:
        if self._bell is not None:
            with contextlib.suppress(OSError):
                os.write(self._bell[1], b"!")

    def _give_back(self) -> None:
        """Also in a forked child, which must hold none of it."""
        _relays.discard(self)
        selector, self._selector = self._selector, None
        if selector is not None:
            selector.close()
        bell, self._bell = self._bell, None
        sources, new = list(self._sources), list(self._new)
        self._sources.clear()
        self._new.clear()
        for descriptor in (*(bell or ()), *(source.descriptor for source in (*sources, *new))):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def abandon(self) -> None:
        """In a forked child: the reading ends are the parent's, and its thread is not here."""
        self._give_back()


_relays: weakref.WeakSet[Relay] = weakref.WeakSet()


def _abandon_all() -> None:
    for relay in list(_relays):
        relay.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)


def _out_of_the_way(descriptor: int) -> int:
    """The same under a number above the standard ones, which may be free in a process without a terminal."""
    if descriptor > 2:
        return descriptor
    higher = _out_of_the_way(os.dup(descriptor))
    os.close(descriptor)
    return higher
