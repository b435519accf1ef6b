"""How the inputs of a join meet. Pure state, no streams: give it what arrives, take the complete tuples.

By origin: partners carry the same number, given where their ways parted; a dropped item says so, and its
partners are dropped with it. By key: equal keys, first in, first out. By arrival: the i-th with the i-th.

A join takes an input's next item when it has none of it in hand, so that what waits for partners waits in the
stream and is counted there. By origin it takes more only from an input that somebody already waits for: what
is asked for may come behind others, so their number is that of the items on their way in the arms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

from pipeflow.errors import PipeflowError
from pipeflow.spelling import short


class PairingError(PipeflowError):
    """Partners can't be found."""


class Pairing:
    """Base: which slots (argument positions) wait for what.

    Attributes:
        waiting: for each port, how many items wait for partners.
        unpaired: how many items found none (counted at the end, and for partners of dropped items).
    """

    def __init__(self, slots: Sequence[int]) -> None:
        self.slots = tuple(slots)
        self.waiting = [0] * len(self.slots)
        self.unpaired = 0

    def add(self, port: int, origin: Any, value: Any) -> tuple[tuple[Any, Any], ...] | None:
        """An item has arrived on `port`; the complete pair as ((origin, value), ...) by
        port, if it made one.
        """
        raise NotImplementedError

    def drop(self, port: int, origin: Any) -> bool:
        """An item on `port` will not come. True when the whole pair is thereby dropped,
        said once for each.
        """
        return False

    def accepts(self, open_ports: Collection[int]) -> list[int]:
        """The ports to take from now, of those that have not ended: at least one of them."""
        return [port for port in open_ports if self._takes(port)] or list(open_ports)

    def _takes(self, port: int) -> bool:
        """Whether the port's next item is to come out of its stream."""
        return self.waiting[port] < self.slots[port]

    @property
    def in_step(self) -> bool:
        """Whether all that is in hand are parts of one tuple, and can stay there until it is complete."""
        return any(self.waiting)

    def exhausted(self, ended: int) -> bool:
        """Whether no pair can be complete any more, now that port `ended` has ended."""
        return self.waiting[ended] == 0

    def left_over(self) -> int:
        """How many items wait now."""
        return sum(self.waiting)


class ByOrigin(Pairing):
    """Partners carry the same origin."""

    _MISSING = object()
    _DROPPED = object()

    def __init__(self, slots: Sequence[int]) -> None:
        super().__init__(slots)
        self._table: dict[Any, list[Any]] = {}
        self._there = [0] * len(self.slots)
        """For each port, in how many rows of the table its part is, or is known to be dropped."""

    def add(self, port: int, origin: Any, value: Any) -> tuple[tuple[Any, Any], ...] | None:
        """See `Pairing.add`."""
        row = self._row(origin)
        if row[port] is not self._MISSING:
            raise PairingError(f"two items of one origin ({origin!r}) on input {port}: they can't be paired")
        row[port] = value
        self._there[port] += 1
        self.waiting[port] += 1
        return self._complete(origin, row)

    def drop(self, port: int, origin: Any) -> bool:
        """See `Pairing.drop`."""
        row = self._row(origin)
        row[port] = self._DROPPED
        self._there[port] += 1
        self._complete(origin, row)
        return sum(part is self._DROPPED for part in row) == 1

    def _takes(self, port: int) -> bool:
        return self._there[port] == 0 or self._there[port] < len(self._table)

    @property
    def in_step(self) -> bool:
        """See `Pairing.in_step`."""
        return len(self._table) == 1

    def _row(self, origin: Any) -> list[Any]:
        row = self._table.get(origin)
        if row is None:
            row = self._table[origin] = [self._MISSING] * len(self.slots)
        return row

    def _complete(self, origin: Any, row: list[Any]) -> tuple[tuple[Any, Any], ...] | None:
        if any(part is self._MISSING for part in row):
            return None
        del self._table[origin]
        dropped = False
        for port, part in enumerate(row):
            self._there[port] -= 1
            if part is self._DROPPED:
                dropped = True
            else:
                self.waiting[port] -= 1
        if dropped:
            self.unpaired += sum(part is not self._DROPPED for part in row)
            return None
        return tuple((origin, part) for part in row)


