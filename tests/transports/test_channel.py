"""The pure machines in a simulated network: any order of events; is the bound kept, is all delivered?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.transports import channel as ch
from pipeflow.transports.backlog import CHUNK_BYTES
from pipeflow.transports.channel import Outgoing
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.messages import Ack, Close, Data, Gave, Grant, Want
from pipeflow.transports.wiring import AUTOMATIC_BYTES, AUTOMATIC_ITEMS, Channel, StreamEnds, lay_out


class Net:
    """One stream: its machines, and a queue per channel and direction."""

    def __init__(self, writers: int, readers: int, capacity: int | None) -> None:
        ends = StreamEnds(
            tuple((("w", k), 0) for k in range(writers)),
            tuple((("r", k), 0) for k in range(readers)),
            capacity,
        )
        self.layout = lay_out([ends])
        wired = self.layout.wirings
        self.out = [Outgoing((o := wired["w", k].outputs[0]).channels, o.byte_window) for k in range(writers)]
        self.inc = [Incoming(0, (i := wired["r", k].inputs[0]).channels, i.lendable) for k in range(readers)]
        self.down: dict[int, deque[Any]] = {n: deque() for n in range(len(self.layout.channels))}
        self.up: dict[int, deque[Any]] = {n: deque() for n in range(len(self.layout.channels))}
        self.now = 0.0
        self.accepted = 0
        self.finished = 0
        self.next = [0] * writers
        self.blocked = [False] * writers
        self.got: list[list[Any]] = [[] for _ in range(readers)]
        self.bound = (AUTOMATIC_ITEMS if capacity is None else capacity) + readers
        self.strict = capacity is not None

    def check(self) -> None:
        if self.strict:
            assert self.accepted - self.finished <= self.bound
        for out in self.out:
            assert out.in_flight >= 0
            assert out.bytes >= 0

    def send(self, messages: Any) -> None:
        for end, message in messages:
            (self.down if end % 2 else self.up)[end // 2].append(message)

    def offer(self, w: int, size: int) -> bool:
        out = self.out[w]
        self.blocked[w] = not out.room(size)
        if out.refused:
            out.refuse()
            return True
        if self.blocked[w]:
            self.send(out.dispatch(self.now, force=True))
            self.send(out.wants())
            return False
        out.accept((w, self.next[w]), size, self.now)
        self.next[w] += 1
        self.accepted += 1
        if out.due(self.now):
            self.send(out.dispatch(self.now))
        self.send(out.spare())
        self.check()
        return True

    def flush(self, w: int) -> None:
        self.send(self.out[w].dispatch(self.now, force=True))
        if not self.blocked[w]:
            self.send(self.out[w].spare())

    def deliver(self, number: int, downward: bool) -> bool:
        queue = (self.down if downward else self.up)[number]
        if not queue:
            return False
        message = queue.popleft()
        w, r = (name[1] for name in self.layout.channels[number])  # type: ignore[index]
        out, inc = self.out[w], self.inc[r]
        match message:
            case Data():
                inc.received(
                    2 * number, Data(message.first, message.count, message.lent, deque(message.chunk))
                )
            case Want():
                inc.wanted(2 * number)
                self.send(inc.grants())
            case Gave(count):
                inc.gave(2 * number, count)
                self.send(inc.grants())
            case Ack(done, seconds):
                out.acknowledged(2 * number + 1, done, seconds)
            case Grant(count):
                out.granted(2 * number + 1, count)
            case Close(taken):
                before = out.not_needed
                out.close(2 * number + 1, taken)
                self.finished += out.not_needed - before
        if not self.blocked[w] or message.__class__ is not Grant:
            self.flush(w)
        return True

    def read(self, r: int) -> bool:
        inc = self.inc[r]
        if not inc.available:
            return False
        self.got[r].append(inc.take(self.now).popleft())
        return True

    def done(self, r: int) -> None:
        inc = self.inc[r]
        inc.done(self.now)
        if not inc.closed:
            self.finished += 1
        self.send(inc.acks(self.now, self.now))
        self.send(inc.grants())


def drain(net: Net, todo: list[int], size: int = 1) -> None:
    """Let everybody go on fairly until everything is delivered; a stuck state ends the rounds and fails."""
    in_hand = [sum(h.taken - h.done for h in inc._in_hand) for inc in net.inc]
    for _ in range(60 * (sum(todo) + len(net.down) + 10)):
        net.now += 0.0005
        for w in range(len(todo)):
            if todo[w] and net.offer(w, size):
                todo[w] -= 1
            elif not todo[w]:
                net.blocked[w] = False
                net.flush(w)
        for number in net.down:
            net.deliver(number, True)
            net.deliver(number, False)
        for r in range(len(net.inc)):
            while in_hand[r]:
                net.done(r)
                in_hand[r] -= 1
            if net.read(r):
                net.done(r)
            net.send(net.inc[r].acks(net.now, net.now, force=True))
        if not any(todo) and all(out.settled for out in net.out):
            return
    pytest.fail(f"stuck: to do {todo}, in flight {[out.in_flight for out in net.out]}")


shapes = st.tuples(st.integers(1, 5), st.integers(1, 4), st.one_of(st.none(), st.integers(0, 9)))


@given(shapes, st.data())
def test_bound_order_and_delivery_in_any_interleaving(
    shape: tuple[int, int, int | None], data: st.DataObject
) -> None:
    writers, readers, capacity = shape
    net = Net(writers, readers, capacity)
    todo = [data.draw(st.integers(0, 20)) for _ in range(writers)]
    total = sum(todo)
    in_hand = [0] * readers
    for _ in range(data.draw(st.integers(0, 120))):
        step = data.draw(st.sampled_from(["offer", "down", "up", "read", "done", "flush", "tick"]))
        net.now += 0.002 if step == "tick" else 1e-6
        if step == "offer":
            w = data.draw(st.integers(0, writers - 1))
            if todo[w] and net.offer(w, data.draw(st.sampled_from([1, 1000, 3 << 20]))):
                todo[w] -= 1
        elif step in ("down", "up"):
            net.deliver(data.draw(st.integers(0, len(net.down) - 1)), step == "down")
        elif step == "read":
            r = data.draw(st.integers(0, readers - 1))
            in_hand[r] += net.read(r)
        elif step == "done":
            r = data.draw(st.integers(0, readers - 1))
            if in_hand[r]:
                net.done(r)
                in_hand[r] -= 1
        elif step == "flush":
            net.flush(data.draw(st.integers(0, writers - 1)))
        net.check()
    drain(net, todo)
    everything = [item for got in net.got for item in got]
    assert len(everything) == len(set(everything)) == total
    for got in net.got:
        for w in range(writers):
            mine = [i for v, i in got if v == w]
            assert mine == sorted(mine)
    lent = [sum(s.borrowed for s in inc.sources.values()) for inc in net.inc]
    held = [sum(lane.tokens for out in net.out for lane in out.lanes.values())]
    assert sum(lent) <= sum(held) + sum(map(len, net.up.values())) + sum(map(len, net.down.values()))


@given(shapes, st.integers(0, 30), st.integers(0, 3))
def test_a_reader_that_closes_is_accounted_for(
    shape: tuple[int, int, int | None], before: int, leaver: int
) -> None:
    writers, readers, capacity = shape
    net = Net(writers, readers, capacity)
    leaver %= readers
    for k in range(before):
        net.now += 1e-4
        net.offer(k % writers, 1)
        net.deliver(k % len(net.down), True)
        if net.read(k % readers):
            net.done(k % readers)
    net.send(net.inc[leaver].close())
    if readers == 1:
        for number in net.up:
            while net.deliver(number, False):
                pass
        assert all(out.refused and out.settled for out in net.out)
    else:
        drain(net, [5] * writers)
    written = sum(out.written for out in net.out)
    not_needed = sum(out.not_needed for out in net.out)
    assert written == sum(inc.read for inc in net.inc) + not_needed


def one(capacity: int | None = None, **more: Any) -> Outgoing:
    output = lay_out([StreamEnds((("w", 0),), (("r", 0),), capacity)]).wirings["w"].outputs[0]
    return Outgoing(output.channels, output.byte_window)


@pytest.mark.parametrize("capacity", [0, 1, 3, 100])
def test_the_whole_capacity_is_usable_with_one_writer(capacity: int) -> None:
    out = one(capacity)
    accepted = 0
    while out.room(1):
        out.accept(accepted, 1, 0.0)
        out.dispatch(0.0, force=True)
        accepted += 1
    assert accepted == capacity + 1


def test_an_automatic_bound_is_items_or_bytes() -> None:
    small, large = one(), one()
    while small.room(1 << 10):
        small.accept(0, 1 << 10, 0.0)
    assert small.in_flight == AUTOMATIC_BYTES >> 10
    while large.room(16 << 20):
        large.accept(0, 16 << 20, 0.0)
    assert large.in_flight == AUTOMATIC_ITEMS + 1


def test_chunks_start_single_and_double_up_to_a_millisecond_of_the_readers_time() -> None:
    out = one()
    sizes: list[int] = []
    for k in range(40_000):
        out.accept(k, 8, 0.0)
        if out.due(0.0):
            for end, data in out.dispatch(0.0):
                sizes.append(data.count)
                out.acknowledged(end, data.first + data.count, 1e-6)
    assert sizes[:5] == [1, 2, 4, 8, 16]
    assert max(sizes) == 1000
    assert sorted(sizes) == sizes


def test_chunks_grow_by_plan_even_if_flushes_keep_them_small() -> None:
    """Fed back from what was sent they would stay small for ever (and nothing else would show it)."""
    out = one()
    for k in range(30):
        out.accept(k, 8, 0.0)
        [(end, data)] = out.dispatch(0.0, force=True)
        out.acknowledged(end, data.first + 1, 1e-6)
    assert out.ready_at == 1000


def test_a_message_holds_no_more_than_its_bytes() -> None:
    out = one()
    out.accept(0, 8, 0.0)
    [(end, _)] = out.dispatch(0.0)
    out.acknowledged(end, 1, 1e-6)
    out.lanes[end].reach = 1 << 20
    for k in range(10):
        out.accept(k, CHUNK_BYTES * 2 // 5, 0.0)
    [*messages] = out.dispatch(0.0, force=True)
    assert [data.count for _, data in messages][:3] == [2, 2, 2]


class Marks:
    """Has nothing to say."""

    def sending(self, channel: int, entries: Sequence[Any]) -> tuple[bytes, bytes]:
        return b"", b""

    def unneeded(self, entries: Iterable[Any]) -> None: ...


@pytest.mark.parametrize("careful", [True, False])
def test_results_of_one_that_may_be_restarted_are_not_kept_for_a_good_chunk(careful: bool) -> None:
    """Its own input is done when they are out; else they wait until the reader is done with some message."""
    out = one()
    out.marker = Marks() if careful else None
    sent = 0
    for k in range(2 * ch.MESSAGES):
        out.accept(k, 8, 0.0)
        sent += sum(data.count for _, data in out.dispatch(0.0, force=True))
    assert sent == (2 if careful else 1) * ch.MESSAGES
    assert out.dispatch(0.0) == []


def test_what_is_old_is_due_alone() -> None:
    out = one()
    out.accept(0, 8, 0.0)
    [(end, _)] = out.dispatch(0.0)
    out.acknowledged(end, 1, 1e-6)
    out.lanes[end].reach = 1000
    out.accept(1, 8, 1.0)
    assert not out.due(1.0)
    assert out.due(1.0 + 2 * ch.CHUNK_SECONDS)
    assert out.dispatch(1.0) == []
    assert len(out.dispatch(1.0 + 2 * ch.CHUNK_SECONDS)) == 1


def competing(readers: int, capacity: int | None = None) -> Outgoing:
    ends = StreamEnds((("w", 0),), tuple((f"r{k}", 0) for k in range(readers)), capacity)
    output = lay_out([ends]).wirings["w"].outputs[0]
    return Outgoing(output.channels, output.byte_window)


def test_unknown_and_slow_readers_get_one_at_a_time_and_the_rest_stays_anybodys() -> None:
    out = competing(3, capacity=20)
    for k in range(23):
        assert out.room(1)
        out.accept(k, 1, 0.0)
    assert not out.room(1)
    messages = out.dispatch(0.0, force=True)
    assert [data.count for _, data in messages] == [1, 1, 1]
    assert len(out.backlog) == 20
    slow, fast, _ = (end for end, _ in messages)
    out.acknowledged(slow, 1, 0.5)
    out.acknowledged(fast, 1, 1e-4)
    dealt = {slow: 0, fast: 0}
    for end, data in out.dispatch(0.0, force=True):
        dealt[end] += data.count
    assert dealt[slow] == 1
    assert dealt[fast] > 5


def test_a_reader_whose_entries_seem_to_cost_nothing_is_not_handed_the_queue() -> None:
    out = competing(2)
    first, _ = out.lanes
    for k in range(20):  # a fast phase: chunks have grown
        out.accept(k, 1, 0.0)
        out.dispatch(0.0, force=True)
        out.acknowledged(first, out.lanes[first].sent, 1e-9)
    for k in range(20_000):
        assert out.room(1)
        out.accept(k, 1, 0.0)
    out.dispatch(0.0, force=True)
    assert 1000 < out.lanes[first].unacked <= ch.AHEAD
    assert len(out.backlog) > 10_000


def test_the_least_loaded_reader_is_next() -> None:
    out = competing(2)
    ends = list(out.lanes)
    for k in range(2):
        out.accept(k, 1, 0.0)
        out.dispatch(0.0, force=True)
    out.acknowledged(ends[1], 1, 1e-4)
    out.accept(2, 1, 0.0)
    assert [end for end, _ in out.dispatch(0.0, force=True)] == [ends[1]]


def test_entries_of_a_dead_reader_never_settle() -> None:
    out = one(3)
    out.accept(0, 1, 0.0)
    [(end, _)] = out.dispatch(0.0, force=True)
    out.lose(end)
    assert not out.settled
    assert not out.room(1)
    assert not out.refused


@pytest.mark.parametrize("replaced", [False, True])
def test_what_came_of_a_dead_writer_and_is_not_wanted_any_more_is_counted_by_its_reader(
    replaced: bool,
) -> None:
    inc = Incoming(0, [Channel(0, 5, True), Channel(2, 5, True)], 0)
    inc.received(0, Data(0, 3, 0, deque("abc")))
    inc.received(2, Data(0, 2, 0, deque("de")))
    inc.take(0.0)
    inc.lose(0)
    if replaced:
        inc.forget(0, replaced=True)
    assert inc.close() == [(2, Close(0))], "the living writer counts its own"
    assert (inc.read, inc.unread) == (1, 2)


def test_a_writer_that_ends_leaves_its_share_to_the_others() -> None:
    channels = [Channel(0, 2, True), Channel(2, 2, True)]
    inc = Incoming(0, channels, 0)
    inc.wanted(0)
    assert inc.grants() == []
    inc.end(2)
    assert inc.grants() == [(0, Grant(1))]


def test_credit_is_lent_in_the_order_of_asking_and_comes_back_when_done() -> None:
    inc = Incoming(0, [Channel(0, 0, True), Channel(2, 0, True)], 1)
    inc.wanted(2)
    inc.wanted(0)
    inc.wanted(2)
    assert inc.grants() == [(2, Grant(1))]
    inc.received(2, Data(0, 1, 1, deque("x")))
    inc.take(0.0)
    assert inc.grants() == []
    inc.done(0.0)
    assert inc.grants() == [(0, Grant(1))]
    inc.gave(0, 1)
    assert inc.grants() == []
    assert inc.lendable == 1


def test_credit_that_is_not_needed_goes_back() -> None:
    out = Outgoing([Channel(1, 0, True), Channel(3, 0, True)], None)
    assert not out.room(1)
    assert [end for end, _ in out.wants()] == [1, 3]
    assert out.wants() == []
    out.granted(1, 1)
    out.granted(3, 1)
    out.accept("x", 1, 0.0)
    [(end, data)] = out.dispatch(0.0)
    assert (end, data.lent) == (1, 1)
    assert out.spare() == [(3, Gave(1))]
    assert not out.borrowing


def test_a_gap_in_the_numbers_is_an_error() -> None:
    inc = Incoming(0, [Channel(0, 2, False)], 0)
    with pytest.raises(RuntimeError, match="was next"):
        inc.received(0, Data(1, 1, 0, deque("x")))


def test_a_reader_reports_its_time_per_entry_and_acknowledges_parts_now_and_then() -> None:
    inc = Incoming(0, [Channel(0, 10, False)], 0)
    inc.received(0, Data(0, 10, 0, deque(range(10))))
    for k in range(4):
        inc.take(k * 1.0)
        assert not inc.done(k + 1.0)
    assert inc.acks(4.0, 4.0) == [(0, Ack(4, 1.0))]
    assert inc.acks(4.0, 4.0) == []
    inc.take(4.0)
    inc.done(5.0)
    assert inc.acks(5.0, 4.0 + ch.CHUNK_SECONDS / 2) == []
    assert [ack.done for _, ack in inc.acks(5.0, 5.0)] == [5]
