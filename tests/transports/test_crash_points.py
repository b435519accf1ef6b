"""Every point at which a worker can be killed, one by one, without processes: nothing is lost, nothing
comes twice.

The worker in the middle of  writer -> worker -> readers of one or two streams  is stopped for good after so
many steps. What its sockets have taken by then arrives; the rest is gone with it. Then the recovery of
`repairs` is done by hand, with another worker that does the rest, and that may be stopped as well.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipeflow.transports import marks as marks_module
from pipeflow.transports import parts
from pipeflow.transports.channel import Outgoing
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.marks import Marks, Result
from pipeflow.transports.messages import Data
from pipeflow.transports.parts import Run, Sifted, beyond, sift, unpack_marks
from pipeflow.transports.wiring import Channel

ITEMS = 8
Made = list[tuple[int, Any]]
"""What becomes of an item: (output, value)."""


class Killed(Exception):
    pass


@dataclass
class Fuse:
    """Burns down by one at each step of a worker."""

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


def deliver(incoming: Incoming, end: int, data: Data) -> None:
    chunk = Entries(deque(data.chunk))
    incoming.received(
        end, Data(data.first, data.count, data.lent, chunk, data.marks, data.parts, data.repeats)
    )


# ---------------------------------------------------------------- what the worker does with its items


def passed_on(item: int, _: int) -> Made:
    return [(0, item)]


def some_dropped(item: int, _: int) -> Made:
    return [] if item % 3 == 0 else [(0, item)]


def several(item: int, _: int) -> Made:
    return [(0, (item, n)) for n in range(item % 4)]


def copied(item: int, _: int) -> Made:
    return [(0, item), (1, item)]


def copied_some_dropped(item: int, _: int) -> Made:
    return [] if item % 3 == 0 else [(0, item), (1, item)]


def several_to_both(item: int, _: int) -> Made:
    return [(0, (item, 0)), (0, (item, 1)), (1, item)] * (item % 3)


def switched(item: int, _: int) -> Made:
    return [(int(item % 3 == 0), item)]


def seldom_failed(item: int, _: int) -> Made:
    return [(1, ("failed", item))] if item == 5 else [(0, item)]


def fickle(item: int, life: int) -> Made:
    """Another branch in another life."""
    return [((item + life) % 2, item)]


ONE = [passed_on, some_dropped, several]
TWO = [copied, copied_some_dropped, several_to_both, switched, seldom_failed]


# ---------------------------------------------------------------- one worker


class Worker:
    """One life: its ends, and its steps as `SocketEndpoint` does them."""

    def __init__(self, world: World, life: int, fuse: Fuse) -> None:
        self.world, self.life, self.fuse = world, life, fuse
        self.inlet = 100 * life
        self.into = Incoming(0, [Channel(2 * self.inlet, 16, False)], 0, careful=True)
        self.outs: dict[int, Outgoing] = {}
        for output, capacity in enumerate(world.capacities):
            channels = [
                Channel(2 * self.channel(output, r) + 1, capacity, False) for r in range(world.readers)
            ]
            self.outs[output] = Outgoing(channels, None)
            for lane in self.outs[output].lanes.values():
                lane.seconds, lane.reach = 1e-6, 3  # chunks of three
        self.posted: deque[tuple[int, int, Data]] = deque()
        """What its sockets have not taken."""
        self.marks = Marks(self.into, self.outs, self.is_pending)

    def channel(self, output: int, reader: int) -> int:
        return self.inlet + 1 + 10 * output + reader

    def is_pending(self, end: int) -> bool:
        return end in [2 * self.channel(o, r) + 1 for o, r, _ in self.posted]

    def push(self) -> None:
        while self.posted:
            output, reader, data = self.posted.popleft()
            deliver(self.world.into[output, reader], 2 * self.channel(output, reader), data)

    def dispatch(self, output: int, force: bool) -> None:
        self.marks.refresh()
        for end, data in self.outs[output].dispatch(0.0, force):
            reader = end // 2 - self.channel(output, 0)
            self.fuse.step()
            if self.world.clogged and (output, reader) == (0, 0):
                self.posted.append((output, reader, data))
            else:
                deliver(self.world.into[output, reader], end - 1, data)

    def acknowledge(self, force: bool) -> None:
        self.marks.refresh()
        self.fuse.step()
        for _, ack in self.into.acks(0.0, 0.0, force):
            self.world.writer.acknowledged(2 * self.inlet + 1, ack.done, ack.seconds)
            self.fuse.step()

    def settle(self) -> None:
        for output in self.outs:
            self.dispatch(output, force=True)
        self.acknowledge(force=True)

    def give(self, result: Result | None, force: bool) -> None:
        if result is None:
            return
        out = self.outs[result.output]
        while not out.room(8):  # it waits, and everything else goes on
            self.settle()
            self.push()
            self.world.read(self, result.output)
        out.accept_result(result, 0.0)
        self.fuse.step()
        self.dispatch(result.output, force)

    def work(self) -> None:
        while self.into.available:
            item = self.into.take(0.0).take()
            self.fuse.step()
            for output, value in self.world.functor(item, self.life):
                self.give(self.marks.put(output, value, 8), force=item % 4 == 3)
            self.give(self.marks.closing(), force=item % 4 == 3)
            self.fuse.step()
            self.into.done(0.0)
            self.acknowledge(force=item % 5 == 4)
        self.settle()
        while self.posted or any(out.backlog for out in self.outs.values()):
            self.push()
            self.fuse.step()
            for output in self.outs:
                self.world.read(self, output)
            self.settle()
        self.settle()


# ---------------------------------------------------------------- around it

Known = list[tuple[bytes, list[Run]]]


@dataclass
class World:
    functor: Callable[[int, int], Made]
    fuses: list[Fuse]
    clogged: bool = False
    """The socket to the first reader takes nothing until the worker waits."""
    readers: int = 1
    capacities: tuple[int, ...] = (16,)
    """Of each stream."""
    sift: Callable[[Known], dict[int, Sifted]] = sift
    delivered: Counter[tuple[int, Any]] = field(default_factory=Counter[tuple[int, Any]])

    def __post_init__(self) -> None:
        self.into = {
            (o, r): Incoming(o, [], 16) for o in range(len(self.capacities)) for r in range(self.readers)
        }
        self.writer = Outgoing([], None, keeps=True)

    def born(self, life: int) -> Worker:
        fuse = self.fuses[life - 1] if life <= len(self.fuses) else Fuse(100_000)
        worker = Worker(self, life, fuse)
        for (output, reader), into in self.into.items():
            into.add(Channel(2 * worker.channel(output, reader), 16, False))
        self.writer.add(Channel(2 * worker.inlet + 1, 16, False))
        self.writer.lanes[2 * worker.inlet + 1].seconds = 1e-6
        self.writer.lanes[2 * worker.inlet + 1].reach = 16
        return worker

    def read(self, worker: Worker, output: int) -> None:
        """Its readers take all that has come, and say so."""
        for (o, r), into in self.into.items():
            while o == output and into.available:
                self.delivered[o, into.take(0.0).take()] += 1
                into.done(0.0)
            for end, ack in into.acks(0.0, 0.0, force=True) if o == output else ():
                if end // 2 == worker.channel(o, r):
                    worker.outs[o].acknowledged(end + 1, ack.done, ack.seconds)

    def run(self) -> Counter[tuple[int, Any]]:
        worker = self.born(1)
        for item in range(ITEMS):
            self.writer.accept(item, 8, 0.0)
        for life in range(2, len(self.fuses) + 3):
            for _, data in self.writer.dispatch(0.0, force=True):
                deliver(worker.into, 2 * worker.inlet, data)
            try:
                worker.work()
                break
            except Killed:
                worker = self.replaced(worker, life)
        for output in range(len(self.capacities)):
            self.read(worker, output)
        assert self.writer.settled
        return self.delivered

    def replaced(self, dead: Worker, life: int) -> Worker:
        known: Known = []
        for (output, reader), into in self.into.items():
            end = 2 * dead.channel(output, reader)
            trail = into.sources[end].trail
            known.append((trail.marks, beyond(trail.runs, unpack_marks(trail.marks))))
            into.lose(end)
            into.forget(end, replaced=True)
        found = self.sift(known).get(2 * dead.inlet, Sifted())
        self.writer.lose(2 * dead.inlet + 1)
        self.writer.requeue(2 * dead.inlet + 1, found.upto, 0, found.done, found.partly)
        return self.born(life)


def promised(functor: Callable[[int, int], Made]) -> Counter[tuple[int, Any]]:
    return Counter(made for item in range(ITEMS) for made in functor(item, 1))


def deaths(functor: Callable[[int, int], Made], stride: int = 1, **options: Any) -> Iterator[World]:
    """What has become of the world for each step at which the worker may die, up to its normal end."""
    for steps in itertools.count(0, stride):
        world = World(functor, [Fuse(steps)], **options)
        world.run()
        yield world
        if world.fuses[0].left:
            return
        assert steps < 1000, "it goes on for ever"


def wrong(functor: Callable[[int, int], Made], **options: Any) -> list[int]:
    """The steps at which a death has the effect that not everything comes once."""
    due = promised(functor)
    return [at for at, world in enumerate(deaths(functor, **options)) if world.delivered != due]


EVEN, FIRST_NARROW, SECOND_NARROW, BOTH_NARROW = (16, 16), (2, 16), (16, 2), (2, 2)
CLOGGED = pytest.mark.parametrize("clogged", [False, True], ids=["socket takes all", "socket full"])
READERS = pytest.mark.parametrize("readers", [1, 2])
LONG = pytest.mark.faults


@READERS
@CLOGGED
@pytest.mark.parametrize("functor", ONE)
def test_wherever_the_worker_dies_each_item_is_delivered_once(
    functor: Any, clogged: bool, readers: int
) -> None:
    assert not wrong(functor, clogged=clogged, readers=readers)


@READERS
@CLOGGED
@pytest.mark.parametrize(
    "capacities", [EVEN, FIRST_NARROW, pytest.param(SECOND_NARROW, marks=LONG), BOTH_NARROW]
)
@pytest.mark.parametrize("functor", TWO)
def test_with_two_streams_each_item_comes_once_on_each(
    functor: Any, capacities: tuple[int, ...], clogged: bool, readers: int
) -> None:
    assert not wrong(functor, clogged=clogged, readers=readers, capacities=capacities)


@READERS
@CLOGGED
@pytest.mark.parametrize("functor", [several, copied, switched])
def test_the_one_that_does_the_rest_may_die_as_well(functor: Any, clogged: bool, readers: int) -> None:
    capacities, due = FIRST_NARROW if functor in TWO else (2,), promised(functor)
    for first in range(2, 100, 9):
        for second in range(0, 100, 13):
            world = World(functor, [Fuse(first), Fuse(second)], clogged, readers, capacities)
            assert world.run() == due, (first, second)


@READERS
@CLOGGED
@pytest.mark.parametrize("capacities", [EVEN, FIRST_NARROW, SECOND_NARROW])
def test_an_item_that_goes_another_way_when_it_runs_again_still_comes_once(
    capacities: tuple[int, ...], clogged: bool, readers: int
) -> None:
    for world in deaths(fickle, clogged=clogged, readers=readers, capacities=capacities):
        assert sorted(item for _, item in world.delivered.elements()) == list(range(ITEMS))


# ---------------------------------------------------------------- the table bites


def unmarked(known: Known) -> dict[int, Sifted]:
    return {}


def without_parts(known: Known) -> dict[int, Sifted]:
    return sift([(marks, []) for marks, _ in known])


@pytest.mark.parametrize("ignorant", [unmarked, without_parts])
def test_without_what_messages_say_items_come_twice(ignorant: Any) -> None:
    assert len(wrong(passed_on, sift=ignorant)) > 5
    assert len(wrong(copied, sift=ignorant, capacities=EVEN)) > 5


def test_out_on_one_stream_is_not_out_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The minimum over the streams is what is acknowledged."""
    one_is_enough = property(lambda origin: origin.closed and (bool(origin.out) or not origin.put))
    monkeypatch.setattr(marks_module._Origin, "through", one_is_enough)
    assert not wrong(passed_on)
    assert len(wrong(copied, clogged=True, capacities=EVEN)) > 5


