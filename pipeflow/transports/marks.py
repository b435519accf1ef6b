"""How far a worker that may be restarted is done with its inputs, where "done" means: all results are out
of its hands, on every output.

Only that is acknowledged, and every message says it (`Data.marks`). Beside it a message says of which entries
its own results are (`Data.parts`): outputs go at their own pace, and an entry whose result is out on one and
waits on another is not done, but what is out must not come twice.

    put -> closing (the entry's last) -> sending (in a message) -> refresh: its socket has it

The last result of an entry is held back until the entry is done, for it tells how many there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeflow.transports.backlog import Entry
from pipeflow.transports.channel import Outgoing, Remembered
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.parts import Part, Run, pack_marks, pack_runs

_Place = tuple[int, int, int]
"""Of a result: its output, the how-manieth it is there, and how many there are in all (0: not known)."""


class _Origin:
    """An entry that came in, while not all of it is out."""

    __slots__ = ("closed", "delivered", "end", "number", "out", "places", "put")

    def __init__(self, end: int, number: int, delivered: frozenset[Part]) -> None:
        self.end, self.number, self.delivered = end, number, delivered
        self.places: dict[int, int] = {}
        """By output: how many results it has had there, those delivered before included."""
        self.put = 0
        """Results to be sent."""
        self.out: list[_Place] = []
        """Those that are out."""
        self.closed = False

    @property
    def through(self) -> bool:
        """All of it is out."""
        return self.closed and len(self.out) == self.put


class Result(Remembered):
    """A packed result with what it is a part of; no `origin`: of no certain entry."""

    origin: _Origin | None = None
    output = 0
    place = 0
    total = 0
    posted = False
    """It has been in a message."""


class Marks:
    """Of one worker, with one input. `pending(end)`: has its socket still to take something?"""

    def __init__(
        self, incoming: Incoming, outputs: Mapping[int, Outgoing], pending: Callable[[int], bool]
    ) -> None:
        self._incoming, self._pending = incoming, pending
        self._origins: dict[int, deque[_Origin]] = {}
        """By channel, in the order in which they came."""
        self._flushed: dict[int, int] = {}
        self._current: _Origin | None = None
        """The entry in hand, once it has a result."""
        self._held: Result | None = None
        self._unsure: dict[int, list[tuple[_Origin, _Place]]] = {}
        """By channel: in messages that its socket may not have taken whole."""
        for outgoing in outputs.values():
            outgoing.marker = self

    # -- results

    def put(self, output: int, packed: Any, size: int) -> Result | None:
        """A result has been made: what is to be sent now, the one before it."""
        result = Result((packed, size))
        result.output = output
        origin = self._current = self._current or self._in_hand()
        if origin is None:
            return result
        place = origin.places.get(output, 0)
        origin.places[output] = place + 1
        if (output, place) in origin.delivered:
            return None
        origin.put += 1
        result.origin, result.place = origin, place
        before, self._held = self._held, result
        return before

    def closing(self) -> Result | None:
        """The entry in hand is about to be done: what is to be sent first."""
        last, self._held = self._held, None
        origin, self._current = self._current or self._in_hand(), None
        if origin is not None:
            origin.closed = True
            if last is not None:
                last.total = origin.put
        return last

    def unneeded(self, entries: Iterable[Entry]) -> None:
        """Nobody will read these: as good as out."""
        for entry in entries:
            if isinstance(entry, Result) and not entry.posted and entry.origin is not None:
                entry.origin.out.append((entry.output, entry.place, entry.total))

    def _in_hand(self) -> _Origin | None:
        hand = self._incoming.in_hand
        if hand is None:
            return None
        end, number = hand
        origins = self._origins.setdefault(end, deque())
        if not origins or origins[-1].number != number:
            origins.append(_Origin(end, number, self._incoming.delivered))
        return origins[-1]

    # -- messages

    def sending(self, channel: int, entries: Sequence[Entry]) -> tuple[bytes, bytes]:
        """(marks, parts) for a message that is about to be posted."""
        parts: list[tuple[_Origin, _Place]] = []
        unsure = self._unsure.setdefault(channel, [])
        for result in entries:
            if not isinstance(result, Result) or (origin := result.origin) is None:
                continue
            part = (origin, (result.output, result.place, result.total))
            if origin.number > self._flushed.get(origin.end, 0):
                parts.append(part)
            if not result.posted:
                result.posted = True
                unsure.append(part)
        return pack_marks(self._flushed), pack_runs(_runs(parts))

    def refresh(self) -> None:
        """Everything dispatched has been posted: what is out may be acknowledged."""
        for channel in [channel for channel in self._unsure if not self._pending(channel)]:
            for origin, place in self._unsure.pop(channel):
                origin.out.append(place)
        for end, origins in self._origins.items():
            through = 0
            while origins and origins[0].through:
                through = origins.popleft().number
            if through:
                self._flushed[end] = through
                self._incoming.flushed(end, through)

    def known(self) -> tuple[bytes, tuple[Run, ...]]:
        """(marks, parts beyond them) of all that is out: a reader has died, and what it knew is gone with
        it.
        """
        self.refresh()
        known = [origin for origins in self._origins.values() for origin in origins]
        parts = sorted(((o, place) for o in known for place in o.out), key=lambda part: part[1])
        return pack_marks(self._flushed), tuple(_runs(parts))


def _runs(parts: Iterable[tuple[_Origin, _Place]]) -> Iterator[Run]:
    """As few as that are."""
    end = first = after = -1
    place: _Place = (0, 0, 0)
    for origin, this in parts:
        if origin.number == after and this == place and origin.end == end:
            after += 1
            continue
        if end >= 0:
            yield Run(end, first, after - first, *place)
        end, first, after, place = origin.end, origin.number, origin.number + 1, this
    if end >= 0:
        yield Run(end, first, after - first, *place)
