"""The relay by itself: pipes that somebody writes into, and what arrives."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pipeflow.engines import _relay
from pipeflow.engines._relay import Relay
from pipeflow.engines._target import NAMES
from tests.engines.heard import Heard

DEADLINE = 10.0


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Heard:
    """What arrives at the caller's stdout, with names."""
    monkeypatch.setenv(NAMES, "1")
    return Heard(capsys)


@pytest.fixture
def begin() -> Iterator[Callable[[], Relay]]:
    """Makes a relay: in the test, for a fixture's stdout is another one."""
    made: list[Relay] = []

    def make() -> Relay:
        made.append(Relay())
        return made[-1]

    yield make
    for relay in made:
        relay.drain()


def worker(relay: Relay, name: str) -> int:
    """The writing end of a worker's stdout."""
    out, error = relay.pipes(name)
    os.close(error)
    return out


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "pipeflow output"]


def test_lines_of_several_workers_do_not_mix(begin: Callable[[], Relay], shown: Heard) -> None:
    relay = begin()
    one, two = worker(relay, "one"), worker(relay, "two")
    relay.start()
    for letter in b"abc":
        os.write(one, bytes([letter]))
        os.write(two, bytes([letter - 32]))
    os.write(two, b"\n")
    until(lambda: bool(shown.text))
    assert shown.text == "two: ABC\n"
    os.close(one)
    os.close(two)
    relay.drain()
    assert shown.text == "two: ABC\none: abc\n"
    assert not threads()


def test_what_was_written_before_it_began_is_not_lost(begin: Callable[[], Relay], shown: Heard) -> None:
    relay = begin()
    out = worker(relay, "early")
    os.write(out, b"hello\n")
    os.close(out)
    relay.start()
    relay.drain()
    assert shown.text == "early: hello\n"


def test_a_worker_that_is_started_later_is_heard(begin: Callable[[], Relay], shown: Heard) -> None:
    relay = begin()
    relay.start()
    out = worker(relay, "again")
    os.write(out, b"hello\n")
    until(lambda: "hello" in shown.text)
    os.close(out)


def test_a_child_that_outlives_its_worker_does_not_hold_up_the_end(
    begin: Callable[[], Relay], shown: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = begin()
    monkeypatch.setattr(_relay, "_PATIENCE", DEADLINE)
    out = worker(relay, "a")
    relay.start()
    os.write(out, b"half a line")
    started = time.monotonic()
    relay.drain()  # the worker is gone; its own child still holds the pipe
    assert time.monotonic() - started < DEADLINE / 2
    assert shown.text == "a: half a line\n"
    os.write(out, b"late\n")
    until(lambda: "late" in shown.text)
    os.close(out)
    until(lambda: not threads())


def test_a_caller_s_stream_that_takes_nothing_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = threading.Event()

    class Stuck(io.StringIO):
        def write(self, text: str) -> int:
            free.wait(DEADLINE)
            return super().write(text)

    stream = Stuck()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(_relay, "_PATIENCE", 0.05)
    relay = Relay()
    out = worker(relay, "a")
    relay.start()
    os.write(out, b"hello\n")
    os.close(out)
    relay.drain()
    free.set()
    until(lambda: stream.getvalue() == "hello\n")
    until(lambda: not threads())


def test_a_stream_that_fails_is_noted_and_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    relay = Relay()
    stream.close()
    out = worker(relay, "a")
    relay.start()
    for _ in range(200):  # more than a pipe holds
        os.write(out, b"x" * 999 + b"\n")
    os.close(out)
    relay.drain()
    assert relay.notes == ["stdout did not take what workers wrote: ValueError: I/O operation on closed file"]


def test_when_the_caller_s_reader_has_left_workers_learn_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        relay = Relay()
        out = worker(relay, "a")
        relay.start()
        os.close(reading)
        os.write(out, b"hello\n")

        def told() -> bool:
            try:
                os.write(out, b"hello\n")
            except BrokenPipeError:
                return True
            return False

        until(told)
        os.close(out)
        relay.drain()
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):
            stream.close()


def test_bytes_pass_as_they_are_behind_what_the_caller_has_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = io.BytesIO()
    stream = io.TextIOWrapper(kept, encoding="utf-8", write_through=False)
    monkeypatch.setattr(sys, "stdout", stream)
    relay = Relay()
    out = worker(relay, "a")
    stream.write("header ")
    relay.start()
    os.write(out, b"\xff\x00\r\n")
    os.close(out)
    relay.drain()
    assert kept.getvalue() == b"header \xff\x00\r\n"


def test_a_forked_child_holds_no_reading_end(begin: Callable[[], Relay]) -> None:
    relay = begin()
    out = worker(relay, "a")
    relay.start()
    reading = [source.descriptor for source in relay._new] or [s.descriptor for s in relay._sources]
    pid = os.fork()
    if not pid:
        code = 1
        try:
            for descriptor in reading:
                try:
                    os.fstat(descriptor)
                    break
                except OSError:
                    continue
            else:
                code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    os.close(out)
    assert os.waitstatus_to_exitcode(status) == 0


def test_lines_go_above_what_is_drawn_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream, above = Terminal(), []
    monkeypatch.setattr(sys, "stdout", stream)
    relay = Relay()
    out = worker(relay, "a")
    relay.start()
    relay.show_above(above.append)
    os.write(out, b"one\n")
    until(lambda: above == ["a: one\n"])
    relay.show_above(None)
    os.write(out, b"two\n")
    os.close(out)
    relay.drain()
    assert stream.getvalue() == "a: two\n"
