"""The supervisor in its states: what it says of a run, and what it no longer does once it is ending."""

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
    NotRespawned,
    Overdue,
    Reported,
    SetTimer,
    Stop,
    StopAsked,
    Tell,
    TellAsked,
    Terminate,
    TimeUp,
)
from pipeflow.runtime.messages import Blocked, Failed, Failure, Finished, Grow, Summary, Worker
from pipeflow.runtime.supervisor import FAILING_GRACE, TERMINATING_GRACE, Death, Supervisor
from pipeflow.runtime.waits import AGAIN, SETTLING
from tests.functors import collector, inc

SRC, INC, SINK = Worker(0, 0), Worker(1, 0), Worker(2, 0)
ALL = (SRC, INC, SINK)


def supervisor(**options: Any) -> Supervisor:
    flow = pf.Source(range(3)) >> pf.Transform(inc).with_(buffer_size=2) >> collector().with_(buffer_size=5)
    return Supervisor(compile_plan(build_graph(flow)), **options)


def iterated() -> Supervisor:
    """A run whose last stage is the caller's loop."""
    flow = pf.Source(range(3)) >> pf.Transform(inc).with_(buffer_size=2)
    return Supervisor(compile_plan(build_graph(flow), iterate=True))


def failure(worker: Worker, text: str = "bad") -> Failure:
    return Failure(worker, 1, "run", 1, "x", "ValueError", text, "")


def blocked(s: Supervisor, worker: Worker, stream: int | None, **more: Any) -> list[Any]:
    return s.handle(Reported(Blocked(worker, stream, **more)))


def test_the_caller_hears_of_a_failure_within_a_second() -> None:
    assert FAILING_GRACE + TERMINATING_GRACE <= 0.7
    assert SETTLING < 0.5


def test_at_first() -> None:
    s = supervisor()
    assert (s.alive, s.over, s.stopping, s.stop_asked) == (set(ALL), False, False, False)
    assert (s.problems, s.finished, s.summaries, s.grown, s.blocked) == ([], {}, {}, [], set())


def test_a_stop_that_is_asked_for() -> None:
    s = supervisor()
    assert s.handle(StopAsked(2.5)) == [Stop(ALL), SetTimer("terminate", 2.5)]
    assert (s.stopping, s.stop_asked) == (True, True)
    assert s.handle(StopAsked(2.5)) == []
    assert s.handle(TimeUp("terminate")) == [Terminate(ALL), SetTimer("kill", TERMINATING_GRACE)]


def test_a_failure_is_no_stop_that_was_asked_for() -> None:
    s = supervisor()
    s.handle(Reported(Failed(failure(INC), Summary(taken=4))))
    assert (s.stopping, s.stop_asked) == (True, False)
    assert s.summaries == {INC: Summary(taken=4)}
    assert s.problems == [failure(INC)]


def test_killing_is_asked_for_once_and_for_all() -> None:
    s = supervisor()
    assert s.handle(KillAsked()) == [Kill(ALL)]
    assert (s.stopping, s.stop_asked) == (True, True)
    assert s.handle(Gone(INC, -9)) == []
    assert s.handle(KillAsked()) == [Kill((SRC, SINK))]
    assert s.problems == []


def test_commands_reach_those_who_live() -> None:
    s = supervisor()
    assert s.handle(TellAsked(INC, "hello")) == [Tell(INC, "hello")]
    s.handle(Reported(Finished(INC, Summary())))
    assert s.handle(TellAsked(INC, "hello")) == [Tell(INC, "hello")]
    s.handle(Gone(INC, 0))
    assert s.handle(TellAsked(INC, "hello")) == []


def test_the_numbers_of_who_has_finished() -> None:
    s = supervisor()
    message = Finished(SRC, Summary(sent=3), result="term")
    assert s.handle(Reported(message)) == []
    assert s.finished == {SRC: message}
    assert s.summaries == {SRC: Summary(sent=3)}


def test_a_worker_that_ends_after_its_last_word_is_no_death() -> None:
    s = supervisor()
    s.handle(Reported(Finished(SRC, Summary())))
    assert s.handle(Gone(SRC, -9)) == []
    assert (s.problems, s.alive) == ([], {INC, SINK})


def test_the_last_one_to_go_concludes_once() -> None:
    s = supervisor()
    s.handle(Gone(SRC, 1))
    s.handle(Gone(INC, 1))
    assert s.handle(Gone(SINK, 1)) == [Conclude()]
    assert [type(problem) for problem in s.problems] == [Death] * 3
    assert s.over
    assert s.handle(TimeUp("terminate")) == []


def test_timers_of_a_run_that_goes_on_do_nothing() -> None:
    s = supervisor()
    assert s.handle(TimeUp("terminate")) == []
    assert s.handle(TimeUp("kill")) == []
    assert s.handle(TimeUp("grow")) == []


def test_what_an_overdue_item_is_called() -> None:
    s = supervisor()
    assert s.handle(Overdue(INC, 4, 2.5)) == [Stop(ALL), SetTimer("terminate", FAILING_GRACE)]
    [failure] = s.problems
    assert isinstance(failure, Failure)
    assert failure.text.startswith("the item took longer than the pipe's timeout of 2.5 s. ")
    assert "on_error=, retries= and on_crash= don't help" in failure.text
    assert failure == Failure(INC, None, "run", 4, None, "TimeoutError", failure.text, "")


def test_an_item_is_overdue_once() -> None:
    s = supervisor()
    s.handle(Reported(Finished(INC, Summary())))
    assert s.handle(Overdue(INC, 4, 2.5)) == []
    assert not s.stopping
    s.handle(StopAsked(1.0))
    assert s.handle(Overdue(SRC, 4, 2.5)) == []
    assert s.problems == []


