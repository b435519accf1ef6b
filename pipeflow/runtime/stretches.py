"""The fast way through a run loop: whole stretches of items where nothing but calling, counting and sending
is to be done with each.

A pipe with one input and one plain output (or none) goes this way: no pairing, no numbers, no order to keep,
no retries. Every look at the clock, at the meter and at the streams is then one for a stretch; the loops over
items are in `guard`, for that is where user code is called. Everything else goes item by item.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pipeflow.pipes._base import Step
from pipeflow.pipes.source import UpToSentinel
from pipeflow.plan import Plan, StagePlan
from pipeflow.runtime.guard import Guard, Stretch, Way
from pipeflow.runtime.meter import Meter
from pipeflow.runtime.outlet import Outlet
from pipeflow.transports.bulk import Bulk


class Stretches:
    """One worker's stretches.

    Attributes:
        unfed: entries received and not yet given to the functor; all of port 0, all of one chunk.
    """

    def __init__(
        self, bulk: Bulk, guard: Guard, meter: Meter, outlet: Outlet, call: Callable[[Any], Any] | None
    ) -> None:
        self.unfed: list[Any] = []
        self._bulk, self._guard, self._meter, self._outlet = bulk, guard, meter, outlet
        self._call = call
        self._output = outlet.only
        self._place = meter.place

    def receive(self, entry: Any) -> None:
        """An entry has come: take what follows it at once."""
        self.unfed = [entry, *self._bulk.more(0)]

    def give_back(self) -> None:
        """The functor gets no more: what was not fed counts as not read."""
        if self.unfed:
            self._bulk.give_back(0, len(self.unfed))
            self.unfed = []

    def draw(self, items: Iterator[Any], taken: int) -> tuple[Stretch, bool]:
        """A stretch of a source: how it went, and whether more is wanted."""
        if type(items) is UpToSentinel:
            items = items.items
        return self._go(None, taken, partial(self._guard.draw, items))

    def feed(self, taken: int) -> tuple[Stretch, bool]:
        """A stretch of inputs: how it went, and whether more results are wanted."""
        assert self._call is not None
        visit = self._guard.visit if self._output is None else self._guard.each
        return self._go(0, taken, partial(self._feed, partial(visit, self._call)))

    def _feed(self, loop: Callable[[list[Any], Way, int], Stretch], way: Way, taken: int) -> Stretch:
        entries = self.unfed
        stretch = loop(entries[: way.limit], way, taken)
        self.unfed = entries[stretch.items :] if stretch.items < len(entries) else []
        return stretch

    def _go(self, port: int | None, taken: int, loop: Callable[[Way, int], Stretch]) -> tuple[Stretch, bool]:
        """No entry that was dealt with is held here: what nobody else holds is sent on uncopied."""
        staged, limit = self._bulk.begin(self._output)
        way = Way(staged, limit, self._bulk.pack, self._bulk.attention, self._place, self._outlet.owed)
        began, carried = time.monotonic_ns(), 0
        stretch = loop(way, taken)
        while self._carries(port, stretch, way):
            self._count(stretch)
            carried += stretch.items
            stretch = loop(way, taken + carried) if way.limit else Stretch(0)
        self._meter.spend(time.monotonic_ns() - began, 0, 0)
        self._count(stretch)
        wanted = self._bulk.deal(port, stretch.items, self._output, stretch.heavy)
        return stretch._replace(items=carried + stretch.items), wanted

    def _carries(self, port: int | None, stretch: Stretch, way: Way) -> bool:
        """A large result has ended the loop, and was accepted at once. (Not that of a chunk's last entry.)"""
        if stretch.heavy is None or self._output is None or (port is not None and not self.unfed):
            return False
        limit = self._bulk.carry(port, stretch.items, self._output, stretch.heavy)
        way.limit = limit or 0
        return limit is not None

    def _count(self, stretch: Stretch) -> None:
        if self._output is not None:
            self._outlet.sent += stretch.items - stretch.nones
            self._outlet.dropped += stretch.nones


def stretches_for(
    plan: Plan, stage: StagePlan, bulk: Any, step: Step, guard: Guard, meter: Meter, outlet: Outlet
) -> Stretches | None:
    """The worker's stretches; None where its items need more than that."""
    assert stage.pipe is not None
    options, source = stage.pipe.options, not stage.pipe.has_input
    if not isinstance(bulk, Bulk) or not (source or step.each):
        return None
    if options.retries or options.on_crash == "restart" or options.timeout is not None:
        return None  # these look at, or repeat, single items
    if outlet.only is None and (stage.outputs or stage.pipe.has_output):
        return None
    ports = [plan.streams[port.stream] for port in stage.inputs]
    if stage.pairing or stage.loop is not None or any(port.spread for port in stage.inputs):
        return None
    if any(stream.tagged or stream.sequenced for stream in ports):
        return None
    return Stretches(bulk, guard, meter, outlet, None if source else step.each)
