"""The fast way through a run loop: whole stretches of items where nothing but calling, counting and sending
is to be done with each.

A pipe with one input and one plain output (or none) goes this way: no pairing, no numbers, no order to keep,
no retries. Every look at the clock, at the meter and at the streams is then one for a stretch; the loops over
items are in `guard`, for that is where user code is called. Everything else goes item by item.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
        way, began = self._begin()
        stretch = self._guard.draw(items, way, taken)
        return stretch, self._deal(None, stretch, began)

    def feed(self, taken: int) -> tuple[Stretch, bool]:
        """A stretch of inputs: how it went, and whether more results are wanted."""
        assert self._call is not None
        way, began = self._begin()
        stretch = self._loop(self._call, way, taken)  # keeps no entry: what nobody holds is sent on uncopied
        return stretch, self._deal(0, stretch, began)

    def _loop(self, call: Callable[[Any], Any], way: Way, taken: int) -> Stretch:
        entries = self.unfed
        part = entries[: way.limit]
        loop = self._guard.visit if self._output is None else self._guard.each
        stretch = loop(call, part, way, taken)
        self.unfed = entries[stretch.items :] if stretch.items < len(entries) else []
        return stretch

    def _begin(self) -> tuple[Way, int]:
        staged, limit = self._bulk.begin(self._output)
        way = Way(staged, limit, self._bulk.pack, self._bulk.attention, self._place)
        return way, time.monotonic_ns()

    def _deal(self, port: int | None, stretch: Stretch, began: int) -> bool:
        self._meter.spend(time.monotonic_ns() - began, 0, 0)
        if self._output is not None:
            self._outlet.sent += stretch.items - stretch.nones
            self._outlet.dropped += stretch.nones
        return self._bulk.deal(port, stretch.items, self._output, stretch.heavy)


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
