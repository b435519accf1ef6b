"""A run that returns has delivered everything, and a run that fails says all its failures (G2, G6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.runtime.instructions import Reported
from pipeflow.runtime.messages import Failed, Failure, Summary, Worker
from pipeflow.system import PipeSystem
from pipeflow.system.failures import failure_of
from tests.functors import collector, inc


def ran() -> Any:
    """An inline run that has ended well."""
    system = PipeSystem(pf.Source(range(5), "src") >> pf.Transform(inc) >> collector()).compile(
        engine="inline"
    )
    system.run()
    system.close()
    return system._run


def test_an_item_that_was_written_and_never_read_is_an_error() -> None:
    run = ran()
    assert failure_of(run, None) is None
    sink = Worker(2, 0)
    run.supervisor.summaries[sink] = replace(run.supervisor.summaries[sink], read={0: 4})
    with pytest.raises(pf.PipeError, match=r"items are missing: 1 of 5 items on stream 'inc"):
        raise failure_of(run, None)  # type: ignore[misc]


def test_unless_the_run_was_stopped() -> None:
    run = ran()
    run.supervisor.summaries[Worker(2, 0)] = Summary()
    run.supervisor.stop_asked = True
    assert failure_of(run, None) is None


def test_the_first_failure_wins_and_the_later_ones_are_attached() -> None:
    run = ran()
    for stage, text in ((1, "first"), (0, "second"), (2, "third")):
        failure = Failure(Worker(stage, 0), 1, "run", 3, "x", "ValueError", text, "")
        run.supervisor.handle(Reported(Failed(failure, Summary())))
    error = failure_of(run, None)
    assert error is not None
    assert "first" in str(error.args[0])
    assert [other.pipe for other in error.others] == ["src", "k"]
    assert "2 more failed after it" in str(error)


def test_closing_twice_and_running_twice() -> None:
    system = PipeSystem(pf.Source(range(5), "src") >> collector()).compile(
        engine="inline", settings=Settings()
    )
    system.close()
    system.run()
    with pytest.raises(pf.PipelineStateError, match="close"):
        system.run()
    system.close()
    system.close()
    system.reset()
    system.run()
    system.close()
    assert system.report is not None
    assert system.report["src"].taken == 5
