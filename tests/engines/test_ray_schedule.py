"""The coordinator's bookkeeping, played: orders out, answers in, just when the test says so. Without Ray, and
without workers.
"""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from pipeflow.engines.ray.orders import Order, Status
from pipeflow.engines.ray.outline import outlined
from pipeflow.engines.ray.schedule import Job, Schedule
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.runtime.messages import Summary, Worker
from pipeflow.runtime.report import missing_items
from tests.functors import collector, inc

SOURCE, WORK, SINK = Worker(0, 0), Worker(1, 0), Worker(2, 0)


class Played:
    """A source, a transform and a sink, which do what they are told to by the test.

    Attributes:
        taken: of orders underway to the transform: the entries of each.
        schedule: under test.
    """

    def __init__(self, entries: int, **options: Any) -> None:
        flow = pf.Source(range(3), "s") >> pf.Transform(inc, "work").with_(**options) >> collector()
        self.plan = compile_plan(build_graph(flow))
        restartable = frozenset({WORK}) if options.get("on_crash") == "restart" else frozenset[Worker]()
        self.now = 0.0
        self.schedule = Schedule(outlined(self.plan), restartable, clock=lambda: self.now)
        self._underway: list[Order] = []
        self._go_on()
        self.answer()  # of its first order, which brings nothing
        made = Summary(written={0: entries})
        first = Status((), (entries,), (8 * entries,), over=True, work=made, items=entries, seconds=1e-3)
        self.schedule.answered(SOURCE, first, ("batch",))
        self._go_on()

    def _go_on(self) -> None:
        self._given(self.schedule.orders())

    def _given(self, jobs: list[Job]) -> None:
        self._underway += [job.order for job in jobs if job.worker == WORK]

    @property
    def taken(self) -> list[list[int]]:
        return [_entries(order) for order in self._underway]

    def answer(self, **said: Any) -> None:
        """The transform has done its oldest order."""
        self.answer_only(**said)
        self._go_on()

    def answer_only(self, seconds: float = 1e-6, **said: Any) -> None:
        """The same; no further orders are asked for."""
        done = tuple(part.stop - part.start for part in self._underway.pop(0).parts)
        n = sum(done)
        work = Summary(taken=n, read={0: n}, written={0: n})
        status = Status(done, (n,), (8 * n,), work=work, items=n, seconds=seconds, accepts=(0,), **said)
        self.schedule.answered(WORK, status, ("batch",))

    def dies(self) -> bool:
        """The transform's process is gone; whether it comes again."""
        again = self.dies_and_another_is_asked()
        if again:
            self.comes()
        return again

    def dies_and_another_is_asked(self) -> bool:
        """The same; the one that comes for it has not answered yet."""
        self._underway.clear()
        again = self.schedule.died(WORK)
        if again:
            self._go_on()
        return again

    def comes(self) -> None:
        """The one that was asked whether it is there says so."""
        (asked,) = self._underway
        assert asked.ping
        self._underway.clear()
        self.schedule.answered(WORK, Status(ping=True), ())
        self._go_on()

    def until_underway(self, orders: int, entry: int) -> None:
        """Answer until there are so many orders underway and the last one has this entry."""
        while len(self.taken) < orders or entry not in self.taken[-1]:
            self.answer()

    @property
    def ends(self) -> list[tuple[Any, ...]]:
        """Of the transform's: (pid, item, why)."""
        return [event[2:] for event in self.schedule.events if event[:2] == ("gone", WORK)]


def _entries(order: Order) -> list[int]:
    return [entry for part in order.parts for entry in range(part.start, part.stop)]


# ---------------------------------------------------------------- the end


def test_what_an_ended_worker_was_still_given_was_not_needed() -> None:
    played = Played(100)
    played.until_underway(2, 20)
    played.answer_only(over=True, closed=(0,))
    assert played.taken, "it has an order to which it has not answered"
    assert [event[1] for event in played.schedule.events if event[0] == "gone"] == [SOURCE, WORK]
    done = {worker: hand.done for worker, hand in played.schedule.hands.items()}
    assert 0 not in missing_items(played.plan, done), "of the stream between the source and it"
    assert done[SOURCE].not_needed == {0: 100 - done[WORK].read[0]}
    played.schedule.answered(WORK, Status((0,), over=True), ())  # its answer comes, when it may
    assert played.schedule.hands[WORK].done == done[WORK]
    assert len(played.ends) == 1


