"""The run loop, for every kind of pipe and every engine.

One `tick` is one unit of work: a result of a source, or one input and its results. Around the kind's step it
does, once: receiving, pairing, order, counting, dropping None, routing, numbering, ends, stopping.

    endpoint.receive -> order -> pairing -> guard(step.feed) -> router -> numbers -> endpoint.send

The file is long because it is the one place where the parts meet: each part (order, pairing, guard, outlet,
meter, stretches) has a file of its own, and what is left is which comes when. `stretches` stays beside it as
a second way for whole chunks: merging the two would put a test for every one of these parts into the loop
that has to do without them.
"""

from __future__ import annotations

import copy
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from pipeflow.errors import GraphError
from pipeflow.pipes._base import Pipe, Step, StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from pipeflow.plan import Plan
from pipeflow.runtime import meter as meters
from pipeflow.runtime.fused import FusedStep
from pipeflow.runtime.guard import Guard, Skip, UserError
from pipeflow.runtime.identity import WorkerIdentity, seed_of
from pipeflow.runtime.messages import (
    Blocked,
    Busy,
    EndInput,
    Failed,
    Finished,
    Grow,
    Idle,
    Probe,
    Summary,
    Worker,
)
from pipeflow.runtime.outlet import Outlet
from pipeflow.runtime.pairing import Pairing, pairing_for
from pipeflow.runtime.sequence import Number, Resequencer
from pipeflow.runtime.shown import reserve
from pipeflow.runtime.stretches import Stretches, stretches_for
from pipeflow.runtime.tracing import tracer
from pipeflow.transports import ENDED, WOKEN, Endpoint, State, Stopped, Unpicklable

_OVER = object()
_STARTING, _RUNNING, _FINISHING = range(3)


