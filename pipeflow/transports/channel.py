"""The two ends of a stream as pure state machines: no sockets, no threads, no clock of their own.

`Outgoing` is one writer replica's end of a stream. Entries it accepted wait in one backlog and are
dispatched, in chunks, to the reader replica with the least work underway, never more than a few milliseconds
of work ahead: so a slow replica is not handed the queue, and yet the writer may run ahead by the whole
capacity. What is dispatched stays in the lane's ledger until it is acknowledged.

    accept -> backlog -> dispatch -> ledger of a lane -> acknowledged

One number is credit, ledger and acknowledgement at once: backlog + ledgers never exceed the writer's window,
which is the sum of its channels' shares (see `wiring`). Beyond the window an entry leaves only on credit lent
by a reader, or, with an automatic bound, while all that is underway fits the byte window.

`Incoming` (file `incoming`) is one reader replica's end. Both files are long because each is one machine:
credit, chunks, ends and what happens after a death are rules about the same few numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Protocol

from pipeflow.transports import codec
from pipeflow.transports.backlog import Backlog, Entry, one_by_one
from pipeflow.transports.messages import Data, Gave, Want
from pipeflow.transports.parts import Part, pack_repeats
from pipeflow.transports.repairs import Requeued
from pipeflow.transports.wiring import Channel

CHUNK_SECONDS: Final = 0.001
"""A message holds at most this much of the reader's work, and waits at most this long for company."""
HORIZON: Final = 0.004
"""Among competing readers, one is at most this much work ahead (Beyond: the backlog, which is anybody's)."""
AHEAD: Final = 4000
"""Nor by more entries than this: for a moment an entry can seem to cost next to nothing."""
SLOW: Final = 0.02
"""A reader that takes this long for an entry gets its next one only when it asks by being done."""
MESSAGES: Final = 8
"""Unacknowledged messages of a channel under an automatic bound."""
CHEAP: Final = 25e-6
"""Under a strict bound entries cheaper than this travel a whole window at a time, others half a window."""
EASY_BYTES: Final = 8192
"""Entries up to this size are accepted without counting bytes, as long as so many of them would fit."""
NEVER: Final = 1 << 62


class Remembered(tuple[Any, int]):  # noqa: SLOT001 - few of them, with attributes
    """An entry of which more is known."""

    blamed = False
    """It was in the hand of a worker when that died."""
    delivered: frozenset[Part] = frozenset()
    """What a worker that died had already sent on of it."""


class Marker(Protocol):
    """What a worker that may be restarted says of its results (see `marks`)."""

    def sending(self, channel: int, entries: Sequence[Entry]) -> tuple[bytes, bytes]:
        """(marks, parts) for a message with these entries."""
        ...

    def unneeded(self, entries: Iterable[Entry]) -> None:
        """Nobody will read these."""
        ...


@dataclass
class Sent:
    """A message in the ledger, with its entries where they may have to be sent again."""

    last: int
    size: int
    kept: Sequence[Entry] = ()


@dataclass
class Lane:
    """What a writer knows of one reader replica."""

    channel: Channel
    sent: int = 0
    acked: int = 0
    ledger: deque[Sent] = field(default_factory=deque[Sent])
    bytes: int = 0
    lent: deque[tuple[int, int]] = field(default_factory=deque[tuple[int, int]])
    """[from, to) of unacknowledged entries that went on lent credit."""
    tokens: int = 0
    """Lent credit at hand."""
    wanting: bool = False
    seconds: float | None = None
    reach: int = 1
    """Chunks may grow to this. Doubled by every chunk planned, whatever its size: else it never grows."""
    closed: bool = False
    taken: int = 0
    """Of a closed one: entries the reader had taken."""
    lost: bool = False

    @property
    def through(self) -> int:
        """Entries the reader is known to be through with."""
        return self.taken if self.closed else self.acked

    @property
    def live(self) -> bool:
        """There is a reader to send to."""
        return not (self.closed or self.lost)

    @property
    def unacked(self) -> int:
        """Entries dispatched and not known to be done."""
        return self.sent - self.acked

    def unacked_lent(self) -> int:
        """Those of them that went on lent credit."""
        return sum(to - max(start, self.acked) for start, to in self.lent)


