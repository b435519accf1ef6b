"""How far a worker that may be restarted is done with its inputs, where "done" means: the result is out of
its hands.

Only that is acknowledged, and every message says it (`Data.marks`): of a dead worker the greatest mark
that arrived is true, for a mark covers what is in its own message and in all those before it: while a socket
has not taken a message whole, nothing goes to another reader. An entry makes at most one result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pipeflow.transports.channel import Outgoing
from pipeflow.transports.incoming import Incoming
from pipeflow.transports.repairs import pack_marks


class Marks:
    """Of one worker, with one input and at most one output. `pending(end)`: has its socket still to take
    something?
    """

    def __init__(self, incoming: Incoming, outgoing: Outgoing | None, pending: Callable[[int], bool]) -> None:
        self._incoming, self._outgoing, self._pending = incoming, outgoing, pending
        self._log: deque[tuple[int, int, int]] = deque()
        """(results that must be out, channel, entries of it that are then done)."""
        self._unsure: list[tuple[int, int]] = []
        """(first result, channel) of messages that a socket may not have taken whole."""
        self._flushed: dict[int, int] = {}
        if outgoing is not None:
            outgoing.marker = self._mark

    def sending(self) -> None:
        """The next result to be accepted is that of the entry in hand."""
        self._note(1)

    def finishing(self) -> None:
        """The entry in hand is about to be done."""
        self._note(0)

    def _note(self, results: int) -> None:
        hand = self._incoming.in_hand
        if hand is not None and (not self._log or self._log[-1][1:] != hand):
            made = 0 if self._outgoing is None else self._outgoing.accepted
            self._log.append((made + results, *hand))

    def _mark(self, channel: int, first: int, upto: int) -> bytes:
        """For a message with the results from `first` up to `upto`, not yet posted."""
        sure = min((start for start, other in self._unsure if other != channel), default=upto)
        done = dict(self._flushed)
        for need, end, count in self._log:
            if need > min(sure, upto):
                break
            done[end] = count
        if first < upto:
            self._unsure.append((first, channel))
        return pack_marks(done)

    @property
    def clogged(self) -> int | None:
        """The channel whose socket has not taken all that was posted; there is one at most."""
        return self._unsure[0][1] if self._unsure else None

    def refresh(self) -> None:
        """Everything dispatched has been posted: what is out may be acknowledged."""
        self._unsure = [(first, end) for first, end in self._unsure if self._pending(end)]
        sure = 0 if self._outgoing is None else min((f for f, _ in self._unsure), default=self._outgoing.left)
        while self._log and self._log[0][0] <= sure:
            _, end, count = self._log.popleft()
            self._flushed[end] = count
            self._incoming.flushed(end, count)
