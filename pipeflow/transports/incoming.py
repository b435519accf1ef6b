"""One reader replica's end of a stream, as a pure state machine (the writer's is `channel.Outgoing`).

    received -> taken (one by one, in the order of arrival of the chunks) -> done -> acknowledged

A chunk is taken to its end before the next, so `done` always concerns the oldest chunk in hand, and
acknowledgements are cumulative per channel. (It is long for the reason that is given there.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pipeflow.transports.channel import CHUNK_SECONDS
from pipeflow.transports.messages import Ack, Close, Data, Grant, More
from pipeflow.transports.parts import Part, Trail, unpack_repeats
from pipeflow.transports.wiring import Channel, budgets

_NOTHING: Final[frozenset[Part]] = frozenset()
LATE: Final = 4 * CHUNK_SECONDS
"""Parts of a chunk are acknowledged when the last acknowledgement is this old."""


@dataclass(eq=False)
class Source:
    """What a reader knows of one writer replica."""

    channel: Channel
    received: int = 0
    taken: int = 0
    done: int = 0
    acked: int = 0
    flushed: int | None = None
    """Of those done, how many results are out of this worker's hands (where it may be restarted)."""
    trail: Trail = field(default_factory=Trail)
    """What came of a writer that may be restarted."""
    due: bool = False
    """A whole chunk is done and its acknowledgement not sent."""
    borrowed: int = 0
    """Lent credit the writer holds, or has entries underway on."""
    over: bool = False
    """END came, or the writer died."""
    lost: bool = False

    @property
    def settled(self) -> int:
        """Entries that may be acknowledged."""
        return self.done if self.flushed is None else min(self.done, self.flushed)


@dataclass(eq=False)
class _Held:
    """A chunk that is received, or in hand."""

    source: Source
    data: Data
    taken: int = 0
    done: int = 0
    started: float = 0.0
    """Busy time at which its first entry was taken."""
    delivered: dict[int, frozenset[Part]] | None = None
    """By place: what a worker that died had sent on of an entry."""


