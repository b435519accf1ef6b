"""A bounded stream of batches, as the coordinator sees it: counts and references, never the entries. Pure.

An entry counts against the bound from the moment there is room set aside for it until its reader is done with
it: `reserved`, then queued, then taken, then (in a join, or where order is restored) held.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pipeflow.engines.ray.orders import BATCH_BYTES, LARGEST_BATCH

AUTOMATIC_ITEMS: Final = 3
AUTOMATIC_BYTES: Final = 4 << 20
MOST_PARTS: Final = 64
"""Batches of one order."""
AT_RISK: Final = 64
"""Of entries that a worker has died over, so many at most are tried again at once, and then each alone."""
AUTOMATIC_MOST: Final = 4 * LARGEST_BATCH
"""A stream without a capacity of its own: so many items, or more while they have so few bytes, but never more
than that.
"""


@dataclass
class Batch:
    """One result of a task.

    Attributes:
        number: unique in the run, rising.
        ref: where it is.
        count: its entries, `size` their bytes.
        writer: who made it.
    """

    number: int
    ref: Any
    count: int
    size: int
    writer: Hashable


@dataclass(order=True)
class Range:
    """Entries of a batch that wait together.

    Attributes:
        tries: how often a worker has died over them: they are taken one at a time then, of many a block.
    """

    number: int
    start: int
    stop: int = field(compare=False)
    batch: Batch = field(compare=False)
    tries: int = field(default=0, compare=False)

    @property
    def count(self) -> int:
        """How many."""
        return self.stop - self.start

    @property
    def most_at_risk(self) -> int:
        """How many are given to a worker when another has died over them."""
        return 1 if self.count <= AT_RISK else AT_RISK


class Stream:
    """See the module.

    Args:
        capacity: as planned; None: automatic.
        writers, readers: the workers at its ends.
        apart: each writer without an entry underway has room set aside, as order will be restored.
        at_least: with an automatic capacity, entries that must fit whatever their size.
    """

    def __init__(
        self,
        name: str,
        capacity: int | None,
        writers: list[Hashable],
        readers: list[Hashable],
        *,
        apart: bool = False,
        at_least: int = 0,
    ) -> None:
        self.name, self.capacity, self.apart = name, capacity, apart
        self._items = max(AUTOMATIC_ITEMS, at_least)
        self.writers = list(writers)
        self.numbers = {writer: number for number, writer in enumerate(writers)}
        self.open_writers = set(writers)
        self.open_readers = set(readers)
        self.queue: list[Range] = []
        self.queued = 0
        self.taken: Counter[Hashable] = Counter()
        """By reader."""
        self.held: dict[Hashable, Counter[int]] = {reader: Counter() for reader in readers}
        """By reader, of each writer."""
        self.reserved: Counter[Hashable] = Counter()
        self.underway: Counter[Hashable] = Counter()
        """By writer: queued or taken."""
        self.average = 0.0
        """Bytes of an entry."""
        self._entries = 0
        self._bytes = 0

    # -- the writers' end

    def room(self, writer: Hashable) -> int:
        """How many more entries the writer may make."""
        inside = self.queued + self.taken.total() + sum(h.total() for h in self.held.values())
        used = inside + self.reserved.total()
        hands = max(1, len(self.open_readers))
        if self.capacity is not None:
            return self.capacity + hands - used - self._kept(writer)
        room = self._items + hands - used - self._kept(writer)
        if self._entries and used * self.average < AUTOMATIC_BYTES:
            by_bytes = int((AUTOMATIC_BYTES - used * self.average) / max(1.0, self.average))
            room = max(room, min(by_bytes, AUTOMATIC_MOST - used))
        return room

    def _kept(self, writer: Hashable) -> int:
        """Set aside for the others that have nothing underway."""
        if not self.apart or not self._has_some(writer):
            return 0
        return sum(not self._has_some(other) for other in self.open_writers)

    def _has_some(self, writer: Hashable) -> bool:
        number = self.numbers[writer]
        held = any(counts[number] > 0 for counts in self.held.values())
        return held or self.underway[writer] > 0 or self.reserved[writer] > 0

    def grow(self) -> int:
        """Give it room against an artificial deadlock; its new capacity."""
        size = self._items if self.capacity is None else self.capacity
        self.capacity = max(2, 2 * size, self.queued + self.reserved.total() + 1)
        return self.capacity

    @property
    def batch_limit(self) -> int:
        """How many entries make a batch, by their bytes."""
        return LARGEST_BATCH if not self.average else max(1, int(BATCH_BYTES / self.average))

    def put(self, batch: Batch) -> None:
        """A batch has been made."""
        self._entries += batch.count
        self._bytes += batch.size
        self.average = max(1.0, self._bytes / self._entries)
        self.put_back(Range(batch.number, 0, batch.count, batch))
        self.underway[batch.writer] += batch.count

    # -- the readers' end

    def put_back(self, part: Range) -> None:
        """Entries wait, again or for the first time, in the order in which they were made."""
        if part.count:
            bisect.insort(self.queue, part)
            self.queued += part.count

    def take(self, reader: Hashable, most: int) -> list[Range]:
        """Up to `most` entries for a reader, `Range`s of one batch each; what may have killed apart."""
        found: list[Range] = []
        while most > 0 and self.queue and len(found) < MOST_PARTS:
            first = self.queue[0]
            if first.tries and found:
                break
            part = self._cut(min(most, first.most_at_risk) if first.tries else most)
            found.append(part)
            most -= part.count
            self.taken[reader] += part.count
            if part.tries:
                break
        return found

    def _cut(self, most: int) -> Range:
        first = self.queue.pop(0)
        part = first
        if first.count > most:
            part = Range(first.number, first.start, first.start + most, first.batch, first.tries)
            rest = Range(first.number, part.stop, first.stop, first.batch, first.tries)
            self.queue.insert(0, rest)
        self.queued -= part.count
        return part

    @property
    def suspect(self) -> bool:
        """Whether a worker has died over what is next."""
        return bool(self.queue) and self.queue[0].tries > 0

    def settle(self, reader: Hashable, part: Range, done: int) -> None:
        """An order is over that took `part`: so many of its entries were received, the rest waits again."""
        self.taken[reader] -= part.count
        self.underway[part.batch.writer] -= done
        self.put_back(Range(part.number, part.start + done, part.stop, part.batch, part.tries))

    def give_up(self, reader: Hashable, part: Range, tries: int) -> None:
        """The reader has died over `part`."""
        self.taken[reader] -= part.count
        self.put_back(Range(part.number, part.start, part.stop, part.batch, tries))

    def hold(self, reader: Hashable, counts: Counter[int]) -> None:
        """So many entries of each writer are with the reader, who is not done with them."""
        self.held[reader] = counts

    def close_reader(self, reader: Hashable) -> None:
        """The reader wants no more, or is gone."""
        self.open_readers.discard(reader)
        self.held[reader] = Counter()

    @property
    def refused(self) -> bool:
        """Nobody reads it any more."""
        return not self.open_readers

    def unneeded(self) -> Iterator[tuple[Hashable, int]]:
        """Empty what nobody reads: (writer, entries)."""
        for part in self.queue:
            self.underway[part.batch.writer] -= part.count
            yield part.batch.writer, part.count
        self.queue, self.queued = [], 0

    @property
    def over(self) -> bool:
        """Nothing will come any more: all writers have ended and no entry waits, nor may come back."""
        return not (self.open_writers or self.queued or self.taken.total())
