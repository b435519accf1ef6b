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
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pipeflow.transports.backlog import Entry
from pipeflow.transports.channel import Outgoing, Remembered
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.parts import Part, Run, joined, pack_marks, pack_runs


class _Origin:
    """An entry that came in, while not all of it is out."""

    __slots__ = ("closed", "delivered", "end", "number", "out", "places", "put")

    def __init__(self, end: int, number: int, delivered: frozenset[Part]) -> None:
        self.end, self.number, self.delivered = end, number, delivered
        self.places: dict[int, int] = {}
        """By output: how many results it has had there, those delivered before included."""
        self.put = 0
        """Results to be sent."""
        self.out: list[Run] = []
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

    @property
    def run(self) -> Run:
        """The part that it is, as a run of one."""
        assert self.origin is not None
        return Run(self.origin.end, self.origin.number, 1, self.output, self.place, self.total)


class Marks:
    """Of one worker, with one input. `pending(end)`: has its socket still to take something?"""

    def __init__(
        self, incoming: Incoming, outputs: Mapping[int, Outgoing], pending: Callable[[int], bool]
    ) -> None:
        self._incoming, self._pending = incoming, pending
        self._origins: dict[int, deque[_Origin]] = {}
        """By channel, in the order in which they came."""
        self._flushed: dict[int, int] = {}
        self._held: Result | None = None
        self._unsure: dict[int, list[Result]] = {}
        """By channel: in messages that its socket may not have taken whole."""
        for outgoing in outputs.values():
            outgoing.marker = self

    # -- results

    def put(self, output: int, packed: Any, size: int) -> Result | None:
        """A result has been made: what is to be sent now, the one before it."""
        result = Result((packed, size))
        result.output = output
        origin = self._in_hand()
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
        origin = self._in_hand()
        if origin is not None:
            origin.closed = True
            if last is not None:
                last.total = origin.put
        return last

    def unneeded(self, entries: Iterable[Entry]) -> None:
        """Nobody will read these: as good as out."""
        for entry in entries:
            if isinstance(entry, Result) and not entry.posted:
                self._out(entry)

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
        runs: list[Run] = []
        for result in entries:
            if not isinstance(result, Result) or result.origin is None:
                continue
            if result.origin.number > self._flushed.get(result.origin.end, 0):
                runs.append(result.run)
            if not result.posted:
                result.posted = True
                self._unsure.setdefault(channel, []).append(result)
        return pack_marks(self._flushed), pack_runs(joined(runs))

    def refresh(self) -> None:
        """Everything dispatched has been posted: what is out may be acknowledged."""
        for channel in [channel for channel in self._unsure if not self._pending(channel)]:
            for result in self._unsure.pop(channel):
                self._out(result)
        for end, origins in self._origins.items():
            through = 0
            while origins and origins[0].through:
                through = origins.popleft().number
            if through:
                self._flushed[end] = through
                self._incoming.flushed(end, through)

    def _out(self, result: Result) -> None:
        result.posted = True
        if result.origin is not None:
            result.origin.out.append(result.run)

    def known(self) -> tuple[bytes, tuple[Run, ...]]:
        """(marks, parts beyond them) of all that is out: a reader has died, and what it knew is gone with
        it.
        """
        self.refresh()
        runs = (run for origins in self._origins.values() for origin in origins for run in origin.out)
        return pack_marks(self._flushed), tuple(joined(runs))