@dataclass
class Incoming:
    """One reader replica's end. `busy` arguments are seconds this worker was neither waiting nor blocked."""

    port: int
    channels: Sequence[Channel]
    lendable: int
    careful: bool = False
    """Only what is `flushed` is acknowledged."""
    seconds: float = 0.0
    """An entry's time here, the latest chunks weighing most."""
    closed: bool = False
    announced: bool = False
    """The end was handed out."""
    read: int = 0
    last: int = -1
    """The channel of the entry taken last."""
    fresh: bool = False
    """Something was done that `acks` has not told."""
    partly: bool = False
    """The chunk in turn has given entries and has more: `take` needs nothing else."""
    budget: int = field(init=False)
    """All entries that may be underway to here, one in hand included."""
    sources: dict[int, Source] = field(init=False)
    _waiting: deque[_Held] = field(default_factory=deque[_Held])
    _in_hand: deque[_Held] = field(default_factory=deque[_Held])
    _asking: deque[Source] = field(default_factory=deque[Source])
    _holds: bool = False
    """Entries are done out of turn."""
    unread: int = 0
    """Entries of dead writers that had arrived when no more was wanted: nobody else counts them."""
    _replaced: bool = False
    """A writer has died and another is in its place."""
    _leaving: list[Source] = field(default_factory=list[Source])
    """Dead writers whose entries are not all settled."""
    _acked_at: float = 0.0

    def __post_init__(self) -> None:
        self.sources = {channel.end: Source(channel) for channel in self.channels}
        for source in self.sources.values():
            source.flushed = 0 if self.careful else None
        self.budget = self.lendable + sum(channel.share for channel in self.channels)

    # -- entries

    def received(self, channel: int, data: Data) -> None:
        """A chunk came. Every entry has its number, so a gap is noticed."""
        source = self.sources[channel]
        if data.first != source.received:
            raise RuntimeError(f"channel {channel}: entry {data.first} came, {source.received} was next")
        source.received += data.count
        if data.marks or data.parts:
            source.trail.heard(data.marks, data.parts)
        if not self.closed:
            delivered = unpack_repeats(data.repeats) if data.repeats else None
            self._waiting.append(_Held(source, data, delivered=delivered))

    @property
    def available(self) -> bool:
        """Is there an entry to `take`?"""
        return bool(self._waiting)

    @property
    def untaken(self) -> int:
        """How many entries there are to `take`."""
        return sum(held.data.count - held.taken for held in self._waiting)

    def take(self, busy: float) -> Any:
        """The chunk whose next entry is now in hand (its own position tells which)."""
        held = self._waiting[0]
        if not held.taken:
            held.started = busy
            self._in_hand.append(held)
        held.taken += 1
        held.source.taken += 1
        self.last = held.source.channel.end
        self.partly = held.taken < held.data.count
        if not self.partly:
            self._waiting.popleft()
        self.read += 1
        return held.data.chunk

    # -- many at a time

    @property
    def rest_of_chunk(self) -> Any:
        """The chunk whose entry was taken last, while it has more; else None."""
        return self._waiting[0].data.chunk if self.partly else None

    def take_more(self, count: int) -> None:
        """`count` more entries of that chunk are in hand."""
        held = self._waiting[0]
        held.taken += count
        held.source.taken += count
        self.read += count
        self.partly = held.taken < held.data.count
        if not self.partly:
            self._waiting.popleft()

    def untake(self, count: int) -> None:
        """The last `count` entries taken were not read after all (before `close`)."""
        held = self._in_hand[-1]
        held.taken -= count
        held.source.taken -= count
        self.read -= count

    def done_many(self, count: int, busy: float) -> bool:
        """As `done`, for the `count` oldest entries, all of one chunk."""
        held = self._in_hand[0]
        back = max(0, min(count, held.data.lent - held.done))
        held.source.borrowed -= back
        self.lendable += back
        held.done += count - 1
        held.source.done += count - 1
        last_was_lent = held.done < held.data.lent
        held.source.borrowed += last_was_lent
        self.lendable -= last_was_lent
        return self.done(busy)

    def done(self, busy: float, channel: int | None = None) -> bool:
        """The oldest entry in hand (of that channel) is dealt with. True: an acknowledgement is due."""
        if channel is not None and self._replaced:
            return False
        held = next((h for h in self._in_hand if channel is None or h.source.channel.end == channel), None)
        if held is None or held.done == held.taken:
            raise RuntimeError(f"done({self.port}) without an entry in hand")
        return self._done(held, busy)

    def _done(self, held: _Held, busy: float) -> bool:
        if held.done < held.data.lent:
            held.source.borrowed -= 1
            self.lendable += 1
        held.done += 1
        held.source.done += 1
        self.fresh = True
        if held.done < held.data.count:
            return False
        self._in_hand.remove(held)
        held.source.due = True
        self._learn(held, busy)
        return True

    def _learn(self, held: _Held, busy: float) -> None:
        seconds = max((busy - held.started) / held.done, 1e-8)
        self.seconds = (self.seconds + seconds) / 2 if self.seconds else seconds

    def acks(self, busy: float, now: float, force: bool = False) -> list[tuple[int, Ack]]:
        """Of chunks that are done; of parts of chunks when the last one was long ago or the worker is about
        to wait.
        """
        force = force or self.late(now)
        ready = [s for s in self.sources.values() if s.settled > s.acked and not s.over and (s.due or force)]
        if not ready or self.closed:
            return []
        if self._in_hand and self._in_hand[0].done:
            self._learn(self._in_hand[0], busy)
        self._acked_at = now
        for source in ready:
            source.acked, source.due = source.settled, source.settled < source.done and source.due
        self.fresh = any(s.done > s.acked for s in self.sources.values())
        return [(source.channel.end, Ack(source.acked, self.seconds)) for source in ready]

    def late(self, now: float) -> bool:
        """Parts of chunks deserve an acknowledgement too, now and then."""
        return now - self._acked_at >= LATE

    @property
    def unacked(self) -> bool:
        """Is there something `acks(force)` would send?"""
        return not self.closed and any(s.settled > s.acked and not s.over for s in self.sources.values())

    # -- lent credit

    @property
    def asked(self) -> bool:
        """Has a writer asked for credit that it did not get yet?"""
        return bool(self._asking)

    def wanted(self, channel: int) -> None:
        """A writer asks for credit: `grants` follows."""
        source = self.sources[channel]
        if source not in self._asking:
            self._asking.append(source)

    def gave(self, channel: int, count: int) -> None:
        """A writer did not need what it was lent: `grants` follows."""
        self.sources[channel].borrowed -= count
        self.lendable += count

    def grants(self) -> list[tuple[int, Grant]]:
        """Lend what there is, one each, in the order of asking."""
        messages: list[tuple[int, Grant]] = []
        while self.lendable and self._asking and not self.closed:
            source = self._asking.popleft()
            if not source.over:
                self.lendable -= 1
                source.borrowed += 1
                messages.append((source.channel.end, Grant(1)))
        return messages

    # -- growth

    def grow(self, capacity: int, reader: int, readers: int) -> list[tuple[int, More]]:
        """The stream is to hold `capacity`; this is its reader number `reader` of `readers`. What is new
        belongs to the one writer, or is lent to whoever asks: `grants` follows.
        """
        extra = budgets(capacity, readers)[reader] - self.budget
        if extra <= 0 or self.closed:
            return []
        self.budget += extra
        source, *others = self.sources.values()
        if others:
            self.lendable += extra
            return []
        source.channel = replace(source.channel, share=source.channel.share + extra)
        return [] if source.over else [(source.channel.end, More(extra))]

    # -- ends

    def end(self, channel: int) -> None:
        """The writer is through: its share is lendable from now on."""
        source = self.sources[channel]
        source.over = True
        self.lendable += source.channel.share

    def lose(self, channel: int) -> None:
        """The writer died: what arrived is kept, and this port will not end by itself. Its credit lends to
        nobody.
        """
        source = self.sources[channel]
        source.over = source.lost = True

    # -- after a writer's death

    def add(self, channel: Channel) -> list[tuple[int, Close]]:
        """One more writer (which hears at once that this port is closed, if it is)."""
        self._replaced = True
        if self._holds:
            self._free()
        source = self.sources[channel.end] = Source(channel)
        if self.careful:
            source.flushed = 0
        return [(channel.end, Close(0))] if self.closed else []

    def ticket(self) -> int:
        """The channel of the entry taken last, which may be `done` out of turn.

        Not after a death: what was sent again comes behind later entries, so holding those back could lock
        up. From then on whatever is taken counts as done.
        """
        self._holds = True
        if self._replaced:
            self._free()
        return self.last

    def _free(self) -> None:
        for held in list(self._in_hand):
            while held.done < held.taken:
                self._done(held, 0.0)

    def forget(self, channel: int, replaced: bool) -> None:
        """Of the dead writer nothing is missing. Its credit goes to the writer in its place, or is lent."""
        source = self.sources.pop(channel)
        source.lost = False
        self._leaving.append(source)
        lent = sum(min(h.data.lent, h.data.count) - min(h.data.lent, h.done) for h in self._held(source))
        self.lendable += source.borrowed - lent + (0 if replaced else source.channel.share)
        source.borrowed = lent

    def _held(self, source: Source) -> list[_Held]:
        in_hand = [held for held in self._in_hand if held.source is source]
        return in_hand + [h for h in self._waiting if h.source is source and not h.taken]

    def cleared(self) -> list[int]:
        """Channels of dead writers on which everything is settled by now."""
        through = [s for s in self._leaving if self.closed or s.settled >= s.received]
        self._leaving = [s for s in self._leaving if s not in through]
        return [source.channel.end for source in through]

    def flushed(self, channel: int, count: int) -> None:
        """The results of the first `count` entries of a channel are out."""
        for source in (*self.sources.values(), *self._leaving):
            if source.channel.end == channel:
                source.flushed = count

    @property
    def in_hand(self) -> tuple[int, int] | None:
        """The oldest entry in hand: its channel and its number there, from 1."""
        held = self._in_hand[0] if self._in_hand else None
        return (
            None
            if held is None or held.done >= held.taken
            else (held.source.channel.end, held.source.done + 1)
        )

    @property
    def delivered(self) -> frozenset[Part]:
        """What a worker that died had sent on of the oldest entry in hand."""
        held = self._in_hand[0] if self._in_hand else None
        return _NOTHING if held is None or not held.delivered else held.delivered.get(held.done, _NOTHING)

    @property
    def got(self) -> dict[int, int]:
        """By channel: entries that count as arrived."""
        return {end: s.taken if self.closed else s.received for end, s in self.sources.items()}

    @property
    def open(self) -> bool:
        """Writers may still ask for credit."""
        return not self.closed and not all(s.over for s in self.sources.values())

    @property
    def exhausted(self) -> bool:
        """Every writer has ended and every entry was taken."""
        return not self._waiting and all(s.over and not s.lost for s in self.sources.values())

    def close(self) -> list[tuple[int, Close]]:
        """Take no more; tell every writer that is still there."""
        if self.closed:
            return []
        self.closed = self.announced = True
        self.partly = False
        self._waiting.clear()
        dead = [*(s for s in self.sources.values() if s.lost), *self._leaving]
        self.unread = sum(s.received - s.taken for s in dead)
        return [(s.channel.end, Close(s.taken)) for s in self.sources.values() if not s.over]