class RunLoop:
    """One worker of a stage.

    Args:
        plan: the whole plan.
        worker: which of its workers.
        endpoint: its ends of the streams.
        meter: where its live numbers go.
        pid: its process, None where it shares the caller's.
        interrupts: KeyboardInterrupt is the user's own (the loop runs in the caller's thread).
        seed: the run's root seed, where the process as a whole is not the worker's to seed.
    """

    def __init__(
        self,
        plan: Plan,
        worker: Worker,
        endpoint: Endpoint,
        meter: meters.Meter,
        *,
        pid: int | None = None,
        interrupts: bool = False,
        seed: int | None = None,
    ) -> None:
        stage = plan.stages[worker.stage]
        assert stage.pipe is not None, "the caller of an iteration has no run loop"
        self.worker = worker
        self._whole, self.stage, self.pipe = plan, stage, stage.pipe
        if pid is None and stage.replicas > 1:
            self.pipe = with_own_functor(stage.pipe)
        self._seed, self._identity = seed, WorkerIdentity(stage.name, worker.replica, stage.replicas)
        self.guard = Guard(self.pipe, stage.name, worker, pid, interrupts=interrupts)
        self._draining = False
        self._tell_block = endpoint.on_block
        if endpoint.on_block is not None:
            endpoint.on_block = self._blocked
        self._stopwatch = meters.Stopwatch(meter)
        endpoint.on_wait = self._stopwatch.wait
        self._tracer = tracer(plan, worker, endpoint)
        if self._tracer is not None:
            endpoint = self._tracer.around_endpoint(endpoint)
            self.guard.on_skip = self._tracer.skipped
        self.endpoint, self.meter = endpoint, meter
        self.guard.after_pause = endpoint.wanted
        self.outlet = Outlet(plan, worker.stage, worker.replica, endpoint)
        if self.outlet.failures:
            self.guard.bury = self.outlet.fail
        self.step: Step | None = None
        self.over = False
        self._ended_by_itself: set[int] = set()
        """Inputs that have come to their end, and were not closed from here."""
        self._streams = [plan.streams[port.stream] for port in stage.inputs]
        self._open = set(range(len(stage.inputs)))
        self._order = {n: Resequencer() for n, port in enumerate(stage.inputs) if port.reorder}
        self._pairing = self._make_pairing()
        self._paired: deque[tuple[Any, tuple[Any, ...]]] = deque()
        self._results: Iterator[Any] | None = None
        self._phase = _STARTING
        self._taken = 0
        self._loop_taken = 0
        self._in_hand: list[tuple[int, int | None]] = []
        """What the endpoint is to be told once the item, or the items of the pair, are dealt with."""
        self._held: list[tuple[int, int | None]] = []
        """The same for items that wait for their partners."""
        self._came = [0] * len(stage.inputs)
        """For each input of a join, how many items have come: the number of the last one."""
        self._in_loop = frozenset(port for port, into in enumerate(stage.inputs) if into.in_loop)
        self._injected = deque(
            (port, item)
            for port, stream in enumerate(self._streams)
            if worker == (stream.readers[0], 0)
            for item in stream.initial
        )
        self._group_rest: deque[tuple[int, Any, tuple[int, int | None] | None]] = deque()
        """What is left of a numbered group, of which an entry is in hand."""
        self._group_number: Number = ((), 0)
        self._fused: FusedStep | None = None
        self._stretches: Stretches | None = None
        self._idle_said = False
        self._in_flight: dict[int, tuple[Any, Any, tuple[Any, ...]]] = {}
        self._early_results: dict[int, tuple[Any, BaseException | None]] = {}
        self._next_result = 1
        endpoint.commands = self.command

    # ------------------------------------------------------------ life

    def run(self) -> None:
        """Work until the end; never raises."""
        while not self.over:
            self.tick()

    def tick(self) -> None:
        """One unit of work. Ends, stops and failures are reported from here; `over` says that it was the
        last.
        """
        try:
            if self.step is None:
                self._begin()
            elif self._results is not None:
                self._continue()
            elif self._paired:
                self._feed(*self._paired.popleft())
            elif self._stretches is not None and self._stretches.unfed:
                self._feed_stretch(self._stretches)
            else:
                self._next_input()
        except Stopped:
            self._leave(stopped=True)
        except UserError as error:
            self._fail(error)
        except BaseException as error:  # an item that can't be read or paired, or a defect of our own
            if isinstance(error, MemoryError):
                reserve.clear()
            if self.guard.is_the_callers(error):
                raise
            self._fail(UserError(self.guard.failure(error, "receive")))

    @property
    def ready(self) -> bool:
        """Whether `tick` can do something without waiting (for engines that share one thread)."""
        if self.step is None or self._results is not None or self._paired or self._injected:
            return True
        ports = self._ports()
        if any(len(order) for port, order in self._order.items() if port in ports):
            return True
        if any(port in ports for port, _, _ in self._group_rest):
            return True
        return self.endpoint.poll(ports) or (not self._open and not self._in_flight)

    @property
    def pending(self) -> ConcurrentStep | None:
        """The step, when it has items in flight on its event loop."""
        return self.step if isinstance(self.step, ConcurrentStep) and self._in_flight else None

    def _begin(self) -> None:
        self.meter.enter(meters.WORKING, time.monotonic_ns())
        context = StepContext(
            name=self.stage.name,
            replica=self.worker.replica,
            of=self.stage.replicas,
            arguments=sum(len(port.arguments) for port in self.stage.inputs),
            wake=self.endpoint.wake,
            seed=None if self._seed is None else seed_of(self._seed, self._identity),
        )
        if self.stage.fused:
            self._fused = FusedStep(self.stage.fused)
            self.guard.blame = self._fused.blame
            self.guard.call(self._fused.begin, during="local_init")
            self.step = self._fused
        else:
            self.step = self.guard.call(self.pipe.step, context, during="local_init")
        assert self.step is not None
        if self._tracer is not None and not isinstance(self.step, ConcurrentStep):
            self.step = self._tracer.around_step(self.step)
        self._results = iter(self.guard.call(self.step.start, during="local_init"))
        self._feed_step = self._results_of if self.pipe.options.retries else self.step.feed
        self._source = not self.pipe.has_input
        if self._tracer is None or not self._tracer.every_item:
            bulk = getattr(self.endpoint, "bulk", None)
            parts = (self.guard, self.meter, self.outlet)
            self._stretches = stretches_for(self._whole, self.stage, bulk, self.step, *parts)

    # ------------------------------------------------------------ results

    def _continue(self) -> None:
        """Send the next result of the source, of the input in hand, or of what was still held."""
        assert self._results is not None
        assert self.step is not None
        if self._source and self._phase == _STARTING and self._stretches is not None:
            self._draw_stretch(self._stretches)
            return
        if self._source:
            self.guard.item, self.guard.value = self._taken + 1, ()
            self.meter.hold(self._taken + 1)
        during = "finish" if self._phase == _FINISHING else "run"
        started = time.monotonic_ns()
        try:
            value = self.guard.call(next, self._results, _OVER, during=during)
        except Skip as skip:
            self._skipped(skip)
            return
        self.meter.spend(time.monotonic_ns() - started, 0, 0)
        if value is _OVER:
            self._results = None
            self._after_results()
            return
        if self._source:
            self._taken += 1
            self.outlet.open_item(None)
        self._send(value)
        if not self._wanted():
            self._results = None
            self._stop_early()

    def _draw_stretch(self, stretches: Stretches) -> None:
        assert self._results is not None
        stretch, wanted = stretches.draw(self._results, self._taken)
        self._taken += stretch.items
        self.meter.count(self._taken, self.outlet.sent)
        if stretch.error is not None:
            try:
                self._went_wrong(stretch.error, ())
            except Skip as skip:
                self._skipped(skip)
        elif stretch.over:
            self._results = None
            self._after_results()
        elif not wanted:
            self._results = None
            self._stop_early()

    def _feed_stretch(self, stretches: Stretches) -> None:
        stretch, wanted = stretches.feed(self._taken)
        self._taken += stretch.items
        if stretch.error is not None:
            self._taken += 1
            entry = stretches.unfed.pop(0)
            try:
                self._went_wrong(stretch.error, (entry,))
            except Skip:
                self.endpoint.done(0)
        self.meter.hold(0)
        self.meter.count(self._taken, self.outlet.sent)
        if not wanted:
            self._stop_early()

    def _went_wrong(self, error: BaseException, args: tuple[Any, ...]) -> None:
        """Raise what an exception in a stretch means: of a source's next item, or of the input in hand."""
        guard = self.guard
        guard.item, guard.value = (self._taken if args else self._taken + 1), args
        if isinstance(error, Unpicklable):
            raise UserError(guard.failure(error.__cause__ or error, "send")) from error
        raise guard.verdict(error, "run") from error

    def _wanted(self) -> bool:
        return self.endpoint.wanted() or bool(self.outlet.discards)

    def _skipped(self, skip: Skip) -> None:
        if not self._source:
            self._results = None
            self._after_results()
        elif getattr(self._results, "ended", False):
            error = skip.error
            raise UserError(self.guard.failure(error, "run")) from error
        elif not self._wanted():
            self._results = None
            self._stop_early()

    def _after_results(self) -> None:
        assert self.step is not None
        if self._phase == _FINISHING:
            self._leave()
        elif self._source:
            self._finish()
        elif self._phase == _STARTING:
            self._phase = _RUNNING
            if self.step.satisfied:  # take(0)
                self._stop_early()
        else:
            self.outlet.close_item()
            self._acknowledge()
            self.meter.hold(0)
            self.meter.count(self._taken, self.outlet.sent)
            if self.step.satisfied:
                self._stop_early()

    def _send(self, value: Any) -> None:
        started, waited = time.monotonic_ns(), self._stopwatch.waited
        try:
            self.outlet.give(value)
            packing = time.monotonic_ns() - started - self._stopwatch.waited + waited
            self.meter.spend(0 if self._in_flight else packing, 0, 0)
        except (Stopped, UserError):
            raise
        except Unpicklable as error:
            raise UserError(self.guard.failure(error.__cause__ or error, "send")) from error
        except Exception as error:  # a wrong number of parts, a key without a branch
            raise UserError(self.guard.failure(error, "send")) from error

    # ------------------------------------------------------------ inputs

    def _next_input(self) -> None:
        if isinstance(self.step, ConcurrentStep) and self._collect(self.step):
            return
        ports = self._ports()
        if not self._open and not self._in_flight:
            self._finish()
            return
        if self._injected:
            self._untag(*self._injected.popleft(), None)
            return
        if self._order and self._restored(ports):
            return
        if self._group_rest and self._group_rest[0][0] in ports:
            self._take_of_group()
            return
        self._say_idle(ports)
        port, entry = self.endpoint.receive(ports)
        if entry is WOKEN:
            return
        if entry is ENDED:
            self._ended(port)
            return
        if self._stretches is not None:
            self._stretches.receive(entry)
            return
        self._say_busy(port)
        self._arrived(port, entry)

    def _ports(self) -> list[int]:
        if isinstance(self.step, ConcurrentStep) and len(self._in_flight) >= self.step.limit:
            return []
        if self._pairing is None or not self._open:
            return list(self._open)
        accepted = self._pairing.accepts(self._open)
        return [*accepted, *(self._open & self._in_loop).difference(accepted)] if self._in_loop else accepted

    def _arrived(self, port: int, entry: Any) -> None:
        if self._streams[port].sequenced:
            number, entries = entry
            order = self._order.get(port)
            if order is None:
                self._group(port, number, entries)
                return
            held = self.endpoint.ticket(port) if self.stage.inputs[port].holds else None
            order.add(number, ((held, entries),))
            if held is None:
                self.endpoint.done(port)
            return
        self._untag(port, entry, (port, None))

    def _restored(self, ports: list[int]) -> bool:
        """Take up the next group in order, if it is there. What waits for a group before it is not `done`
        where
        the plan says so, and the streams' bounds hold for it.
        """
        for port in ports:
            order = self._order.get(port)
            if order is None or not len(order):
                continue
            ticket, entries = order.take()
            held = None if ticket is None else (port, ticket)
            if held and not entries:
                self.endpoint.done(*held)
            for place, entry in enumerate(entries, 1):
                self._untag(port, entry, held if place == len(entries) else None)
            return True
        return False

    def _group(self, port: int, number: Number, entries: tuple[Any, ...]) -> None:
        """A numbered group in a replica, what became of one item: its results leave under the same number."""
        self.outlet.open_group(number, len(entries))
        self._group_number = number
        if entries:
            last = len(entries) - 1
            self._group_rest.extend(
                (port, entry, (port, None) if place == last else None) for place, entry in enumerate(entries)
            )
            self._take_of_group()
        else:
            self.outlet.open_item(None)
            self.outlet.close_item()
            self.endpoint.done(port)

    def _take_of_group(self) -> None:
        self.outlet.sequence = self._group_number  # results of other groups may have left meanwhile
        self._untag(*self._group_rest.popleft())

    def _untag(self, port: int, entry: Any, done: tuple[int, int | None] | None) -> None:
        """Take the entry apart; `done`: what to tell the endpoint once it is dealt with."""
        origin = None
        if self._streams[port].tagged:
            origin = entry[0]
            if len(entry) == 1:
                self._dropped(port, origin, done)
                return
            entry = entry[1]
        if self._pairing is None:
            spread = self.stage.inputs[port].spread
            self._paired.append((origin, entry if spread else (entry,)))
            self._in_hand = [done] if done is not None else []
            return
        self._hold(port, done)
        self._came[port] += 1
        self.guard.item, self.guard.value = self._came[port], (entry,)
        pair = self.guard.call(self._pairing.add, port, origin, entry, during="receive")
        if pair is not None:
            self._paired.append((pair[0][0], self._arguments(pair)))
            self._in_hand, self._held = self._held, []
        self._keep_in_step(self._pairing)

    def _hold(self, port: int, done: tuple[int, int | None] | None) -> None:
        """An item has come to the join. It counts in its stream until it is dealt with; not so in a loop,
        which is over when nothing is in its streams.
        """
        if done is None:
            return
        if port in self._in_loop:
            self.endpoint.done(*done)
        else:
            self._held.append(done)

    def _keep_in_step(self, pairing: Pairing) -> None:
        """Let go of what no longer waits for the tuple in hand alone: an arm has brought an item too early,
        or the tuple was dropped. And when there can be no more tuples, take nothing more.
        """
        if self._held and not pairing.in_step:
            for done in self._held:
                self.endpoint.done(*done)
            self._held = []
        if self._open and len(self._open) < len(self._streams):
            self._close_the_others(pairing)

    def _dropped(self, port: int, origin: Any, done: tuple[int, int | None] | None) -> None:
        if self._pairing is None or self._pairing.drop(port, origin):
            self.outlet.open_item(origin)
            self.outlet.close_item()
        if self._pairing is not None:
            self._hold(port, done)
            self._keep_in_step(self._pairing)
        elif done is not None:
            self.endpoint.done(*done)

    def _arguments(self, pair: tuple[tuple[Any, Any], ...]) -> tuple[Any, ...]:
        positions = [position for port in self.stage.inputs for position in port.arguments]
        arguments: list[Any] = [None] * len(positions)
        for position, (_, value) in zip(positions, pair, strict=True):
            arguments[position] = value
        return tuple(arguments)

    # ------------------------------------------------------------ one input

    def _feed(self, origin: Any, args: tuple[Any, ...]) -> None:
        assert self.step is not None
        self._taken += 1
        guard = self.guard
        guard.item, guard.value = self._taken, args
        if isinstance(self.step, ConcurrentStep):
            self._submit(self.step, origin, args)
            return
        self.meter.hold(self._taken)
        self.outlet.open_item(origin)
        started = time.monotonic_ns()
        try:
            results = guard.call(self._feed_step, *args)
        except Skip:
            results = ()
        self.meter.spend(time.monotonic_ns() - started, 0, 0)
        if type(results) is tuple:
            for value in results:  # pyright: ignore[reportUnknownVariableType]
                self._send(value)
            self._after_results()
            if self._phase == _RUNNING and not self._wanted():
                self._stop_early()
        else:
            self._results = iter(results)

    def _results_of(self, *args: Any) -> tuple[Any, ...]:
        """Where a call may be repeated: nothing is sent of one that fails half way."""
        assert self.step is not None
        return tuple(self.step.feed(*args))

    def _acknowledge(self) -> None:
        for done in self._in_hand:
            self.endpoint.done(*done)
        self._in_hand = []

    # ------------------------------------------------------------ inputs in flight on an event loop

    def _submit(self, step: ConcurrentStep, origin: Any, args: tuple[Any, ...]) -> None:
        self._acknowledge()
        token = self._taken
        self._in_flight[token] = (origin, self.outlet.sequence, args)
        self._hold_oldest()
        self._stopwatch.fly(len(self._in_flight), step.limit)
        step.submit(token, args)

    def _collect(self, step: ConcurrentStep) -> bool:
        """Send the results that are there; whether there were any."""
        finished = step.ready()
        for token, result, error in finished:
            if self.pipe.options.ordered:
                self._early_results[token] = (result, error)
                while self._next_result in self._early_results:
                    ready = self._early_results.pop(self._next_result)
                    self._resolve(self._next_result, *ready)
                    self._next_result += 1
            else:
                self._resolve(token, result, error)
        if finished and not self._wanted():
            self._stop_early()
        return bool(finished)

    def _resolve(self, token: int, result: Any, error: BaseException | None) -> None:
        assert isinstance(self.step, ConcurrentStep)
        origin, sequence, args = self._in_flight.pop(token)
        self._hold_oldest()
        self._stopwatch.fly(len(self._in_flight), self.step.limit)
        self.guard.item, self.guard.value = token, args
        self.outlet.sequence = sequence
        self.outlet.open_item(origin)
        if error is not None:
            verdict = self.guard.verdict(error, "run")
            if not isinstance(verdict, Skip):
                raise verdict
        elif self.step.sends:
            self._send(result)
        self.outlet.close_item()
        self.meter.count(self._taken, self.outlet.sent)

    def _hold_oldest(self) -> None:
        """Of several items in flight the one in hand is the one that has been there longest."""
        self.meter.hold(next(iter(self._in_flight), 0))

    # ------------------------------------------------------------ ends

    def _ended(self, port: int) -> None:
        self._open.discard(port)
        self._ended_by_itself.add(port)
        if self._pairing is not None and self._open:
            self._close_the_others(self._pairing)

    def _close_the_others(self, pairing: Pairing) -> None:
        """Where an input has ended and nothing of it waits, nothing that others bring will be complete."""
        ended = (port for port in range(len(self._streams)) if port not in self._open)
        if any(pairing.exhausted(port) for port in ended):
            for other in sorted(self._open):
                self.endpoint.close_input(other)
            self._open.clear()

    def _finish(self) -> None:
        """All inputs have come to their end."""
        self.guard.item, self.guard.value = None, ()
        if self._pairing is not None:
            self._count_unpaired(self._pairing)
        self._must_be_in_order()
        self._flush()

    def _flush(self) -> None:
        """Send what the step still holds, then leave."""
        assert self.step is not None
        self.guard.item, self.guard.value = None, ()
        self._phase = _FINISHING
        self.outlet.open_item(None)
        self._results = iter(self.guard.call(self.step.finish, during="finish"))

    def _must_be_in_order(self) -> None:
        """Nothing may wait for its turn once all has come: what it waits for was never sent, or twice."""
        for port, order in self._order.items():
            if port in self._ended_by_itself:
                order.must_be_done(self._streams[port].name)

    @staticmethod
    def _count_unpaired(pairing: Pairing) -> None:
        pairing.unpaired += pairing.left_over()

    def _stop_early(self) -> None:
        """Nobody wants more results, or the step wants no more input. What waits for a partner is cut off."""
        for port in sorted(self._open):
            self._close_input(port)
        self._open.clear()
        self._paired.clear()
        self._group_rest.clear()
        if self._phase == _FINISHING:
            self._leave()
            return
        if self._pairing is not None:
            self._count_unpaired(self._pairing)
        self._flush()

    def _close_input(self, port: int) -> None:
        if self._stretches is not None:
            self._stretches.give_back()
        self.endpoint.close_input(port)

    def _leave(self, stopped: bool = False) -> None:
        self.over = True
        try:
            result = self._close_step()
            if not stopped:
                self._draining = True
                self.endpoint.finish()
        except Stopped:
            stopped = True
            result = None
        except UserError as error:
            self.endpoint.report(Failed(error.failure, self.summary()))
            self.meter.enter(meters.OVER, time.monotonic_ns())
            return
        self.meter.hold(0)
        self.meter.count(self._taken, self.outlet.sent)
        self.meter.enter(meters.OVER, time.monotonic_ns())
        try:
            self.endpoint.report(Finished(self.worker, self.summary(), result, stopped))
        except BaseException as error:  # noqa: BLE001 - a result that can't be pickled
            self.endpoint.report(Failed(self.guard.failure(error, "local_term"), self.summary()))

    def _close_step(self) -> Any:
        step, self.step = self.step, self.step
        if step is None:
            return None
        self.guard.item, self.guard.value = None, ()
        return self.guard.call(step.close, during="local_term")

    def _fail(self, error: UserError) -> None:
        self.over = True
        self.meter.enter(meters.OVER, time.monotonic_ns())
        self.endpoint.report(Failed(error.failure, self.summary()))
        try:
            self._close_step()
        except UserError as later:
            self.endpoint.report(Failed(later.failure, self.summary()))

    def summary(self) -> Summary:
        """The worker's numbers so far."""
        counts = self.endpoint.counts
        return Summary(
            taken=self._taken,
            sent=self.outlet.sent,
            dropped=self.outlet.dropped,
            ignored=dict(self.guard.ignored),
            retried=self.guard.retried + (self.step.retried if isinstance(self.step, ConcurrentStep) else 0),
            failed_items=self.outlet.failed,
            unpaired=self._pairing.unpaired if self._pairing is not None else 0,
            early=max((o.most for n, o in self._order.items() if not self.stage.inputs[n].holds), default=0),
            discarded=self.outlet.discarded,
            read={port: read.read for port, read in counts.inputs.items()},
            unread={port: read.unread for port, read in counts.inputs.items() if read.unread},
            cut_off={port: read.discarded for port, read in counts.inputs.items()},
            written={port: written.written for port, written in counts.outputs.items()},
            not_needed={port: written.not_needed for port, written in counts.outputs.items()},
            fused=self._fused.summaries(self._taken) if self._fused is not None else (),
        )

    # ------------------------------------------------------------ loops and commands

    def _blocked(self, state: State, output: int) -> None:
        """The endpoint has been waiting for long, or got free."""
        if state == "waiting" and self._in_flight:
            return  # its event loop is at work
        if state == "blocked" and self._draining and output >= 0:
            stream = self.stage.outputs[output].stream
            self.endpoint.report(Blocked(self.worker, stream, draining=True))
        elif self._tell_block is not None:
            self._tell_block(state, output)

    def _say_idle(self, ports: list[int]) -> None:
        if self.stage.loop is None or self._idle_said or self._in_flight:
            return
        if all(self.stage.inputs[port].in_loop for port in self._open) and not self.endpoint.poll(ports):
            self._idle_said = True
            self.endpoint.flush()
            self._report_idle()

    def _report_idle(self, probe: int = 0) -> None:
        self.endpoint.report(Idle(self.worker, self.outlet.sent_in_loop, self._loop_taken, probe))

    def _say_busy(self, port: int) -> None:
        if self.stage.inputs[port].in_loop:
            self._loop_taken += 1
        if self._idle_said:
            self._idle_said = False
            self.endpoint.report(Busy(self.worker))

    def say_idle(self) -> None:
        """Report idleness if that is what it is (for engines that know that nothing will
        arrive by itself).
        """
        self._say_idle(self._ports())

    def stop(self) -> None:
        """Let go of the functor now (for engines that run the loop in the caller's own thread)."""
        self._leave(stopped=True)

    def command(self, message: object) -> None:
        """Do what the supervisor says."""
        if isinstance(message, EndInput):
            for port in sorted(self._open):
                if not message.loop_only or (self.stage.ends_loop and self.stage.inputs[port].in_loop):
                    self._open.discard(port)
                    self._close_input(port)
            if not message.loop_only and not self.pipe.has_input:
                self._results = iter(())
            self.endpoint.wake()
        elif isinstance(message, Probe):
            if self._idle_said:
                self._report_idle(message.number)
        elif isinstance(message, Grow):
            self.endpoint.grow(message.port, message.capacity)

    def _make_pairing(self) -> Pairing | None:
        if not self.stage.pairing:
            return None
        return pairing_for(
            self.stage.pairing,
            [len(port.arguments) for port in self.stage.inputs],
            keys=self.stage.keys,
            waiting=self.stage.waiting,
        )


def with_own_functor(pipe: Pipe) -> Pipe:
    """Workers that share a process don't share a functor object, as they wouldn't in
    processes of their own.
    """
    functor: Any = pipe.functor
    if not hasattr(type(functor), "run"):  # pyright: ignore[reportUnknownArgumentType]
        return pipe
    try:
        own = copy.deepcopy(functor)
    except Exception:  # noqa: BLE001 - it holds what can't be copied (a lock, a connection): its parts are shared
        try:
            own = copy.copy(functor)
        except Exception as error:
            raise GraphError(
                f"{pipe.label_with_place} can't be copied, and each of its workers in this process is to "
                f"have one of its own: {error!r}. Nothing was started.\n"
                "Give it a  __copy__ , or build it in the worker:  Transform.of(...)"
            ) from error
    twin = copy.copy(pipe)
    twin.functor = own
    return twin
