"""Which worker is given what, and what becomes of its answer: the coordinator's bookkeeping. Pure.

    orders()  ->  [Job]  ->  (Ray runs them)  ->  answered(worker, status, refs)  ->  orders() ...

A worker has up to two orders underway, so that the next one's data travels while it is at the first. An order
is given when there are entries for it and room for what comes of them: the room is set aside until it is
answered. What an answer says was not done waits again, in its old place.

Workers stand in `hands`, streams in `streams`, who waits for whom is asked in `waits`. What is left is in one
file, longer than most, because giving orders, taking answers and burying the dead change the same few tables,
and each has to leave them so that the others' sums hold.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from pipeflow.engines.ray.hands import Given, Hand, Pace, all_outputs, refused
from pipeflow.engines.ray.orders import ENDLESS, Order, Part, Status
from pipeflow.engines.ray.outline import Outline
from pipeflow.engines.ray.streams import Batch, Range, Stream
from pipeflow.engines.ray.sums import plus
from pipeflow.engines.ray.waits import rests, waiting_for_each_other
from pipeflow.runtime.messages import Blocked, EndInput, Failed, Failure, Summary, Worker
from pipeflow.runtime.recovery import LIMIT, POISON, WINDOW
from pipeflow.transports._base import BLOCK_NOTICE

DEPTH: Final = 2
_SURE: Final = 2
"""Deaths over an item alone, or over one that was alone from the first."""


class Job(NamedTuple):
    """An order for a worker, with the references of its batches."""

    worker: Worker
    order: Order
    refs: tuple[Any, ...]


class Schedule:
    """See the module.

    Args:
        outline: what runs.
        restartable: workers that may be started again.
        grow: streams get room against an artificial deadlock.
        clock: seconds.

    Attributes:
        events: (what, details...) for the supervisor, in their order; whoever hands them on empties it.
    """

    def __init__(
        self,
        outline: Outline,
        restartable: frozenset[Worker],
        *,
        grow: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan = outline.plan
        self._facts, self._caller = outline.facts, outline.caller
        self._restartable, self._grow, self._clock = restartable, grow, clock
        self.events: list[tuple[Any, ...]] = []
        self.stopping = False
        workers = [Worker(*pair) for pair in plan.workers()]
        self._streams = [self._stream(number, workers) for number in range(len(plan.streams))]
        self.hands = {worker: self._hand(worker) for worker in workers}
        self._paces = [Pace(largest=facts.first) for facts in outline.facts]
        self._numbers = 0
        self._loops = {
            number: [w for w in workers if plan.stages[w.stage].loop == number]
            for number in {stage.loop for stage in plan.stages if stage.loop is not None}
        }
        self._restarts: dict[int, list[float]] = {}
        self._stuck = self._again = False

    def _stream(self, number: int, workers: list[Worker]) -> Stream:
        planned = self.plan.streams[number]
        writers = [w for w in workers if any(o.stream == number for o in self.plan.stages[w.stage].outputs)]
        readers = [w for w in workers if any(i.stream == number for i in self.plan.stages[w.stage].inputs)]
        return Stream(
            planned.name,
            planned.capacity,
            [*writers],
            [*readers],
            apart=planned.sequenced,
            at_least=planned.at_least,
        )

    def _hand(self, worker: Worker) -> Hand:
        stage = self.plan.stages[worker.stage]
        outputs = [
            None if self.plan.streams[port.stream].discards else self._streams[port.stream]
            for port in stage.outputs
        ]
        caller = worker == self._caller
        inputs = [self._streams[port.stream] for port in stage.inputs]
        return Hand(worker, stage, inputs, outputs, started=caller, idle=caller)

    # ------------------------------------------------------------ what to do next

    def orders(self) -> list[Job]:
        """What can be given out now."""
        jobs: list[Job] = []
        if not self.stopping:
            self._end_loops()
            self._again = True
            while self._again:
                jobs += self._all_next()
                self._again = False
                if not jobs:
                    self._unlock()
        else:
            jobs = [self._leave(hand) for hand in self._living() if not hand.leaving]
        return jobs

    def _all_next(self) -> list[Job]:
        jobs: list[Job] = []
        while True:
            # One each in turn, so that no worker takes what another one could be at.
            more = [job for hand in self.hands.values() if (job := self._next(hand)) is not None]
            if not more:
                return jobs
            jobs += more

    def _living(self) -> list[Hand]:
        return [hand for hand in self.hands.values() if not hand.over and hand.worker != self._caller]

    def _leave(self, hand: Hand) -> Job:
        hand.leaving = True
        return self._give(hand, Order(leave=True, resumes=True, refused=all_outputs(hand)), [], {})

    def _next(self, hand: Hand) -> Job | None:
        """The worker's next order, if there is one."""
        if hand.over or len(hand.given) >= (DEPTH if hand.started else 1) or self._must_wait(hand):
            return None
        if hand.fresh:
            hand.fresh = False
            return self._ask(hand)
        (rooms, blocked_on), was_blocked = self._rooms(hand), hand.blocked_on is not None
        hand.blocked_on = blocked_on
        commands = tuple(hand.commands)
        if blocked_on is not None:
            if not commands:
                return None
            parts, ended = list[tuple[int, Range]](), tuple[int, ...]()
        else:
            parts = self._take(hand, rooms)
            ended = () if parts or hand.given else self._ended(hand)
        source = not hand.stage.inputs and hand.worker != self._caller
        goes_on = blocked_on is None and not parts and (source or not (hand.idle or hand.given))
        if not (parts or ended or commands or goes_on):
            return None
        reserved = (
            {} if blocked_on is not None else self._reserve(hand, rooms, sum(p.count for _, p in parts))
        )
        hand.commands.clear()
        hand.announced.update(ended)
        order = Order(
            parts=tuple(self._part(hand, port, part) for port, part in parts),
            room=reserved | {n: ENDLESS for n, stream in enumerate(hand.outputs) if stream is None},
            ended=tuple(ended),
            refused=refused(hand),
            commands=commands,
            resumes=hand.cut_short,
            blocked=was_blocked,
        )
        hand.cut_short = False
        return self._give(hand, order, parts, reserved)

    def _ask(self, hand: Hand) -> Job:
        hand.given.append(Given(Order(ping=True), [], {}))
        return Job(hand.worker, Order(ping=True), ())

    def _must_wait(self, hand: Hand) -> bool:
        """For the answers to orders that can't be carried out, or whose outcome decides what comes next, or
        that are to be alone with the worker.
        """
        if not hand.given:
            return False
        if any(part.tries for _, part in hand.given[-1].parts) or any(each.suspect for each in hand.inputs):
            return True
        return hand.cut_short or bool(hand.commands) or (not hand.idle and bool(hand.stage.inputs))

    def _give(
        self, hand: Hand, order: Order, parts: list[tuple[int, Range]], reserved: dict[int, int]
    ) -> Job:
        hand.started = True
        hand.given.append(Given(order, parts, reserved))
        for output, count in reserved.items():
            stream = hand.outputs[output]
            assert stream is not None
            stream.reserved[hand.worker] += count
        if hand.told:
            hand.told = False
            self.events.append(("message", Blocked(hand.worker, None, free=True)))
        return Job(hand.worker, order, tuple(part.batch.ref for _, part in parts))

    def _part(self, hand: Hand, port: int, part: Range) -> Part:
        writer = hand.inputs[port].numbers[part.batch.writer]
        return Part(port, part.number, part.start, part.stop, writer)

    def _rooms(self, hand: Hand) -> tuple[dict[int, int], Stream | None]:
        """(how much each output may take, the full stream that forbids to go on)."""
        rooms: dict[int, int] = {}
        full: Stream | None = None
        for number, stream in enumerate(hand.outputs):
            if stream is None or stream.refused:
                continue
            rooms[number] = stream.room(hand.worker)
            if rooms[number] < 1:
                full = stream
        return rooms, full

    def _take(self, hand: Hand, rooms: dict[int, int]) -> list[tuple[int, Range]]:
        ports = [port for port in range(len(hand.inputs)) if self._wants(hand, port)]
        if not ports:
            return []
        limit = self._paces[hand.worker.stage].limit()
        if hand.worker == self._caller:
            limit = ENDLESS
        elif self._facts[hand.worker.stage].one_to_one:
            limit = min(
                [limit, *(self._batch(hand, n, room) // len(ports) or 1 for n, room in rooms.items())]
            )
        taken: list[tuple[int, Range]] = []
        for port in ports:
            stream = hand.inputs[port]
            others = max(1, len(stream.open_readers))
            fair = -(-stream.queued // others) if self._slow(hand) else limit
            most = min(limit, fair, stream.batch_limit)
            taken += [(port, part) for part in stream.take(hand.worker, most)]
        return taken

    def _slow(self, hand: Hand) -> bool:
        seconds = self._paces[hand.worker.stage].seconds
        return seconds is not None and seconds > 1e-3

    def _batch(self, hand: Hand, output: int, room: int) -> int:
        stream = hand.outputs[output]
        assert stream is not None
        return min(room, stream.batch_limit)

    def _wants(self, hand: Hand, port: int) -> bool:
        if port in hand.closed or port in hand.announced or not hand.inputs[port].queued:
            return False
        return hand.accepts is None or port in hand.accepts

    def _reserve(self, hand: Hand, rooms: dict[int, int], entries: int) -> dict[int, int]:
        reserved: dict[int, int] = {}
        for number, room in rooms.items():
            stream = hand.outputs[number]
            assert stream is not None
            share = max(1, self._batch(hand, number, room // max(1, len(stream.open_writers))))
            reserved[number] = (
                min(room, entries) if entries and self._facts[hand.worker.stage].one_to_one else share
            )
        return reserved

    def _ended(self, hand: Hand) -> tuple[int, ...]:
        return tuple(
            port
            for port, stream in enumerate(hand.inputs)
            if stream.over and port not in hand.announced and port not in hand.closed
        )

    # ------------------------------------------------------------ answers

    def answered(self, worker: Worker, status: Status, refs: tuple[Any, ...]) -> None:
        """The worker's oldest order has been carried out; `refs`: its batches, one for each output."""
        hand = self.hands[worker]
        if hand.over and not hand.given:
            return
        given = hand.given.popleft()
        self._release(hand, given)
        hand.since, hand.pid = self._clock(), status.pid or hand.pid
        if status.ping:
            return
        for (port, part), done in zip(given.parts, status.done or (0,) * len(given.parts), strict=True):
            if not 0 <= done <= part.count:
                raise RuntimeError(f"{hand.stage.name}: {done} of {part.count} entries are said to be done")
            hand.inputs[port].settle(worker, part, done)
        if status.refused_order:
            hand.announced.difference_update(given.order.ended)
            hand.commands[:0] = given.order.commands
            hand.cut_short = True
            return
        self._made(hand, status, refs)
        left = any(
            done < part.count and port not in status.closed
            for (port, part), done in zip(given.parts, status.done, strict=False)
        )
        hand.cut_short = left and not status.over
        self._learned(hand, status)
        self.events += [("report", worker, report) for report in status.reports]
        if status.over:
            self._over(hand)
        for stream in hand.inputs:
            self._sweep(stream)

    def _release(self, hand: Hand, given: Given) -> None:
        for output, count in given.reserved.items():
            stream = hand.outputs[output]
            assert stream is not None
            stream.reserved[hand.worker] -= count

    def _made(self, hand: Hand, status: Status, refs: tuple[Any, ...]) -> None:
        for output, (count, size) in enumerate(zip(status.sent, status.sizes, strict=True)):
            stream = hand.outputs[output]
            if not count or stream is None:
                continue
            self._numbers += 1
            stream.put(Batch(self._numbers, refs[output], count, size, hand.worker))
            self._sweep(stream)

    def _learned(self, hand: Hand, status: Status) -> None:
        hand.idle, hand.accepts = status.idle, status.accepts
        hand.done, hand.meter = plus(hand.done, status.work), status.meter
        self._paces[hand.worker.stage].learn(status)
        held: dict[int, Counter[int]] = {port: Counter() for port in range(len(hand.inputs))}
        for port, writer, count in status.held:
            held[port][writer] = count
        for port, stream in enumerate(hand.inputs):
            if port not in hand.closed:
                stream.hold(hand.worker, held[port])
        for port in set(status.closed) - hand.closed:
            hand.closed.add(port)
            hand.inputs[port].close_reader(hand.worker)

    def _over(self, hand: Hand) -> None:
        hand.over = True
        # Of further orders an ended worker carries out nothing. It is said now, for when all have ended their
        # numbers are added up, whoever has still to answer.
        for given in hand.given:
            self._release(hand, given)
            for port, part in given.parts:
                hand.inputs[port].settle(hand.worker, part, 0)
        hand.given.clear()
        for stream in hand.outputs:
            if stream is not None:
                stream.open_writers.discard(hand.worker)
        for stream in hand.inputs:
            stream.close_reader(hand.worker)
            self._sweep(stream)
        self.events.append(("gone", hand.worker, hand.pid, 0, ""))

    def _sweep(self, stream: Stream) -> None:
        """What nobody will read is not needed, and its writer's numbers say so."""
        if not stream.refused:
            return
        for writer, count in stream.unneeded():
            assert isinstance(writer, Worker)
            hand = self.hands[writer]
            port = next(n for n, output in enumerate(hand.outputs) if output is stream)
            hand.done = plus(hand.done, Summary(not_needed={port: count}))

    # ------------------------------------------------------------ ends that nobody says

    def _end_loops(self) -> None:
        """A loop is over when nothing feeds it any more, all its workers are idle and its streams are
        empty.
        """
        for number, members in list(self._loops.items()):
            hands = [self.hands[worker] for worker in members if not self.hands[worker].over]
            if all(rests(hand, members) for hand in hands):
                del self._loops[number]
                self.events.append(("loop", number))
                for hand in hands:
                    hand.commands.append(EndInput(loop_only=True))

    def _unlock(self) -> None:
        """When workers wait for each other alone, and that for want of room, the smallest full stream of
        theirs gets more (Parks 1995). They will wait for ever, whatever goes on elsewhere.
        """
        waiting = waiting_for_each_other(self._living())
        full = [hand.blocked_on for hand in waiting if hand.blocked_on is not None]
        if full and self._grow:
            stream = min(full, key=lambda each: (each.capacity or 0, each.name))
            self.events.append(("grown", stream.name, stream.grow()))
            self._again = True
        elif waiting and not full and not self._stuck and len(waiting) == len(self._living()):
            self._stuck = True
            names = ", ".join(hand.stage.name for hand in waiting)
            self.events.append(("stuck", names))

    # ------------------------------------------------------------ deaths, commands, stopping

    def died(self, worker: Worker) -> bool:
        """The worker's process is gone; whether it is to be started again."""
        hand = self.hands[worker]
        if hand.over:
            return False
        # The answer to the first of two orders may have gone with the worker that was at the second.
        given = [given for given in hand.given if not given.order.ping]
        parts = [part for each in given for _, part in each.parts]
        alone = len(given) == len(parts) == 1 and parts[0].count == 1
        if worker not in self._restartable or self.stopping:
            self.gone(worker, hand.done.taken + 1 if alone else 0, "")
            return False
        now, before = self._clock(), self._restarts.setdefault(worker.stage, [])
        recent = [at for at in before if now - at < WINDOW]
        why = (
            f"it had been restarted {len(recent)} times within {WINDOW:.0f} s" if len(recent) >= LIMIT else ""
        )
        if alone and parts[0].tries >= _SURE:
            why = POISON
        if why:
            self.gone(worker, hand.done.taken + 1 if alone else 0, why)
            return False
        before.append(now)
        self._put_back(hand, alone)
        hand.started = hand.idle = hand.cut_short = False
        hand.accepts, hand.since, hand.fresh = None, now, True
        for stream in hand.inputs:
            stream.hold(worker, Counter())
        self.events.append(("restarted", worker, hand.pid))
        return True

    def _put_back(self, hand: Hand, alone: bool) -> None:
        for given in hand.given:
            self._release(hand, given)
            for port, part in given.parts:
                hand.inputs[port].give_up(hand.worker, part, max(part.tries, _SURE if alone else 1))
            hand.announced.difference_update(given.order.ended)
            hand.commands = [*given.order.commands, *hand.commands]
        hand.given.clear()

    def lost(self, worker: Worker) -> None:
        """A batch of the worker's oldest order was kept on a machine that is no more."""
        hand = self.hands[worker]
        if hand.over or self.stopping:
            return
        given = hand.given.popleft()
        makers = {part.batch.writer for _, part in given.parts}
        names = sorted({self.plan.stages[maker.stage].name for maker in makers if isinstance(maker, Worker)})
        text = f"a batch of items from {' or '.join(map(repr, names))} was kept on a machine that is gone"
        failure = Failure(worker, hand.pid, "receive", None, None, "ObjectLostError", text, "")
        self.events.append(("message", Failed(failure, hand.done)))
        hand.given.clear()

    def gone(self, worker: Worker, item: int = 0, why: str = "") -> None:
        """The worker is no more, and is not replaced."""
        hand = self.hands[worker]
        if not hand.over:
            hand.over = True
            self.events.append(("gone", worker, hand.pid, item, why))

    def command(self, worker: Worker, message: object) -> None:
        """Something a worker is to hear."""
        if worker in self.hands:
            self.hands[worker].commands.append(message)

    def quiet(self, seconds: float) -> Iterator[Job]:
        """Orders that only ask for an answer, for workers that have had nothing to do for so long: the death
        of one that is never asked would not be seen.
        """
        now = self._clock()
        for hand in self._living():
            if hand.started and not hand.given and not hand.leaving and now - hand.since > seconds:
                hand.since = now
                yield self._ask(hand)

    def waits(self) -> None:
        """Say who has been waiting for long."""
        now = self._clock()
        for hand in self._living():
            if hand.started and not hand.given and not hand.told and now - hand.since > BLOCK_NOTICE:
                hand.told = True
                number = self._streams.index(hand.blocked_on) if hand.blocked_on is not None else None
                self.events.append(("message", Blocked(hand.worker, number)))
