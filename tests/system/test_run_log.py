"""What workers report becomes log lines. Pure: no run."""

from __future__ import annotations

import pytest

import pipeflow as pf
from pipeflow.plan import Plan
from pipeflow.runtime.messages import Busy, Failed, Failure, Finished, Moved, StreamUse, Summary, Worker
from pipeflow.runtime.supervisor import Death
from pipeflow.system import PipeSystem
from pipeflow.system.logs import Logger
from pipeflow.system.run_log import RunLog

SOURCE, TEXT, SINK = Worker(0, 0), Worker(1, 1), Worker(2, 0)


class Lines(Logger):
    def __init__(self) -> None:
        super().__init__("debug")
        self.lines: list[tuple[str, str, str]] = []

    def log(self, msg: object, name: str, lvl: str = "info") -> None:
        self.lines.append((lvl, name, str(msg)))


@pytest.fixture
def plan() -> Plan:
    flow = pf.Source(range(3), "numbers") >> pf.Stream("raw", buffer_size=4) >> pf.Transform(str, "text") * 2
    system = PipeSystem(flow >> pf.Sink(print, "show")).compile()
    assert system.plan is not None
    return system.plan


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (Finished(SOURCE, Summary(taken=3, sent=3)), ("info", "numbers", "end of stream: 3 items sent")),
        (Finished(TEXT, Summary(taken=2, sent=1)), ("info", "text[1]", "finished: 2 items taken, 1 sent")),
        (Finished(SINK, Summary(taken=3)), ("info", "show", "finished: 3 items taken")),
        (Finished(SOURCE, Summary(sent=1), stopped=True), ("info", "numbers", "stopped: 1 items sent")),
        (
            Failed(Failure(TEXT, 7, "run", 2, "'b'", "ValueError", "bad", "trace"), Summary()),
            ("error", "text[1]", "failed in run on item 2 ('b'): ValueError: bad"),
        ),
        (
            Failed(Failure(SOURCE, 7, "local_init", None, None, "OSError", "gone", "trace"), Summary()),
            ("error", "numbers", "failed when it was started: OSError: gone"),
        ),
        (Death(SINK, -9, 0, 7), ("error", "show", "its process died (exit code -9)")),
        (Moved(SINK, "in", "'1'"), ("debug", "show", "in('1')")),
        (
            Moved(SINK, "skipped", "item 2 ('b'): ValueError: bad"),
            ("warning", "show", "ignored item 2 ('b'): ValueError: bad"),
        ),
        (
            StreamUse(SOURCE, 0, True, 12, 0.25, 3),
            ("info", "numbers", "stream 'raw' put 12 items in 0.250000 s, capacity:75.00%"),
        ),
        (
            StreamUse(SINK, 1, False, 1, 0.5, 7),
            ("info", "show", "stream 'text -> show' get 1 item in 0.500000 s, 7 waiting"),
        ),
    ],
)
def test_messages_and_their_lines(plan: Plan, message: object, line: tuple[str, str, str]) -> None:
    logger = Lines()
    RunLog(plan, logger).heard(message)
    assert logger.lines == [line]


def test_a_stream_is_never_more_than_full(plan: Plan) -> None:
    logger = Lines()
    RunLog(plan, logger).heard(StreamUse(SOURCE, 0, True, 1, 0.0, 5))  # one is in the reader's hand
    assert logger.lines[0][2].endswith("capacity:100.00%")


def test_other_messages_are_not_for_the_log(plan: Plan) -> None:
    logger = Lines()
    RunLog(plan, logger).heard(Busy(SINK))
    assert logger.lines == []


def test_a_wait_that_is_too_long(plan: Plan) -> None:
    logger = Lines()
    RunLog(plan, logger).late(SINK, 0, "get", 0.5)
    assert logger.lines == [("warning", "show", "stream 'raw' get: waits longer than its timeout of 0.5 s")]
