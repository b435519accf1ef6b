"""The watch beside a run: flags, timeouts and log lines, with a run that is only played."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.runtime.messages import Blocked, EndInput, Moved, Worker
from pipeflow.runtime.supervisor import Death
from pipeflow.system import PipeSystem
from pipeflow.system.logs import Logger
from pipeflow.system.run_log import RunLog
from pipeflow.system.watching import TermFlag, Watch, _Waits, watch_for

SOURCE, SINK = Worker(0, 0), Worker(1, 0)
PATIENCE = 10


class PlayedRun:
    """What a `Watch` needs of a run."""

    def __init__(self) -> None:
        s = pf.Stream("s", timeout=0.15)
        pipes = [pf.Source(range(3), "source", downstreams=[s]), pf.Sink(print, "sink", upstreams=[s])]
        system = PipeSystem(pipes).compile()
        self.graph, self.plan = system.graph, system.plan
        self.listener: Any = None
        self.notes: list[str] = []
        self.told: list[tuple[Worker, object]] = []
        self.telling = threading.Event()
        self.supervisor = self
        self.problems: list[object] = []

    def tell(self, worker: Worker, command: object) -> None:
        self.told.append((worker, command))
        self.telling.set()


class Lines(Logger):
    def __init__(self) -> None:
        super().__init__("debug")
        self.lines: list[str] = []
        self.wrote = threading.Event()

    def log(self, msg: object, name: str, lvl: str = "info") -> None:
        self.lines.append(f"{lvl} {name}: {msg}")
        self.wrote.set()


@pytest.fixture
def run() -> Any:
    return PlayedRun()


def watch(run: Any, lines: Logger, *flags: TermFlag, timeouts: dict[int, float] | None = None) -> Watch:
    return Watch(run, RunLog(run.plan, lines), flags, timeouts or {})


def test_a_flag_that_is_set_ends_its_pipes_once(run: Any) -> None:
    flag = threading.Event()
    watched = watch(run, Lines(), TermFlag(flag, (SOURCE, SINK)))
    watched.start()
    flag.set()
    assert run.telling.wait(PATIENCE)
    run.listener(Moved(SINK, "in", "1"))  # so that it looks again
    watched.finish()
    assert run.told == [(SOURCE, EndInput(loop_only=False)), (SINK, EndInput(loop_only=False))]


def test_a_flag_that_is_set_before_the_run_is_seen_at_its_start(run: Any) -> None:
    flag = threading.Event()
    flag.set()
    watched = watch(run, Lines(), TermFlag(flag, (SOURCE,)))
    watched.start()
    assert [worker for worker, _ in run.told] == [SOURCE]
    watched.finish()


def test_everything_heard_before_the_end_is_logged(run: Any) -> None:
    lines = Lines()
    watched = watch(run, lines)
    watched.start()
    for number in range(100):
        run.listener(Moved(SINK, "in", str(number)))
    watched.finish()
    assert lines.lines == [f"debug sink: in({number})" for number in range(100)]


def test_a_death_is_logged_though_no_worker_reports_it(run: Any) -> None:
    lines = Lines()
    watched = watch(run, lines)
    watched.start()
    run.problems.append(Death(SINK, -9, 0, None))
    watched.finish()
    assert lines.lines == ["error sink: its process died (exit code -9)"]


def test_a_wait_longer_than_the_streams_timeout_is_logged_once(run: Any) -> None:
    lines = Lines()
    watched = watch(run, lines, timeouts={0: 0.15})
    watched.start()
    run.listener(Blocked(SINK, None))
    assert lines.wrote.wait(PATIENCE)
    watched.finish()
    assert lines.lines == ["warning sink: stream 's' get: waits longer than its timeout of 0.15 s"]


def test_a_wait_that_ends_in_time_is_nothing_special(run: Any) -> None:
    waits = _Waits(run.plan, {0: 5.0})
    waits.heard(Blocked(SOURCE, 0), now=100.0)
    assert waits.next == pytest.approx(104.9), "it is told when the wait has lasted for 0.1 s"
    assert waits.late(now=104.0) == []
    waits.heard(Blocked(SOURCE, 0, free=True), now=104.5)
    assert waits.next is None
    assert waits.late(now=200.0) == []


def test_streams_without_a_timeout_are_waited_for_in_silence(run: Any) -> None:
    waits = _Waits(run.plan, {})
    waits.heard(Blocked(SINK, None), now=100.0)
    assert waits.next is None


def test_a_broken_log_filter_does_not_end_the_watch(run: Any) -> None:
    class Broken(Lines):
        def log(self, msg: object, name: str, lvl: str = "info") -> None:
            super().log(msg, name, lvl)
            raise LookupError("filter")

    lines = Broken()
    watched = watch(run, lines)
    watched.start()
    run.listener(Moved(SINK, "in", "1"))
    run.listener(Moved(SINK, "in", "2"))
    watched.finish()
    assert len(lines.lines) == 2
    assert run.notes == ["while watching the run: LookupError: filter"] * 2


def test_nothing_to_watch_costs_no_thread(run: Any) -> None:
    assert watch_for(run, run.graph, None) is None
    assert run.listener is None
    assert watch_for(run, run.graph, Logger()) is not None