class Outgoing:
    """One writer replica's end of a stream. Every method is a step; what is to be sent is returned."""

    def __init__(self, channels: Sequence[Channel], byte_window: int | None, keeps: bool = False) -> None:
        self.lanes = {channel.end: Lane(channel) for channel in channels}
        self.byte_window = byte_window
        self.backlog = Backlog()
        self.keeps = keeps
        """A reader may be restarted: what is not acknowledged is kept."""
        self.again = 0
        """So many entries at the head of the backlog are sent for the second time."""
        self.marker: Marker | None = None
        self.bytes = 0
        """Of the backlog and of all live ledgers."""
        self.oldest = 0.0
        """Since when the head of the backlog waits."""
        self.ready_at = 1
        """`dispatch` has something to do once the backlog is this long (or old)."""
        self.easy = 0
        """So many more entries of up to EASY_BYTES can be accepted with nothing else to do or to ask."""
        self.written = 0
        self.not_needed = 0
        self.ended = False
        self._urgent = False
        """The worker waits, and may be restarted: its own input is done when its results are out. Were they
        kept to make a good chunk, its writer could not end, and their reader may be waiting for that.
        """
        self.refused = False
        """Nobody will read another entry. (Without any reader, one that may be restarted is on its way.)"""
        self._recount()

    # -- what the stream is like

    @property
    def settled(self) -> bool:
        """Everything accepted is done, or not needed. Never again true once a reader died with entries
        underway.
        """
        return not self.backlog and all(lane.closed or not lane.unacked for lane in self.lanes.values())

    @property
    def in_flight(self) -> int:
        """Entries accepted and not known to be done."""
        return self.backlog.count + sum(lane.unacked for lane in self._live)

    def room(self, size: int) -> bool:
        """May an entry of `size` bytes be accepted?"""
        if self._own + self.backlog.count < self._window + self._tokens:
            return True
        return self.byte_window is not None and bool(self._live) and self.bytes + size <= self.byte_window

    @property
    def _tokens(self) -> int:
        """Lent credit at hand, of all lanes."""
        return sum([lane.tokens for lane in self._live]) if self._lends else 0

    # -- entries

    def accept(self, packed: Any, size: int, now: float) -> None:
        """Take an entry for which there is `room`. `dispatch` must follow when `due`."""
        self.written += 1
        if not self.backlog.count:
            self.oldest = now
        self.backlog.add((packed, size))
        self.bytes += size
        self.easy -= 1

    def accept_result(self, result: Remembered, now: float) -> None:
        """As `accept`, where the `marker` is told of it."""
        if self.refused:
            self.refuse()
            if self.marker is not None:
                self.marker.unneeded((result,))
            return
        self.written += 1
        if not self.backlog:
            self.oldest = now
        self.backlog.add(result)
        self.bytes += result[1]
        self.easy -= 1

    @property
    def stage_room(self) -> int:
        """So many entries of up to EASY_BYTES may be accepted at once; no more than make a good chunk."""
        room = self._window + self._tokens - self._own - self.backlog.count
        if self.byte_window is not None and self._live:
            room = max(room, (self.byte_window - self.bytes) // EASY_BYTES)
        enough = self.ready_at - self.backlog.count
        return max(0, min(room, enough) if enough > 0 else room)

    def accept_many(self, staged: list[Any], now: float) -> None:
        """As `accept`, for what a loop has staged within the `stage_room`."""
        if not staged:
            return
        self.written += len(staged)
        if self.refused:
            self.not_needed += len(staged)
            return
        if not self.backlog.count:
            self.oldest = now
        self.bytes += self.backlog.add_many(staged)
        self.easy -= len(staged)

    def refuse(self) -> None:
        """Count an entry nobody wants."""
        self.written += 1
        self.not_needed += 1

    def due(self, now: float) -> bool:
        """Is it time to `dispatch`? Never while no lane may have more: an acknowledgement comes first."""
        waiting = self.backlog.count
        if waiting >= self.ready_at:
            return True
        return waiting > 0 and self.ready_at != NEVER and now - self.oldest >= CHUNK_SECONDS

    def dispatch(self, now: float, force: bool = False) -> list[tuple[int, Data]]:
        """Chunks to send now: full or old ones; with `force` (the worker is about to wait) all that lanes may
        have.
        """
        messages: list[tuple[int, Data]] = []
        old = force or now - self.oldest >= CHUNK_SECONDS
        self._urgent = force and self.marker is not None
        while self.backlog and (found := self._next(old)):
            messages.append((found[0].channel.end, self._chunk(*found)))
            self.oldest = now
        self._urgent = False
        self._plan()
        return messages

    def _next(self, old: bool) -> tuple[Lane, int, bool] | None:
        """(lane, how many entries, on lent credit): the next chunk that is due."""
        for lane in self._live:
            if lane.tokens:
                return lane, min(lane.tokens, self.backlog.count), True
        idlest = self._idlest()
        if idlest is None:
            return None
        limit = min(self._target(idlest), self._limit(idlest))
        if not old and self.backlog.count < limit:
            return None
        return idlest, limit, False

    def _chunk(self, lane: Lane, limit: int, lent: bool) -> Data:
        pieces, count, size = self.backlog.front(limit)
        chunk = [piece[0] if isinstance(piece, tuple) else piece for piece in pieces]
        first = lane.sent
        repeats = b"" if not self.again else _repeats(one_by_one(pieces)[: self.again])
        self.again -= min(self.again, count)
        lane.sent += count
        lane.bytes += size
        lane.ledger.append(Sent(lane.sent, size, one_by_one(pieces) if self.keeps else ()))
        if lent:
            lane.tokens -= count
            lane.lent.append((first, lane.sent))
        else:
            self._own += count
            lane.reach = min(2 * lane.reach, NEVER)
        marks = parts = b""
        if self.marker is not None:
            marks, parts = self.marker.sending(lane.channel.end, one_by_one(pieces))
        return Data(first, count, count if lent else 0, chunk, marks, parts, repeats)

    # -- how much a lane may have

    def _target(self, lane: Lane) -> int:
        """Entries in a good chunk for this lane."""
        if lane.seconds is None:
            return 1
        target = min(lane.reach, int(CHUNK_SECONDS / lane.seconds))
        if self.byte_window is None:
            share = lane.channel.share
            target = min(target, share if lane.seconds < CHEAP else share // 2)
        return max(1, target)

    def _limit(self, lane: Lane) -> int:
        """Entries the lane may be given now."""
        if self.byte_window is not None and len(lane.ledger) >= MESSAGES and not self._urgent:
            return 0
        if len(self._live) == 1:
            return NEVER
        if lane.seconds is None or lane.seconds >= SLOW:
            return 1 - lane.unacked
        return min(AHEAD, max(2, int(HORIZON / lane.seconds))) - lane.unacked

    def _idlest(self) -> Lane | None:
        """The lane with the least work underway, of those that may have more."""
        if len(self._live) == 1:
            return self._live[0] if self._limit(self._live[0]) > 0 else None
        open_lanes = [lane for lane in self._live if self._limit(lane) > 0]
        if len(open_lanes) < 2:
            return open_lanes[0] if open_lanes else None
        return min(open_lanes, key=lambda lane: (lane.unacked * (lane.seconds or SLOW), lane.sent))

    def _plan(self) -> None:
        lane = self._idlest()
        self.ready_at = NEVER if lane is None else min(self._target(lane), self._limit(lane))
        if self._tokens:
            self.ready_at = 1
        room = self._window - self._own - self.backlog.count
        if self.byte_window is not None and self._live:
            room = max(room, (self.byte_window - self.bytes) // EASY_BYTES)
        self.easy = min(room, self.ready_at - 1 - self.backlog.count)

    def _recount(self) -> None:
        """After lanes came or went: the window, and what of the live ledgers counts against it."""
        lanes = self.lanes.values()
        self._live = [lane for lane in lanes if lane.live]
        self._lends = any(lane.channel.lends for lane in lanes)
        self.refused = all(lane.closed for lane in lanes) and bool(lanes or not self.keeps)
        self._window = sum(lane.channel.share for lane in self._live)
        self._own = sum(lane.unacked - lane.unacked_lent() for lane in self._live)
        self.bytes = self.backlog.bytes + sum(lane.bytes for lane in self._live)
        self._plan()

    # -- what readers say

    def acknowledged(self, channel: int, done: int, seconds: float) -> None:
        """A reader is done with everything before `done`."""
        lane = self.lanes[channel]
        if not lane.live or done <= lane.acked:
            return
        before = lane.unacked - lane.unacked_lent()
        lane.acked = done
        if seconds > 0:
            lane.seconds = seconds
        while lane.ledger and lane.ledger[0].last <= done:
            size = lane.ledger.popleft().size
            lane.bytes -= size
            self.bytes -= size
        while lane.lent and lane.lent[0][1] <= done:
            lane.lent.popleft()
        self._own -= before - (lane.unacked - lane.unacked_lent())
        self._plan()

    def granted(self, channel: int, count: int) -> None:
        """A reader lends credit: `dispatch` what waits, give back the `spare`."""
        lane = self.lanes[channel]
        lane.wanting = False
        if lane.live:
            lane.tokens += count
            self.ready_at = 1
            self.easy = 0

    def widened(self, channel: int, count: int) -> None:
        """The stream has grown, by so much for this channel."""
        lane = self.lanes[channel]
        lane.channel = replace(lane.channel, share=lane.channel.share + count)
        self._recount()

    def close(self, channel: int, taken: int) -> None:
        """A reader wants no more: what it did not take is not needed, nor (was it the last) the backlog."""
        lane = self.lanes[channel]
        if lane.closed:
            return
        lane.closed, lane.taken = True, taken
        self.not_needed += lane.sent - taken
        lane.tokens = 0
        self._recount()
        if self.refused:
            self.not_needed += self.backlog.count
            if self.marker is not None:
                self._unneeded(self.marker)
            self.again = 0
            self.backlog.clear()
            self.bytes = self.easy = 0

    def _unneeded(self, marker: Marker) -> None:
        while self.backlog:
            pieces, _, _ = self.backlog.front(NEVER)
            marker.unneeded(one_by_one(pieces))

    def lose(self, channel: int) -> None:
        """A reader died. Its ledger stays, unsettled: whoever supervises decides."""
        self.lanes[channel].lost = True
        self._recount()

    # -- after a reader's death

    def add(self, channel: Channel) -> None:
        """One more reader."""
        self.lanes[channel.end] = Lane(channel)
        self._recount()

    def requeue(
        self,
        channel: int,
        upto: int,
        suspect: int,
        through: Collection[int] = (),
        partly: Mapping[int, frozenset[Part]] = MappingProxyType({}),
    ) -> Requeued:
        """Take back what the dead reader was not done with (see `Requeue`); it goes first. `dispatch`
        follows.
        """
        lane = self.lanes.pop(channel)
        done = lane.sent if lane.closed else max(lane.acked, upto)
        back: list[Entry] = []
        poison, what = False, None
        for sent in lane.ledger:
            for number, entry in enumerate(sent.kept, sent.last - len(sent.kept) + 1):
                if number <= done or number in through:
                    continue
                if number == suspect:
                    poison = isinstance(entry, Remembered) and entry.blamed
                    what = codec.plain(entry[0]) if poison else None
                back.append(_remembered(entry, number == suspect, partly.get(number)))
        self.backlog.put_back(back)
        self.again += len(back)
        self.oldest = 0.0
        self._recount()
        through_with = lane.taken if lane.closed else lane.sent - len(back)
        return Requeued(channel, through_with, len(back), poison, what)

    # -- lent credit

    def wants(self) -> list[tuple[int, Want]]:
        """Blocked: ask every lender that was not asked yet."""
        lenders = [lane for lane in self._live if lane.channel.lends]
        asked = [lane for lane in lenders if not (lane.wanting or lane.tokens)]
        for lane in asked:
            lane.wanting = True
        return [(lane.channel.end, Want()) for lane in asked]

    def spare(self) -> list[tuple[int, Gave]]:
        """Not blocked any more: give back the credit nobody here needs."""
        if self.backlog:
            return []
        holders = [lane for lane in self._live if lane.tokens]
        messages = [(lane.channel.end, Gave(lane.tokens)) for lane in holders]
        for lane in holders:
            lane.tokens = 0
        return messages

    @property
    def borrowing(self) -> bool:
        """Credit was asked for or is held: an answer must not be left lying while the worker is away."""
        return any(lane.wanting or lane.tokens for lane in self._live)


def _repeats(entries: Iterable[Entry]) -> bytes:
    """For a message: what of its entries has been delivered."""
    return pack_repeats(
        (place, part)
        for place, entry in enumerate(entries)
        if isinstance(entry, Remembered)
        for part in entry.delivered
    )


def _remembered(entry: Entry, suspect: bool, delivered: frozenset[Part] | None) -> Entry:
    if not suspect and not delivered:
        return entry
    remembered = entry if isinstance(entry, Remembered) else Remembered(entry)
    remembered.blamed = suspect or remembered.blamed
    remembered.delivered |= delivered or frozenset()
    return remembered