def test_another_worker_is_given_what_an_ended_one_has_not_done() -> None:
    played = Played(100)
    played.until_underway(2, 20)
    stream = played.schedule.hands[WORK].inputs[0]
    first, second = played.taken
    stream.open_readers.add(Worker(9, 9))
    played.answer_only(over=True)
    assert stream.queue[0].start == second[0] == first[-1] + 1
    assert (stream.taken.total(), stream.queued) == (0, 100 - second[0])


# ---------------------------------------------------------------- deaths


def test_of_a_dead_worker_s_orders_any_may_have_killed_it() -> None:
    """The answer to the first may have been lost with the process that was at the second already."""
    played = Played(100, on_crash="restart")
    played.until_underway(2, 20)
    suspects = [entry for order in played.taken for entry in order]
    killer = suspects[-1]
    assert played.dies()
    for entry in suspects:
        assert played.taken == [[entry]], "each alone, and nothing follows it before it is answered"
        if entry == killer:
            break
        played.answer()
    assert played.dies()
    assert played.taken == [[killer]]
    assert not played.dies()
    assert played.ends == [(None, killer + 1, "the item it had in hand had ended another worker before")]
    assert sum(event[0] == "restarted" for event in played.schedule.events) == 2


def test_after_the_suspects_orders_overlap_again() -> None:
    played = Played(100, on_crash="restart")
    played.until_underway(2, 20)
    last = played.taken[-1][-1]
    assert played.dies()
    while last not in played.taken[0]:
        played.answer()
    played.answer()
    assert len(played.taken) == 2
    assert all(len(order) > 1 for order in played.taken)


def test_a_worker_that_never_came_blames_no_entry() -> None:
    """Its node may have been dying, too."""
    played = Played(1, on_crash="restart")
    assert played.taken == [[0]]
    assert played.dies_and_another_is_asked()
    assert played.taken == [[]]
    assert played.schedule.orders() == [], "it is waited for"
    assert played.dies_and_another_is_asked()
    assert played.dies_and_another_is_asked()
    played.comes()
    assert played.taken == [[0]]
    played.answer()
    assert played.schedule.hands[WORK].done.taken == 1


def test_workers_that_never_come_end_the_run() -> None:
    played = Played(1, on_crash="restart")
    for _ in range(3):
        assert played.dies_and_another_is_asked()
    assert not played.dies_and_another_is_asked()
    assert played.ends == [(None, 0, "it had been restarted 3 times within 60 s")]


def test_what_another_replica_died_over_is_given_to_one_that_has_nothing_else() -> None:
    played = Played(60, on_crash="restart")
    played.until_underway(2, 20)
    first = played.schedule.hands[WORK].inputs[0].queue[0]
    first.tries = 1
    played.answer()
    assert len(played.taken) == 1
    played.answer()
    assert played.taken == [[first.start]]


def test_an_item_alone_is_not_to_blame_while_another_order_is_underway() -> None:
    played = Played(10, on_crash="restart")
    played.answer(seconds=9.0)
    played.answer()
    assert played.taken == [[4], [5]]
    assert played.dies()
    assert played.taken == [[4]]
    assert played.dies(), "the first time it may have been the other one"
    played.answer()
    for again in (True, False):
        assert played.taken == [[5]]
        assert played.dies() is again
    assert played.ends[0][1] == 6


def test_a_question_whether_it_lives_blames_nobody() -> None:
    played = Played(1, on_crash="restart")
    hand = played.schedule.hands[WORK]
    (given,) = hand.given
    hand.given.clear()
    played.now = 10.0
    (ping,) = [job for job in played.schedule.quiet(1.0) if job.worker == WORK]
    assert ping.order.ping
    hand.given.append(given)
    assert played.dies()
    assert not played.dies(), "both times it was alone with the entry"
    assert played.ends[0][1] == 1


def test_a_great_many_suspects_are_tried_in_blocks() -> None:
    played = Played(8000, on_crash="restart")
    played.until_underway(2, 4000)
    suspects = {entry for order in played.taken for entry in order}
    killer = max(suspects) - 100
    assert len(suspects) > 2000
    assert played.dies()
    orders = 0
    while True:
        assert len(played.taken) == 1, "nothing beside a suspect"
        orders += 1
        if killer not in played.taken[0]:
            played.answer()
        elif not played.dies():
            break
    assert orders < 300
    assert played.ends == [(None, killer + 1, "the item it had in hand had ended another worker before")]
