"""The supervisor without processes: how a run ends, and which stream grows."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.runtime.instructions import (
    Conclude,
    Gone,
    Kill,
    KillAsked,
    Overdue,
    Reported,
    SetTimer,
    Stop,
    StopAsked,
    Tell,
    Terminate,
    TimeUp,
)
from pipeflow.runtime.messages import Blocked, Failed, Failure, Finished, Grow, Summary, Worker
from pipeflow.runtime.supervisor import FAILING_GRACE, TERMINATING_GRACE, Death, Supervisor
from pipeflow.runtime.waits import AGAIN, SETTLING
from tests.functors import collector, inc

SRC, INC, SINK = Worker(0, 0), Worker(1, 0), Worker(2, 0)


def supervisor(**options: Any) -> Supervisor:
    flow = pf.Source(range(3)) >> pf.Transform(inc).with_(buffer_size=2) >> collector().with_(buffer_size=5)
    return Supervisor(compile_plan(build_graph(flow)), **options)


def failed(worker: Worker, text: str = "bad") -> Reported:
    return Reported(Failed(Failure(worker, 1, "run", 1, "x", "ValueError", text, ""), Summary()))


def blocked(worker: Worker, stream: int | None, free: bool = False) -> Reported:
    return Reported(Blocked(worker, stream, free))


def test_a_normal_end() -> None:
    s = supervisor()
    for worker in (SRC, INC):
        assert s.handle(Reported(Finished(worker, Summary()))) == []
        assert s.handle(Gone(worker, 0)) == []
    s.handle(Reported(Finished(SINK, Summary())))
    assert s.handle(Gone(SINK, 0)) == [Conclude()]
    assert not s.problems


def test_a_failure_asks_then_tells_then_kills() -> None:
    s = supervisor()
    assert s.handle(failed(INC)) == [Stop((SRC, INC, SINK)), SetTimer("terminate", FAILING_GRACE)]
    assert s.handle(Gone(INC, 0)) == []
    assert s.handle(TimeUp("terminate")) == [Terminate((SRC, SINK)), SetTimer("kill", TERMINATING_GRACE)]
    assert s.handle(Gone(SRC, -15)) == []
    assert s.handle(TimeUp("kill")) == [Kill((SINK,))]
    assert s.handle(Gone(SINK, -9)) == [Conclude()]
    assert s.handle(TimeUp("kill")) == []
    assert len(s.problems) == 1, "those ended by us are no news"


def test_later_failures_are_kept() -> None:
    s = supervisor()
    s.handle(failed(INC, "first"))
    assert s.handle(failed(SRC, "second")) == []
    assert [problem.text for problem in s.problems if isinstance(problem, Failure)] == ["first", "second"]


@pytest.mark.parametrize("exitcode", [0, 3, -9, -11])
def test_an_end_without_a_word_is_a_death(exitcode: int) -> None:
    s = supervisor()
    assert isinstance(s.handle(Gone(INC, exitcode, 7, 100))[0], Stop)
    assert s.problems == [Death(INC, exitcode, 7, 100)]


def test_a_crash_while_stopping_is_still_told() -> None:
    s = supervisor()
    s.handle(StopAsked(1.0))
    s.handle(Gone(INC, -11))
    assert [type(problem) for problem in s.problems] == [Death]


def test_who_will_not_wait_any_longer_kills() -> None:
    s = supervisor()
    s.handle(StopAsked(5.0))
    assert s.handle(KillAsked()) == [Kill((SRC, INC, SINK))]


def test_an_overdue_item_is_one_failure_and_its_worker_s_end_none() -> None:
    s = supervisor()
    assert isinstance(s.handle(Overdue(INC, 4, 2.0))[0], Stop)
    s.handle(Gone(INC, -9))
    [problem] = s.problems
    assert isinstance(problem, Failure)
    assert (problem.item, problem.kind) == (4, "TimeoutError")


def test_the_smallest_full_stream_grows_when_everybody_waits() -> None:
    s = supervisor()
    assert s.handle(blocked(SRC, 0)) == []
    assert s.handle(blocked(INC, 1)) == []
    assert s.handle(blocked(SINK, None)) == [SetTimer("grow", SETTLING)]
    assert s.handle(TimeUp("grow")) == [Tell(INC, Grow(0, 4)), SetTimer("grow", AGAIN)]
    assert [size for _, size in s.grown] == [4]


def test_not_when_one_got_free_meanwhile() -> None:
    s = supervisor()
    for worker, stream in ((SRC, 0), (INC, 1), (SINK, None)):
        s.handle(blocked(worker, stream))
    s.handle(blocked(SINK, None, free=True))
    assert s.handle(TimeUp("grow")) == []


def test_not_when_all_wait_for_input() -> None:
    s = supervisor()
    assert [s.handle(blocked(worker, None)) for worker in (SRC, INC, SINK)] == [[], [], []]


def test_not_when_it_was_turned_off() -> None:
    s = supervisor(grow=False)
    assert [s.handle(blocked(w, n)) for w, n in ((SRC, 0), (INC, 1), (SINK, None))] == [[], [], []]


def test_a_stream_without_a_capacity_grows_from_what_the_engine_gives_it() -> None:
    plan = compile_plan(build_graph(pf.Source(range(3)) >> collector()))
    s = Supervisor(plan, automatic=64)
    s.handle(blocked(SRC, 0))
    s.handle(blocked(Worker(1, 0), None))
    assert s.handle(TimeUp("grow")) == [Tell(Worker(1, 0), Grow(0, 128)), SetTimer("grow", AGAIN)]
