"""Entries of an order many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pipeflow.engines.ray.orders import ENDLESS
from pipeflow.transports.attention import Attention
from pipeflow.transports.bulk import Bulk

if TYPE_CHECKING:
    from pipeflow.engines.ray.endpoint import BatchEndpoint

NUMBER: Final = 8
"""Bytes."""
Packed = tuple[Any, int]


class BatchBulk(Bulk):
    """Entries many at a time."""

    def __init__(self, endpoint: BatchEndpoint) -> None:
        self.attention = Attention()
        self.pack = endpoint.pack
        self.staged: list[Any] = []
        self._endpoint = endpoint
        self._average = 64.0
        """Bytes of an entry, lately."""

    def more(self, port: int) -> list[Any]:
        """See `Bulk.more`."""
        return self._endpoint.rest(port)

    def give_back(self, port: int, count: int) -> None:
        """See `Bulk.give_back`."""
        self._endpoint.untake(port, count)

    def begin(self, output: int | None, wait: bool = True) -> tuple[list[Any], int]:
        """See `Bulk.begin`."""
        endpoint = self._endpoint
        with endpoint.waiting():
            self.staged = []
            self.attention.begin()
            if output is None:
                return self.staged, ENDLESS
            room, size = endpoint.left(output)
            return self.staged, max(1, min(room, int(size / self._average)))

    def deal(self, port: int | None, finished: int, output: int | None, heavy: Packed | None = None) -> bool:
        """See `Bulk.deal`."""
        endpoint = self._endpoint
        self.attention.end()
        with endpoint.lock:
            if output is not None:
                self.unstage(output)
            if port is not None:
                endpoint.held[port].drop(finished)
        if heavy is not None and output is not None:
            endpoint.put(output, *heavy)
        return output is None or endpoint.wanted()

    def carry(self, port: int | None, finished: int, output: int, heavy: Packed) -> int | None:
        """See `Bulk.carry`."""
        return None

    def unstage(self, output: int) -> None:
        """Under the lock: what is staged goes into the batch. The loop that stages may still be at it."""
        taken = self.staged[:]
        if not taken:
            return
        del self.staged[: len(taken)]
        kinds = list(map(type, taken))  # tuples are packed, numbers as they are
        size = sum([one[1] if kind is tuple else NUMBER for one, kind in zip(taken, kinds, strict=True)])
        entries = [one[0] if kind is tuple else one for one, kind in zip(taken, kinds, strict=True)]
        self._average = max(8.0, size / len(taken))
        self._endpoint.put_many(output, entries, size)
