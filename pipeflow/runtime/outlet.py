"""From one value to entries on streams: routing, dropping None, numbers, order."""

from __future__ import annotations

from typing import Any, Final

from pipeflow.pipes.failures import FailedItem
from pipeflow.plan import Owed, Plan
from pipeflow.routes import Errors
from pipeflow.runtime.routing import Router, RoutingError
from pipeflow.runtime.sequence import Number
from pipeflow.transports import Endpoint

_ERRORS: Final = (Errors(),)
"""The route of what a pipe failed on."""


class Outlet:
    """The outputs of one worker.

    Between `open_item` and `close_item` stand the results of one input. Streams that lead to a join must hear
    of every item, so an input without a result sends a mark there; streams that keep order get one numbered
    group
    for each input.

    Attributes:
        only: the output that takes every value as it is, where there is but that one.
        owed: why no result may be None; empty where it may.
        discards: outputs that nobody reads; `failures` those that take the items the pipe failed on.
        sent: results given to streams; `dropped` those that were None; `sent_in_loop` entries on streams that
            come round again; `failed` items that went to the dead letters; `sequence` the number of the group
            in hand.
    """

    def __init__(self, plan: Plan, stage: int, replica: int, endpoint: Endpoint) -> None:
        self._plan = plan.stages[stage]
        self._endpoint = endpoint
        streams = [plan.streams[port.stream] for port in self._plan.outputs]
        self._tagged = frozenset(n for n, stream in enumerate(streams) if stream.tagged)
        self.discards = frozenset(n for n, stream in enumerate(streams) if stream.discards)
        self._sequenced = [n for n, stream in enumerate(streams) if stream.sequenced and not stream.discards]
        self._in_loop = frozenset(
            n
            for n, stream in enumerate(streams)
            if self._plan.loop is not None
            and any(plan.stages[reader].loop == self._plan.loop for reader in stream.readers)
        )
        self.failures = [n for n, port in enumerate(self._plan.outputs) if _ERRORS in port.routes]
        results = [
            (n, [route for route in port.routes if route != _ERRORS])
            for n, port in enumerate(self._plan.outputs)
        ]
        self._router = Router(
            [(n, routes) for n, routes in results if routes],
            self._tagged,
            getattr(self._plan.pipe, "default", None),
            self._plan.any_parts,
        )
        self._tagged_failures = [n for n in self.failures if n in self._tagged]
        self._hear_of_failures_alone = [] if self._router.tagged else list(self._tagged_failures)
        """Like the branches of a choice, results and failures meet no more: it is enough that one hears."""
        plain = not self.failures and not (
            self._tagged or self._sequenced or bool(self.discards) or self._in_loop
        )
        self.only = self._router.simple if plain else None
        self._namespace = (stage, replica) if self._plan.numbers == "own" else ()
        # One worker that competes with other pipes for a stream in order gets some of it: its results are a
        # line of their own, without gaps.
        self._carries = self._plan.replicas > 1 and any(
            plan.streams[port.stream].sequenced and not port.reorder for port in self._plan.inputs
        )
        self._groups: dict[tuple[Number, int], list[Any]] = {}
        self._entries_left: dict[Number, int] = {}
        self._counters = dict.fromkeys(self._sequenced, 0)
        owed = self._plan.owed
        self.owed = _owed_text(owed, "it returned None") if owed is not None and owed.whole else ""
        self._owed_parts = frozenset[int]() if owed is None else owed.outputs
        self._stage, self._own_line = stage, (stage, replica)
        self._origin: Any = None
        self._emitted = False
        self._numbered = 0
        self.sequence: Number = ((), 0)
        self.sent = 0
        self.dropped = 0
        self.sent_in_loop = 0
        self.discarded = 0
        self.failed = 0

    def open_group(self, number: Number, entries: int) -> None:
        """The next inputs, so many of them, came as the group `number`, and so their results leave."""
        self.sequence = number
        if entries > 1 and self._carries:
            self._entries_left[number] = entries

    def open_item(self, origin: Any) -> None:
        """What `give` gets from here on are results of the input that began at `origin`."""
        self._origin = origin
        self._emitted = False

    def give(self, value: Any) -> None:
        """Send one result; None is dropped.

        Raises:
            RoutingError: for a value that doesn't fit the brackets behind the pipe, and for None where
                results are counted.
            Unpicklable, Stopped: from the endpoint.
        """
        if value is None:
            if self.owed:
                raise RoutingError(self.owed)
            self.dropped += 1
            return
        self.sent += 1
        if self.only is not None:
            self._endpoint.send(self.only, value)
            return
        self._emitted = True
        given: list[tuple[int, Any]] = []
        missed: list[int] = []
        self._router.deliver(value, given, missed)
        delivered = {port for port, _ in given}
        if not self._owed_parts <= delivered:
            assert self._plan.owed is not None, "parts are owed to nobody"
            raise RoutingError(_owed_text(self._plan.owed, "a part of what it returned is None"))
        origin = self._number() if self._plan.numbers else self._origin
        for port, part in given:
            self._put(port, (origin, part) if port in self._tagged else part)
        for port in (*missed, *self._hear_of_failures_alone):
            if port not in delivered:
                self._put(port, (origin,))

    def fail(self, failed: FailedItem) -> None:
        """An item goes to the dead letters instead of its results."""
        self.failed += 1
        origin = self._number() if self._tagged_failures and self._plan.numbers else self._origin
        for port in self.failures:
            self._put(port, (origin, failed) if port in self._tagged else failed)
        self._emitted = self._emitted or bool(self._tagged_failures)

    def close_item(self) -> None:
        """The results of the input in hand are complete."""
        if self._tagged and not self._emitted and not self._plan.numbers and self._origin is not None:
            for port in (*self._router.miss(), *self._hear_of_failures_alone):
                self._put(port, (self._origin,))
        if self._carries and self._group_is_complete():
            line, number = self.sequence
            for port in self._sequenced:
                group = tuple(self._groups.pop((self.sequence, port), ()))
                self._endpoint.send(port, (((self._stage, *line), number), group))

    def _group_is_complete(self) -> bool:
        left = self._entries_left.pop(self.sequence, 1) - 1
        if left:
            self._entries_left[self.sequence] = left
        return not left

    def _number(self) -> Any:
        number = self._numbered
        self._numbered += 1
        return (*self._namespace, number) if self._namespace else number

    def _put(self, port: int, entry: Any) -> None:
        if port in self.discards:
            self.discarded += 1
            return
        if port in self._in_loop:
            self.sent_in_loop += 1
        if port in self._counters:
            if self._carries:
                self._groups.setdefault((self.sequence, port), []).append(entry)
                return
            number = self._counters[port]
            self._counters[port] = number + 1
            self._endpoint.send(port, ((self._own_line, number), (entry,)))
            return
        self._endpoint.send(port, entry)


def _owed_text(owed: Owed, happened: str) -> str:
    return (
        f"{happened}, which is not sent; but {owed.counter!r} behind it counts what it gets, and "
        f"{owed.join!r} pairs by that count: from here on items that don't belong together would meet. "
        "Leave items out before the arms part or after the join, or pair by key:  Join(key=...)"
    )