class ByArrival(Pairing):
    """The i-th of each; a port that fills several slots gives one item to each in turn."""

    def __init__(self, slots: Sequence[int]) -> None:
        super().__init__(slots)
        self._queues: list[deque[tuple[Any, Any]]] = [deque() for _ in slots]

    def add(self, port: int, origin: Any, value: Any) -> tuple[tuple[Any, Any], ...] | None:
        """See `Pairing.add`."""
        self._queues[port].append((origin, value))
        self.waiting[port] += 1
        if not all(len(queue) >= need for queue, need in zip(self._queues, self.slots, strict=True)):
            return None
        pair: list[tuple[Any, Any]] = []
        for number, (queue, need) in enumerate(zip(self._queues, self.slots, strict=True)):
            pair.extend(queue.popleft() for _ in range(need))
            self.waiting[number] -= need
        return tuple(pair)

    @property
    def in_step(self) -> bool:
        """See `Pairing.in_step`. Not where the next part is to come from where an earlier one came from: its
        writer may be at its end, which is not before all it sent is dealt with.
        """
        partly = any(0 < there < need for there, need in zip(self.waiting, self.slots, strict=True))
        return super().in_step and not partly

    def exhausted(self, ended: int) -> bool:
        """See `Pairing.exhausted`."""
        return self.waiting[ended] < self.slots[ended]


class ByKey(Pairing):
    """Equal keys meet, first in, first out for each key."""

    def __init__(
        self, slots: Sequence[int], keys: Callable[[Any], Any] | tuple[Callable[[Any], Any], ...], most: int
    ) -> None:
        super().__init__(slots)
        self._keys: Any = keys if isinstance(keys, tuple) else (keys,) * len(self.slots)
        self._most = most
        self._queues: list[dict[Any, deque[tuple[Any, Any]]]] = [{} for _ in slots]

    def add(self, port: int, origin: Any, value: Any) -> tuple[tuple[Any, Any], ...] | None:
        """See `Pairing.add`; raises `PairingError` when too many wait, and for a key that can't be hashed."""
        key = self._keys[port](value)
        try:
            queue = self._queues[port].setdefault(key, deque())
        except TypeError as error:
            raise PairingError(
                f"the key {short(key)} of an item of input {port} can't be hashed, so its partner can't be "
                "found. Let the function of  Join(key=...)  return text, a number or a tuple of them"
            ) from error
        queue.append((origin, value))
        self.waiting[port] += 1
        if all(key in queues for queues in self._queues):
            return tuple(self._take(number, key) for number in range(len(self._queues)))
        if self.waiting[port] > self._most:
            raise PairingError(
                f"{self.waiting[port]} items of input {port} wait for partners with the same key, "
                f"for instance {short(next(iter(self._queues[port])))}. "
                "If that many is right:  Join(key=..., waiting=...)"
            )
        return None

    def _takes(self, port: int) -> bool:
        return self.waiting[port] < self._most or self.waiting[port] == min(self.waiting)

    @property
    def in_step(self) -> bool:
        """Never, for items of many keys wait side by side: see `Pairing.in_step`."""
        return False

    def exhausted(self, ended: int) -> bool:
        """Never early: every item without a partner is to be counted."""
        return False

    def _take(self, port: int, key: Any) -> tuple[Any, Any]:
        queue = self._queues[port][key]
        pair = queue.popleft()
        if not queue:
            del self._queues[port][key]
        self.waiting[port] -= 1
        return pair


def pairing_for(how: str, slots: Sequence[int], *, keys: Any = None, waiting: int = 0) -> Pairing:
    """The pairing a plan asks for.

    Args:
        how: "origin", "key" or "arrival".
        slots: for each port how many arguments it fills.
        keys: by key, the function or functions.
        waiting: by key, how many may wait.
    """
    if how == "key":
        return ByKey(slots, keys, waiting)
    return ByOrigin(slots) if how == "origin" else ByArrival(slots)