def test_what_was_delivered_has_to_be_dropped_when_it_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Incoming, "delivered", frozenset[Any]())
    assert len(wrong(copied, clogged=True, capacities=EVEN)) > 5


def test_an_entry_whose_parts_have_all_come_must_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_through(known: Known) -> dict[int, Sifted]:
        return sift([(marks, [run._replace(total=0) for run in runs]) for marks, runs in known])

    assert not wrong(switched, clogged=True, capacities=EVEN, sift=never_through)
    assert wrong(fickle, clogged=True, capacities=EVEN, sift=never_through)


def test_acknowledging_before_the_result_is_out_would_lose_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table bites on that side, too: a mark that runs ahead."""
    monkeypatch.setattr(marks_module._Origin, "through", property(lambda origin: origin.closed))
    assert len(wrong(passed_on, clogged=True)) > 5


# ---------------------------------------------------------------- single rules


def test_a_stream_that_is_full_keeps_no_other_from_being_written_and_both_count() -> None:
    world = World(copied, [Fuse(100_000)], capacities=(16, 16), clogged=True)
    worker = world.born(1)
    for item in range(6):
        world.writer.accept(item, 8, 0.0)
    for _, data in world.writer.dispatch(0.0, force=True):
        deliver(worker.into, 2 * worker.inlet, data)
    while worker.into.available:
        item = worker.into.take(0.0).take()
        for output, value in copied(item, 1):
            worker.give(worker.marks.put(output, value, 8), force=True)
        worker.give(worker.marks.closing(), force=True)
        worker.into.done(0.0)
    worker.settle()
    world.read(worker, 0)
    world.read(worker, 1)
    assert sorted(world.delivered) == [(1, item) for item in range(6)]
    assert not world.writer.settled
    worker.push()
    worker.settle()
    assert world.writer.settled


def test_a_stream_with_nothing_to_carry_holds_nothing_up() -> None:
    world = World(lambda item, _: [(0, item)], [Fuse(100_000)], capacities=(16, 16))
    world.run()
    assert world.writer.settled
    assert sift([(b"", [])]) == {}


def test_what_marks_cover_is_forgotten() -> None:
    trail = parts.Trail()
    for number in range(1, 5000):
        run = Run(0, number, 1, 0, number % 2, 2)  # never two that could be joined
        trail.heard(parts.pack_marks({0: max(0, number - 10)}), parts.pack_runs([run]))
    assert len(trail.runs) < 200
    assert beyond(trail.runs, unpack_marks(trail.marks))[0].first == 4990


def test_what_is_out_is_known_to_the_worker_too() -> None:
    """A reader's death takes along what that knew."""
    world = World(copied, [Fuse(100_000)], capacities=(16, 16), clogged=True)
    worker = world.born(1)
    world.writer.accept(0, 8, 0.0)
    for _, data in world.writer.dispatch(0.0, force=True):
        deliver(worker.into, 2 * worker.inlet, data)
    worker.into.take(0.0).take()
    for output, value in copied(0, 1):
        worker.give(worker.marks.put(output, value, 8), force=True)
    worker.give(worker.marks.closing(), force=True)
    worker.into.done(0.0)
    marks, runs = worker.marks.known()
    assert sift([(marks, runs)])[2 * worker.inlet].partly == {1: frozenset({(1, 0)})}
    worker.push()
    marks, runs = worker.marks.known()
    assert (unpack_marks(marks), runs) == ({2 * worker.inlet: 1}, ())
