"""Every point at which a worker can be killed, one by one, without processes: nothing is lost, nothing
comes twice.

The worker in the middle of  writer -> worker -> readers  is stopped for good after so many steps. What
its sockets have taken by then arrives; the rest is gone with it. Then the recovery of `repairs` is done by
hand, with a sibling that does the rest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipeflow.transports.channel import Outgoing
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.marks import Marks
from pipeflow.transports.messages import Ack, Data
from pipeflow.transports.repairs import unpack_marks
from pipeflow.transports.wiring import Channel

ITEMS = 12
TO_WORKER, TO_SIBLING, TO_READER, TO_OTHER_READER = 0, 1, 2, 4
"""Numbers of channels."""


class Killed(Exception):
    pass


@dataclass
class Fuse:
    """Burns down by one at each step of the worker."""

    left: int

    def step(self) -> None:
        if not self.left:
            raise Killed
        self.left -= 1


@dataclass
class Entries:
    """What stands in for a received chunk."""

    entries: deque[Any]

    def take(self) -> Any:
        return self.entries.popleft()


def deliver(incoming: Incoming, channel: int, data: Data) -> None:
    chunk = Entries(deque(data.chunk))
    incoming.received(2 * channel, Data(data.first, data.count, data.lent, chunk, data.marks))


@dataclass
class World:
    fuse: Fuse
    marks_on: bool
    drops: bool
    clogged: bool
    """The socket to the first reader takes nothing until the worker waits."""
    readers: int = 1
    delivered: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.writer = Outgoing([Channel(1, 16, False)], None, keeps=True)
        self.into = Incoming(0, [Channel(0, 16, False)], 0, careful=True)
        channels = [TO_READER, TO_OTHER_READER][: self.readers]
        self.out = Outgoing([Channel(2 * channel + 1, 16, False) for channel in channels], None)
        self.into_readers = {
            channel: Incoming(0, [Channel(2 * channel, 16, False)], 0) for channel in channels
        }
        for lane in (self.writer.lanes[1], *self.out.lanes.values()):
            lane.seconds, lane.reach = 1e-6, 3  # chunks of three
        self.posted: deque[tuple[int, Data]] = deque()
        """Of the worker: what its sockets have not taken."""
        self.marks = Marks(self.into, self.out, lambda end: end in [2 * n + 1 for n, _ in self.posted])

    # -- the worker, step by step

    def push(self) -> None:
        while self.posted:
            channel, data = self.posted.popleft()
            deliver(self.into_readers[channel], channel, data)

    def dispatch(self, force: bool) -> None:
        """As `Pump.dispatch` does it."""
        self.unclog()
        while messages := self.out.dispatch(0.0, force, 1):
            for end, data in messages:
                self.fuse.step()
                if self.clogged and end == 2 * TO_READER + 1:
                    self.posted.append((end // 2, data))
                else:
                    deliver(self.into_readers[end // 2], end // 2, data)
            self.unclog()

    def unclog(self) -> None:
        self.marks.refresh()
        self.out.clogged(self.marks.clogged)

    def acknowledge(self, force: bool) -> None:
        self.marks.refresh()
        self.fuse.step()
        for _, ack in self.into.acks(0.0, 0.0, force):
            assert isinstance(ack, Ack)
            self.writer.acknowledged(1, ack.done, ack.seconds)
            self.fuse.step()

    def work(self) -> None:
        """The worker's whole life, as `SocketEndpoint` lives it."""
        taken = 0
        while self.into.available:
            item = self.into.take(0.0).take()
            taken += 1
            self.fuse.step()
            if not (self.drops and item % 3 == 0):
                self.marks.sending()
                self.out.accept(item, 8, 0.0)
                self.fuse.step()
                self.dispatch(force=item % 4 == 3)
            self.marks.finishing()
            self.into.done(0.0)
            self.fuse.step()
            self.acknowledge(force=item % 5 == 4)
        self.dispatch(force=True)
        while self.posted or self.out.backlog:
            self.push()
            self.fuse.step()
            self.dispatch(force=True)
        self.fuse.step()
        self.acknowledge(force=True)

    # -- around it

    def run(self) -> list[int]:
        for item in range(ITEMS):
            self.writer.accept(item, 8, 0.0)
        for _, data in self.writer.dispatch(0.0, force=True):
            deliver(self.into, TO_WORKER, data)
        try:
            self.work()
        except Killed:
            self.recover()
        for reader in self.into_readers.values():
            while reader.available:
                self.delivered.append(reader.take(0.0).take())
        return sorted(self.delivered)

    def by_sibling(self, data: Data) -> None:
        self.delivered += [item for item in data.chunk if not (self.drops and item % 3 == 0)]
        self.writer.acknowledged(3, data.first + data.count, 1e-6)

    def recover(self) -> None:
        marks = [
            unpack_marks(s.marks).get(0, 0) for r in self.into_readers.values() for s in r.sources.values()
        ]
        self.writer.lose(1)
        self.writer.requeue(1, max(marks) if self.marks_on else 0, 0)
        self.writer.add(Channel(3, 16, False))
        while messages := self.writer.dispatch(0.0, force=True):
            for _, data in messages:
                self.by_sibling(data)
        assert self.writer.settled


def outcome(
    steps: int, *, marks_on: bool = True, drops: bool = False, clogged: bool = False, readers: int = 1
) -> list[int]:
    return World(Fuse(steps), marks_on, drops, clogged, readers).run()


def promised(drops: bool) -> list[int]:
    return [item for item in range(ITEMS) if not (drops and item % 3 == 0)]


POINTS = range(90)


@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize("clogged", [False, True], ids=["socket takes all", "socket full"])
@pytest.mark.parametrize("drops", [False, True], ids=["one for one", "some dropped"])
def test_wherever_the_worker_dies_each_item_is_delivered_once(
    drops: bool, clogged: bool, readers: int
) -> None:
    wrong = [
        n for n in POINTS if outcome(n, drops=drops, clogged=clogged, readers=readers) != promised(drops)
    ]
    assert not wrong


def test_the_table_reaches_the_end_of_the_workers_life() -> None:
    world = World(Fuse(max(POINTS)), True, False, False)
    world.run()
    assert world.fuse.left, "add points"


def test_without_marks_items_come_twice() -> None:
    """The table bites."""
    wrong = [n for n in POINTS if outcome(n, marks_on=False) != promised(False)]
    assert len(wrong) > 5


def test_acknowledging_before_the_result_is_out_would_lose_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table bites on that side, too: a mark that runs ahead."""
    monkeypatch.setattr(Marks, "refresh", _hasty)
    wrong = [n for n in POINTS if outcome(n, clogged=True) != promised(False)]
    assert len(wrong) > 5


def _hasty(marks: Marks) -> None:
    while marks._log:
        _, end, count = marks._log.popleft()
        marks._flushed[end] = count
        marks._incoming.flushed(end, count)


def test_going_on_with_another_reader_while_a_socket_is_full_would_lose_or_double_items(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The table bites where there are two readers."""
    monkeypatch.setattr(Outgoing, "clogged", lambda *_: None)
    wrong = [n for n in POINTS if outcome(n, clogged=True, readers=2) != promised(False)]
    assert wrong
