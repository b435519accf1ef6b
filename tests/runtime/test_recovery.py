"""What is done about a death, without processes."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.runtime.instructions import (
    Conclude,
    Gone,
    NotRespawned,
    Reported,
    Respawn,
    Stop,
    StopAsked,
    Tell,
)
from pipeflow.runtime.messages import Finished, Summary, Worker
from pipeflow.runtime.supervisor import Death, Supervisor
from pipeflow.transports.parts import Run, pack_marks
from pipeflow.transports.repairs import Clear, Eof, Forget, Requeue, Requeued, Resent, Through, Unwanted
from tests.functors import collector, inc

SRC, A, B, SINK = Worker(0, 0), Worker(1, 0), Worker(1, 1), Worker(2, 0)
# Channels: 0 SRC-A, 1 SRC-B, 2 A-SINK, 3 B-SINK.
CHANNELS = [(SRC, A), (SRC, B), (A, SINK), (B, SINK)]


def supervisor(on_crash: str = "restart") -> Supervisor:
    work = pf.Transform(inc, "work").with_(n_processes=2, on_crash=on_crash)
    made = Supervisor(compile_plan(build_graph(pf.Source(range(3)) >> work >> collector())))
    made.recovery.connected(CHANNELS)
    return made


def gone(worker: Worker = A, at: float = 0.0, hand: tuple[int, int] = (0, 0)) -> Gone:
    return Gone(worker, -9, 5, 100, hand, at)


def said(s: Supervisor, message: Any) -> list[Any]:
    return s.handle(Reported(message))


def recover(s: Supervisor, at: float = 0.0, first: int = 0, second: int = 2) -> list[Any]:
    """A dies, and its neighbours say so."""
    assert s.handle(gone(at=at)) == []
    assert said(s, Eof(2 * first + 1)) == []
    return said(s, Eof(2 * second, got=7, marks=pack_marks({2 * first: 6})))


def settle(s: Supervisor, first: int = 0, second: int = 2) -> None:
    for message in (Requeued(2 * first + 1, 6, 3), Resent(2 * first + 1), Clear(2 * second)):
        assert said(s, message) == []


def test_a_death_is_survived_once_all_neighbours_have_reported() -> None:
    s = supervisor()
    assert recover(s) == [
        Tell(SRC, Requeue(1, upto=6, suspect=0)),
        Respawn(A, ((0, 4), (2, 5))),
        Tell(SINK, Forget(4, replaced=True)),
    ]
    assert not s.problems
    assert not s.over


def test_reports_may_come_before_the_end_of_the_process_is_seen() -> None:
    s = supervisor()
    said(s, Eof(1))
    said(s, Eof(4))
    assert any(isinstance(i, Respawn) for i in s.handle(gone()))


def requeued(told: list[Any]) -> Requeue:
    [requeue] = [i.command for i in told if isinstance(i, Tell) and isinstance(i.command, Requeue)]
    return requeue


def two_streams() -> Supervisor:
    """SRC - A - two sinks, of which the second may be restarted. Channels: 0 SRC-A, 1 A-sink, 2 A-second."""
    work = pf.Transform(inc, "work").with_(on_crash="restart")
    second = collector("second").with_(on_crash="restart", idempotent=True)
    made = Supervisor(compile_plan(build_graph(pf.Source(range(3)) >> work >> (collector("sink") | second))))
    made.recovery.connected([(SRC, A), (A, SINK), (A, Worker(3, 0))])
    return made


def test_with_several_streams_each_says_what_it_has() -> None:
    s = two_streams()
    s.handle(gone())
    said(s, Eof(1))
    said(s, Eof(2, got=7, marks=pack_marks({0: 4}), parts=(Run(0, 5, 3, 0, 0, 0),)))
    told = said(s, Eof(4, got=5, marks=pack_marks({0: 5}), parts=(Run(0, 6, 1, 1, 0, 2),)))
    assert requeued(told) == Requeue(1, 5, 0, frozenset({6}), {7: frozenset({(0, 0)})})
    assert s.recovery.remains[A].written == {0: 7, 1: 5}
    assert s.recovery.remains[A].sent == 7


def test_what_a_dead_reader_knew_of_its_writer_counts_when_that_dies_too() -> None:
    s = two_streams()
    s.handle(gone(Worker(3, 0)))
    assert requeued(said(s, Eof(5))).end == 5
    assert not said(s, Requeued(5, 2, 0, marks=pack_marks({0: 1}), parts=(Run(0, 2, 1, 1, 0, 2),)))
    said(s, Resent(5))
    s.handle(gone())
    said(s, Eof(1))
    said(s, Eof(2, got=3))
    told = said(s, Eof(6, got=4, port=0))
    assert requeued(told) == Requeue(1, 1, 0, frozenset(), {2: frozenset({(1, 0)})})
    assert s.recovery.remains[A].written == {0: 3, 1: 2 + 4}, "what the dead reader had done was written, too"


def test_what_was_in_hand_is_suspect() -> None:
    s = supervisor()
    s.handle(gone(hand=(0, 9)))
    said(s, Eof(1))
    assert Tell(SRC, Requeue(1, 0, suspect=9)) in said(s, Eof(4))


def test_a_second_item_in_the_same_hand_is_poison() -> None:
    s = supervisor()
    recover(s)
    [stop, _] = said(s, Requeued(1, 6, 3, poison=True))
    assert isinstance(stop, Stop)
    assert isinstance(s.problems[0], Death)
    assert "another worker" in s.problems[0].why


def test_by_default_it_is_the_end() -> None:
    s = supervisor("fail")
    assert isinstance(s.handle(gone())[0], Stop)
    assert s.problems[0] == Death(A, -9, 5, 100)


@pytest.mark.parametrize("neighbour", [SRC, SINK])
def test_a_neighbour_may_not_die_meanwhile(neighbour: Worker) -> None:
    s = supervisor()
    s.handle(gone())
    assert isinstance(s.handle(gone(neighbour))[0], Stop)


FIRST, SECOND = Worker(1, 0), Worker(2, 0)


def in_a_row() -> Supervisor:
    """SRC - FIRST - SECOND - sink, and both may be restarted. Channels: 0, 1 and 2."""
    pipes = [pf.Transform(inc, name).with_(on_crash="restart") for name in ("first", "second")]
    made = Supervisor(compile_plan(build_graph(pf.Source(range(3)) >> pipes[0] >> pipes[1] >> collector())))
    made.recovery.connected([(SRC, FIRST), (FIRST, SECOND), (SECOND, Worker(3, 0))])
    return made


@pytest.mark.parametrize("heard", range(6))
def test_not_even_one_that_may_be_restarted_as_long_as_it_holds_what_is_nowhere_else(heard: int) -> None:
    s = in_a_row()
    s.handle(gone(FIRST))
    for message in (Eof(1), Eof(2, got=7), Requeued(1, 6, 3), Resent(1), Clear(2))[:heard]:
        said(s, message)
    told = s.handle(gone(SECOND))
    if heard == 5:
        assert (told, s.problems) == ([], [])
        return
    assert isinstance(told[0], Stop)
    [death] = s.problems
    assert isinstance(death, Death)
    assert death.worker == SECOND
    assert death.why == "its neighbour had died just before, and what it held for that one is lost"


def test_a_sibling_may() -> None:
    s = supervisor()
    s.handle(gone())
    assert s.handle(gone(B)) == []
    replaced = [said(s, Eof(end)) for end in (1, 3, 6, 4)]
    assert [[i.worker for i in told if isinstance(i, Respawn)] for told in replaced] == [[], [], [B], [A]]


def test_three_in_a_minute() -> None:
    s = supervisor()
    channels = [(0, 2), (4, 5), (6, 7), (8, 9)]
    for n in range(3):
        assert any(isinstance(i, Respawn) for i in recover(s, float(n), *channels[n]))
        settle(s, *channels[n])
    assert isinstance(s.handle(gone(at=59.0))[0], Stop)
    assert "3 times" in s.problems[0].why  # type: ignore[union-attr]


def test_and_another_after_that_minute() -> None:
    s = supervisor()
    channels = [(0, 2), (4, 5), (6, 7)]
    for n in range(3):
        recover(s, float(n), *channels[n])
        settle(s, *channels[n])
    assert s.handle(gone(at=60.5)) == []


def test_nobody_waits_for_a_neighbour_that_has_ended() -> None:
    s = supervisor()
    s.handle(gone())
    assert said(s, Eof(4)) == []
    told = said(s, Finished(SRC, Summary(written={0: 3})))
    assert told == [Tell(SINK, Forget(4, replaced=False))]
    assert A not in s.alive, "its writers have ended: it is not needed again"


def test_a_reader_connected_to_a_writer_that_had_ended_is_told() -> None:
    s = supervisor()
    recover(s)
    said(s, Finished(SRC, Summary()))
    assert said(s, Eof(8)) == [Tell(A, Forget(8, replaced=False))]
    assert said(s, Eof(8)) == [], "once"
    assert said(s, Eof(8, died=False)) == []


def test_a_writer_connected_to_a_reader_that_had_ended_is_told() -> None:
    s = supervisor()
    recover(s)
    said(s, Finished(SINK, Summary()))
    assert said(s, Eof(11)) == [Tell(A, Unwanted(11, taken=0))]
    assert said(s, Eof(11)) == [], "once"


def test_what_that_reader_had_taken_is_needed() -> None:
    s = supervisor()
    recover(s)
    said(s, Eof(10, died=False, got=2))
    said(s, Finished(SINK, Summary()))
    assert said(s, Eof(11)) == [Tell(A, Unwanted(11, taken=2))]


@pytest.mark.parametrize(
    ("ended", "end", "told"), [(SRC, 8, Forget(8, replaced=False)), (SINK, 11, Unwanted(11, taken=0))]
)
def test_its_end_may_be_heard_of_later(ended: Worker, end: int, told: Any) -> None:
    s = supervisor()
    recover(s)
    assert said(s, Eof(end)) == []
    assert said(s, Finished(ended, Summary())) == [Tell(A, told)]
    assert said(s, Finished(B, Summary())) == []


@pytest.mark.parametrize("when", ["before its reader dies", "meanwhile", "after", "twice", "last of all"])
def test_what_a_dead_reader_had_done_of_a_writer_that_has_ended_counts_once(when: str) -> None:
    """A source that has ended can't be asked to take anything back: what it said at its end counts."""
    s = supervisor()
    if when == "before its reader dies":
        said(s, Through(1, 6))
        said(s, Finished(SRC, Summary(written={0: 6})))
        s.handle(gone())
        said(s, Eof(4, got=6))
    elif when == "meanwhile":
        s.handle(gone())
        said(s, Through(1, 6))
        said(s, Finished(SRC, Summary(written={0: 6})))
        said(s, Eof(4, got=6))
    else:
        recover(s)
        if when != "last of all":
            said(s, Through(1, 6))
        if when == "twice":
            said(s, Requeued(1, 6, 0))
    if A not in s.summaries:
        said(s, Finished(A, Summary(read={0: 0})))
    if when == "last of all":
        said(s, Through(1, 6))
    assert s.summaries[A].read == {0: 6}
    assert s.summaries[A].taken == 6


def test_stopping_forgets_who_was_to_be_replaced() -> None:
    s = supervisor()
    s.handle(gone())
    s.handle(StopAsked(1.0))
    for worker in (SRC, B):
        s.handle(gone(worker))
    assert Conclude() in s.handle(gone(SINK))


def test_a_worker_that_cannot_be_started_again_is_a_death() -> None:
    s = supervisor()
    recover(s)
    assert isinstance(s.handle(NotRespawned(A, "no memory"))[0], Stop)
    assert "no memory" in s.problems[0].why  # type: ignore[union-attr]


def test_the_work_of_the_dead_is_accounted_for() -> None:
    s = supervisor()
    recover(s)
    settle(s)
    said(s, Finished(A, Summary(taken=3, sent=3, read={0: 3}, written={0: 3})))
    whole = s.summaries[A]
    assert (whole.taken, whole.sent, whole.read, whole.written) == (9, 10, {0: 9}, {0: 10})
