"""When the supervisor ends a loop: nothing comes any more, nobody works, and nothing is on its way."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.runtime.instructions import Reported, StopAsked, Tell
from pipeflow.runtime.messages import Busy, EndInput, Finished, Idle, Probe, Summary, Worker
from pipeflow.runtime.supervisor import Supervisor

SRC, LOOP, STEP_0, STEP_1, DONE, OUT = (
    Worker(0, 0), Worker(1, 0), Worker(2, 0), Worker(2, 1), Worker(3, 0), Worker(4, 0),
)  # fmt: skip
MEMBERS = (LOOP, STEP_0, STEP_1, DONE)
PROBES = [Tell(member, Probe(1)) for member in MEMBERS]
END = [Tell(member, EndInput(loop_only=True)) for member in MEMBERS]


@pytest.fixture
def s() -> Supervisor:
    """A source of three items, which a loop takes in."""
    loop = pf.Feedback(init=[], name="loop")
    step = pf.Transform(abs, "step") * 2
    done = pf.Switch(bool, "done")
    flow = (pf.Source([1, 2, 3], "src") | loop) >> step >> done >> {True: pf.Sink(print, "out"), False: loop}
    return Supervisor(compile_plan(build_graph(flow)))


def said(s: Supervisor, *messages: Any) -> list[Any]:
    """What the last of them leads to; the others to nothing."""
    for message in messages[:-1]:
        assert s.handle(Reported(message)) == []
    return s.handle(Reported(messages[-1]))


def source_ends(written: int = 3, not_needed: int = 0) -> Finished:
    return Finished(SRC, Summary(written={0: written}, not_needed={0: not_needed}))


def idle(probe: int = 0, fed: int = 3, rounds: int = 0) -> list[Idle]:
    """All are idle: what came was taken by the steps, went to the switch, and `rounds` of it round again."""
    return [
        Idle(LOOP, rounds, rounds, probe),
        Idle(STEP_0, fed, fed, probe),
        Idle(STEP_1, rounds, rounds, probe),
        Idle(DONE, rounds, fed + rounds, probe),
    ]


def test_they_are_asked_once_more_before_it_ends(s: Supervisor) -> None:
    assert said(s, source_ends(), *idle()) == PROBES
    assert said(s, *idle(probe=1)) == END


def test_items_that_go_round_are_taken_as_often_as_they_are_sent(s: Supervisor) -> None:
    assert said(s, source_ends(), *idle(rounds=5)) == PROBES
    assert said(s, *idle(probe=1, rounds=5)) == END


def test_not_before_the_source_has_ended(s: Supervisor) -> None:
    assert said(s, *idle()) == []
    assert said(s, source_ends()) == PROBES


def test_not_while_one_of_them_works(s: Supervisor) -> None:
    assert said(s, source_ends(), *idle()[:3]) == []
    assert said(s, idle()[3]) == PROBES


def test_not_while_something_is_on_its_way(s: Supervisor) -> None:
    assert said(s, source_ends(written=4), *idle()) == []
    assert said(s, Idle(STEP_0, 4, 4), Idle(DONE, 0, 4)) == PROBES


def test_what_the_loop_did_not_need_is_not_on_its_way(s: Supervisor) -> None:
    assert said(s, source_ends(written=5, not_needed=2), *idle()) == PROBES


def test_what_goes_elsewhere_is_not_on_its_way_either(s: Supervisor) -> None:
    elsewhere = Finished(SRC, Summary(written={0: 3, 1: 100}))
    assert said(s, elsewhere, *idle()) == PROBES


def test_one_who_has_received_something_meanwhile_stops_it(s: Supervisor) -> None:
    said(s, source_ends(), *idle())
    assert said(s, Busy(STEP_1), *idle(probe=1)) == []
    loop, step_0, step_1, done = idle(rounds=1)
    assert said(s, done, loop, step_0, step_1) == [Tell(member, Probe(2)) for member in MEMBERS]
    assert said(s, *idle(probe=2, rounds=1)) == END


def test_busy_workers_are_not_idle(s: Supervisor) -> None:
    said(s, source_ends(), *idle()[:3])
    assert said(s, Busy(STEP_0), idle()[3]) == []
    assert said(s, idle()[1]) == PROBES


def test_other_numbers_the_second_time_ask_again(s: Supervisor) -> None:
    said(s, source_ends(), *idle())
    assert said(s, *idle(probe=1, rounds=2)) == [Tell(member, Probe(2)) for member in MEMBERS]
    assert said(s, *idle(probe=2, rounds=2)) == END


def test_numbers_that_do_not_meet_the_second_time_wait(s: Supervisor) -> None:
    said(s, source_ends(), *idle())
    *others, last = idle(probe=1)
    assert said(s, *others, Idle(DONE, 1, 3, 1)) == []
    assert said(s, Idle(LOOP, 1, 1), Idle(STEP_1, 1, 1), Idle(DONE, 1, 4)) == [
        Tell(member, Probe(2)) for member in MEMBERS
    ]
    assert last.worker == DONE


def test_answers_to_an_earlier_question_do_not_count(s: Supervisor) -> None:
    said(s, source_ends(), *idle())
    said(s, *idle(probe=1, rounds=2))
    assert said(s, *idle(probe=1, rounds=2)) == []
    assert said(s, *idle(probe=2, rounds=2)) == END


def test_all_must_answer(s: Supervisor) -> None:
    said(s, source_ends(), *idle())
    answers = idle(probe=1)
    assert said(s, answers[0], answers[0], answers[1], answers[2]) == []
    assert said(s, answers[3]) == END


def test_a_member_that_has_left_has_no_say(s: Supervisor) -> None:
    said(s, source_ends(), Idle(LOOP, 0, 0), Idle(STEP_0, 3, 3), Idle(STEP_1, 7, 0))
    assert said(s, Finished(STEP_1, Summary()), Idle(DONE, 0, 3)) == [
        Tell(member, Probe(1)) for member in (LOOP, STEP_0, DONE)
    ]
    assert said(s, Idle(STEP_1, 0, 0), Busy(STEP_1)) == []


def test_who_is_in_no_loop_is_not_heard(s: Supervisor) -> None:
    said(s, source_ends(), *idle()[:3])
    assert said(s, Idle(OUT, 9, 9), Busy(OUT), Idle(OUT, 9, 9, 1), idle()[3]) == PROBES


def test_not_when_the_run_is_stopped(s: Supervisor) -> None:
    said(s, source_ends(), *idle()[:3])
    s.handle(StopAsked(1.0))
    assert said(s, idle()[3]) == []


def test_an_empty_loop_is_asked_nothing(s: Supervisor) -> None:
    for member in MEMBERS:
        assert said(s, Finished(member, Summary())) == []
    assert said(s, source_ends()) == []


def test_two_loops_end_one_after_the_other() -> None:
    inner, outer = pf.Feedback(init=[], name="inner"), pf.Feedback(init=[], name="outer")
    first = (pf.Source([1], "src") | inner) >> pf.Transform(abs, "a") >> pf.Switch(bool, "sa")
    second = (pf.map(abs, "between") | outer) >> pf.Transform(abs, "b") >> pf.Switch(bool, "sb")
    flow = first >> {False: inner, True: second >> {False: outer, True: pf.Sink(print, "out")}}
    plan = compile_plan(build_graph(flow))
    at = {stage.name: Worker(number, 0) for number, stage in enumerate(plan.stages)}
    loops = {stage.name: stage.loop for stage in plan.stages}
    assert len({loops["a"], loops["b"]} - {None}) == 2
    assert loops["between"] is None
    s = Supervisor(plan)
    first_loop = sorted(at[name] for name in ("inner", "a", "sa"))
    second_loop = sorted(at[name] for name in ("outer", "b", "sb"))
    assert said(s, Finished(at["src"], Summary(written={0: 1}))) == []
    quiet = [Idle(at["inner"], 0, 0), Idle(at["a"], 1, 1), Idle(at["sa"], 0, 1)]
    waiting = [Idle(at["outer"], 0, 0), Idle(at["b"], 1, 1), Idle(at["sb"], 0, 1)]
    assert said(s, *waiting, *quiet) == [Tell(member, Probe(1)) for member in first_loop]
    answers = [Idle(each.worker, each.sent, each.taken, 1) for each in quiet]
    assert said(s, *answers) == [Tell(member, EndInput()) for member in first_loop]
    for member in first_loop:
        assert said(s, Finished(member, Summary())) == []
    ended = Finished(at["between"], Summary(written={0: 1}))
    assert said(s, ended) == [Tell(member, Probe(2)) for member in second_loop]


def test_it_ends_when_nobody_takes_what_leaves_it(s: Supervisor) -> None:
    """While it works, and while its source goes on."""
    assert said(s, *idle(), Busy(STEP_0)) == []
    ended = said(s, Finished(OUT, Summary(read={0: 1})))
    assert ended == [Tell(member, EndInput(loop_only=False)) for member in MEMBERS]


def test_it_goes_on_while_somebody_takes_what_leaves_it() -> None:
    loop = pf.Feedback(init=[], name="loop")
    first, second = pf.Sink(print, "first"), pf.Sink(print, "second") * 2
    flow = (pf.Source([1], "src") | loop) >> pf.Switch(int, "done") >> {0: loop, 1: first, 2: second}
    s = Supervisor(compile_plan(build_graph(flow)))
    names = [stage.name for stage in s.plan.stages]
    last = Worker(names.index("second"), 1)
    assert said(s, Finished(Worker(names.index("first"), 0), Summary())) == []
    assert said(s, Finished(Worker(names.index("second"), 0), Summary())) == []
    assert {each.worker.stage for each in said(s, Finished(last, Summary()))} == {
        names.index("loop"), names.index("done"),
    }  # fmt: skip