def test_the_end_of_an_overdue_worker_is_ours() -> None:
    s = supervisor()
    s.handle(Overdue(INC, 4, 2.5))
    s.handle(Gone(INC, -11))
    assert len(s.problems) == 1


def test_a_worker_that_cannot_be_started() -> None:
    s = supervisor()
    assert s.handle(NotRespawned(INC, "no memory")) == [
        Stop((SRC, SINK)), SetTimer("terminate", FAILING_GRACE),
    ]  # fmt: skip
    assert s.problems == [Death(INC, None, 0, None, "no memory")]
    s.handle(Gone(INC, 1))
    assert len(s.problems) == 1


@pytest.mark.parametrize("exitcode", [-15, -9, None])
def test_our_own_signals_are_no_deaths_while_stopping(exitcode: int | None) -> None:
    s = supervisor()
    s.handle(StopAsked(1.0))
    assert s.handle(Gone(INC, exitcode)) == []
    assert s.problems == []


@pytest.mark.parametrize("exitcode", [-15, -9, None])
def test_they_are_before(exitcode: int | None) -> None:
    s = supervisor()
    s.handle(Gone(INC, exitcode, 3, 77))
    assert s.problems == [Death(INC, exitcode, 3, 77)]


def test_a_message_nobody_waits_for() -> None:
    assert supervisor().handle(Reported("hello")) == []


def test_who_has_been_waiting_for_long() -> None:
    s = supervisor()
    blocked(s, SRC, 0)
    blocked(s, SINK, None)
    assert s.blocked == {SRC, SINK}
    blocked(s, SRC, 0, free=True)
    assert s.blocked == {SINK}


def test_who_is_blocked_is_known_also_where_nothing_grows() -> None:
    s = supervisor(grow=False)
    blocked(s, SRC, 0)
    assert s.blocked == {SRC}
    assert s.handle(TimeUp("grow")) == []


def test_what_grew_is_named() -> None:
    s = supervisor()
    for worker, stream in ((SRC, 0), (INC, 1), (SINK, None)):
        blocked(s, worker, stream)
    assert s.handle(TimeUp("grow")) == [Tell(INC, Grow(0, 4)), SetTimer("grow", AGAIN)]
    assert s.grown == [(s.plan.streams[0].name, 4)]


def test_every_replica_is_told() -> None:
    work = pf.Transform(inc).with_(buffer_size=2, n_processes=2)
    s = Supervisor(compile_plan(build_graph(pf.Source(range(3)) >> work >> collector())))
    sink = Worker(2, 0)
    for worker, stream in ((SRC, 0), (INC, 1), (Worker(1, 1), 1), (sink, None)):
        blocked(s, worker, stream)
    instructions = s.handle(TimeUp("grow"))
    assert instructions == [
        Tell(INC, Grow(0, 4)), Tell(Worker(1, 1), Grow(0, 4)), SetTimer("grow", AGAIN),
    ]  # fmt: skip


def test_only_the_port_that_reads_it() -> None:
    flow = (pf.Source([1], "a"), pf.Source([1], "b")) >> pf.Transform(max).with_(buffer_size=2) >> collector()
    plan = compile_plan(build_graph(flow))
    s = Supervisor(plan)
    at = {stage.name: Worker(number, 0) for number, stage in enumerate(plan.stages)}
    for name, worker in at.items():
        inputs, outputs = plan.stages[worker.stage].inputs, plan.stages[worker.stage].outputs
        blocked(s, worker, outputs[0].stream if name in ("a", "b") else None)
        assert len(inputs) == (2 if name == "max" else len(inputs))
    full = min(plan.stages[at[name].stage].outputs[0].stream for name in ("a", "b"))
    [port] = [n for n, into in enumerate(plan.stages[at["max"].stage].inputs) if into.stream == full]
    assert s.handle(TimeUp("grow"))[0] == Tell(at["max"], Grow(port, 4))


def test_nothing_grows_while_stopping() -> None:
    s = supervisor()
    for worker, stream in ((SRC, 0), (INC, 1), (SINK, None)):
        blocked(s, worker, stream)
    s.handle(StopAsked(1.0))
    assert s.handle(TimeUp("grow")) == []
    assert s.grown == []


def test_those_who_have_finished_wait_for_nobody() -> None:
    s = supervisor()
    blocked(s, SRC, 0)
    blocked(s, INC, 1)
    s.handle(Reported(Finished(SINK, Summary())))
    blocked(s, SINK, None)
    assert s.handle(TimeUp("grow")) == []


def test_the_caller_in_its_loop_is_no_worker_and_waits_only_when_it_says_so() -> None:
    s = iterated()
    caller = Worker(2, 0)
    assert s.alive == {SRC, INC}
    assert blocked(s, SRC, 0) == []
    assert blocked(s, INC, 1) == []
    assert s.handle(TimeUp("grow")) == []
    assert blocked(s, caller, None) == [SetTimer("grow", SETTLING)]
    assert s.handle(TimeUp("grow"))[-1] == SetTimer("grow", AGAIN)


def test_workers_that_are_gone_before_they_are_asked() -> None:
    s = iterated()
    for worker in (SRC, INC):
        s.handle(Reported(Finished(worker, Summary())))
    assert s.handle(Gone(SRC, 0)) == []
    assert s.handle(Gone(INC, 0)) == [Conclude()]
    assert s.handle(StopAsked(1.0)) == []
