"""Which deaths a run survives, and what is to be done about one. Pure: a part of the supervisor.

    Gone ──> case: every living neighbour reports its Eof ──> Respawn, Requeue to writers, Forget to readers
                                                               ──> Resent, Clear: the neighbours may die again

Until then a neighbour holds what exists nowhere else, so its death ends the run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipeflow.plan import Plan
from pipeflow.routes import Errors
from pipeflow.runtime.instructions import Gone, Instruction, Respawn, Tell
from pipeflow.runtime.messages import Summary, Worker, added
from pipeflow.transports.parts import Run, Sifted, sift
from pipeflow.transports.repairs import Clear, Eof, Forget, Requeue, Requeued, Resent, Through, Unwanted

POISON: Final = "the item it had in hand had ended another worker before"
LIMIT = 3
WINDOW = 60.0
"""A pipe is restarted so often within so many seconds, then its next death ends the run."""


@dataclass
class _Case:
    """A death whose neighbours have not all reported yet."""

    gone: Gone
    waiting: set[int]


@dataclass
class Recovery:
    """Of one run. `living` arguments: workers that neither ended nor died."""

    plan: Plan
    limit: int = LIMIT
    channels: dict[int, tuple[Worker, Worker]] = field(default_factory=dict[int, tuple[Worker, Worker]])
    """By number: (writer, reader). The reader's end is 2n, the writer's 2n + 1."""
    remains: dict[Worker, Summary] = field(default_factory=dict[Worker, Summary])
    """What is known of the work of those that died."""
    late: list[tuple[Worker, Summary]] = field(default_factory=list[tuple[Worker, Summary]])
    """What was added to that lately."""
    restarts: list[Gone] = field(default_factory=list[Gone])
    poison: Worker | None = None
    """Who had an item in hand that had ended another before."""
    poison_entry: Any = None
    _cases: dict[Worker, _Case] = field(default_factory=dict[Worker, _Case])
    _eofs: dict[int, Eof] = field(default_factory=dict[int, Eof])
    _exposed: dict[Worker, set[int]] = field(default_factory=dict[Worker, set[int]])
    """Neighbours of the dead, by the ends of theirs that lead to them."""
    _old: dict[int, tuple[Worker, Worker]] = field(default_factory=dict[int, tuple[Worker, Worker]])
    """Channels of the dead."""
    _cleared: dict[Worker, int] = field(default_factory=dict[Worker, int])
    """Entries of dead writers that a living reader is done with: no ledger of a writer has them."""
    _known: dict[Worker, tuple[bytes, tuple[Run, ...]]] = field(
        default_factory=dict[Worker, tuple[bytes, tuple[Run, ...]]]
    )
    """What one that may be restarted said last of its results, when a reader of them had died."""
    _taken: dict[Worker, dict[int, int]] = field(default_factory=dict[Worker, dict[int, int]])
    """By writer and output: results that readers had done before they died."""
    _through: dict[int, int] = field(default_factory=dict[int, int])
    """By channel, of writers that have ended: entries that its reader was done with."""
    _counted: set[int] = field(default_factory=set[int])
    """Channels of dead readers whose entries are in their remains."""
    _severed: set[int] = field(default_factory=set[int])
    """Ends that have been told that their peer had ended before it was connected."""
    _next: int = 0

    def connected(self, channels: Sequence[tuple[Worker, Worker]]) -> None:
        """The channels are made."""
        self.channels = dict(enumerate(channels))
        self._next = len(channels)

    def covers(self, worker: Worker) -> bool:
        """Whether the pipe asked for it."""
        pipe = self.plan.stages[worker.stage].pipe
        return pipe is not None and pipe.options.on_crash == "restart"

    def refusal(self, event: Gone) -> str:
        """Why this death can't be survived; empty when it can."""
        if self._exposed.get(event.worker):
            return "its neighbour had died just before, and what it held for that one is lost"
        again = [
            g for g in self.restarts if g.worker.stage == event.worker.stage and event.at - g.at < WINDOW
        ]
        if len(again) >= self.limit:
            return f"it had been restarted {len(again)} times within {WINDOW:.0f} s"
        return ""

    def died(self, event: Gone, living: Collection[Worker]) -> list[Instruction]:
        """Begin to replace it."""
        ends = {end: peer for end, peer in self._neighbours(event.worker) if peer in living}
        for end, peer in ends.items():
            self._exposed.setdefault(peer, set()).add(end)
        self.restarts.append(event)
        self._cases[event.worker] = _Case(event, set(ends) - set(self._eofs))
        return self._advance(living)

    def left(self, living: Collection[Worker], ended: Collection[Worker]) -> list[Instruction]:
        """Somebody has ended: nobody waits for its reports any more."""
        for case in self._cases.values():
            peers = dict(self._neighbours(case.gone.worker))
            case.waiting = {end for end in case.waiting if peers[end] in living}
        return [*self._sever(ended), *self._advance(living)]

    def abandon(self) -> set[Worker]:
        """The run is being ended: those that were to be replaced."""
        dead = set(self._cases)
        self._cases.clear()
        return dead

    def heard(
        self, message: object, living: Collection[Worker], ended: Collection[Worker]
    ) -> list[Instruction]:
        """A worker's report about a dead neighbour. `ended`: workers that came to their normal end."""
        if isinstance(message, Eof):
            return self._eof(message, living, ended)
        if isinstance(message, Requeued):
            writer, reader = self._old[message.end // 2]
            self._known[writer] = (message.marks, message.parts)
            self._had(message.end // 2, message.done)
            if message.poison:
                self.poison, self.poison_entry = reader, message.entry
        elif isinstance(message, Through):
            self._through[message.end // 2] = message.done
            if message.end // 2 in self._old:  # its reader has died: perhaps nobody was left to requeue
                self._had(message.end // 2, message.done)
        elif isinstance(message, (Resent, Clear)):
            if isinstance(message, Clear) and message.end in self._eofs:
                number = message.end // 2
                reader = (self._old.get(number) or self.channels[number])[1]
                self._cleared[reader] = self._cleared.get(reader, 0) + self._eofs[message.end].got
            for ends in self._exposed.values():
                ends.discard(message.end)
        return []

    def _had(self, number: int, done: int) -> None:
        """A dead reader was done with so many entries of a channel. Its writer may say so twice."""
        if number in self._counted:
            return
        self._counted.add(number)
        writer, reader = self._old[number]
        self._add(reader, Summary(taken=done, read={0: done}))
        taken = self._taken.setdefault(writer, {})
        output = self._output(writer, reader, 0)  # what may be restarted has one input
        taken[output] = taken.get(output, 0) + done

    def _eof(self, message: Eof, living: Collection[Worker], ended: Collection[Worker]) -> list[Instruction]:
        self._eofs[message.end] = message
        for case in self._cases.values():
            case.waiting.discard(message.end)
        return [*self._sever(ended), *self._advance(living)]

    def _sever(self, ended: Collection[Worker]) -> list[Instruction]:
        """Who came in the place of a dead worker was connected to some that ended meanwhile: a writer, with
        everything it ever wrote dealt with, or a reader that wants no more. (What they say of their end and
        what is seen of it come in any order.)
        """
        instructions: list[Instruction] = []
        for end, eof in self._eofs.items():
            if not eof.died or end // 2 not in self.channels or end in self._severed:
                continue
            writer, reader = self.channels[end // 2]
            if end % 2 == 0 and writer in ended:
                instructions.append(Tell(reader, Forget(end, replaced=False)))
            elif end % 2 and reader in ended:
                said = self._eofs.get(end - 1)
                instructions.append(Tell(writer, Unwanted(end, 0 if said is None else said.got)))
            else:
                continue
            self._severed.add(end)
        return instructions

    # ------------------------------------------------------------ the neighbours have reported

    def _advance(self, living: Collection[Worker]) -> list[Instruction]:
        instructions: list[Instruction] = []
        for worker in [worker for worker, case in self._cases.items() if not case.waiting]:
            instructions += self._replace(self._cases.pop(worker).gone, living)
        return instructions

    def _replace(self, gone: Gone, living: Collection[Worker]) -> list[Instruction]:
        worker = gone.worker
        own = {n: pair for n, pair in self.channels.items() if worker in pair}
        sifted = self._sifted(own, worker)
        self._add(worker, Summary(read={0: self._cleared.pop(worker, 0)}))
        for number in own:
            self._old[number] = self.channels.pop(number)
            if number in self._through and own[number][1] == worker:
                self._had(number, self._through[number])
        writers = {n: w for n, (w, _) in own.items() if w != worker and w in living}
        readers = {n: r for n, (_, r) in own.items() if r != worker and r in living}
        pairs = tuple((n, self._renew(n)) for n in (*writers, *readers)) if writers else ()
        instructions: list[Instruction] = []
        for number, writer in writers.items():
            suspect = gone.hand[1] if gone.hand[0] == 2 * number else 0
            known = sifted.get(2 * number, Sifted())
            requeue = Requeue(2 * number + 1, known.upto, suspect, frozenset(known.done), known.partly)
            instructions.append(Tell(writer, requeue))
        instructions.append(Respawn(worker, pairs))
        for number, reader in readers.items():
            instructions.append(Tell(reader, Forget(2 * number, replaced=bool(writers))))
        return instructions

    def _sifted(self, own: dict[int, tuple[Worker, Worker]], worker: Worker) -> dict[int, Sifted]:
        """What its readers, and it itself, know of its inputs; what they got from it is what it wrote."""
        known = [self._known.pop(worker)] if worker in self._known else []
        written = self._taken.pop(worker, {})
        for number, (writer, reader) in own.items():
            eof = self._eofs.get(2 * number)
            if writer == worker and eof is not None:
                output = self._output(worker, reader, eof.port)
                written[output] = written.get(output, 0) + eof.got
                known.append((eof.marks, eof.parts))
        self._add(worker, self._work(worker, written))
        return sift(known)

    def _output(self, writer: Worker, reader: Worker, port: int) -> int:
        """Which of the writer's outputs a reader's port is the end of."""
        stream = self.plan.stages[reader.stage].inputs[port].stream
        outputs = self.plan.stages[writer.stage].outputs
        return next(n for n, output in enumerate(outputs) if output.stream == stream)

    def _work(self, worker: Worker, written: dict[int, int]) -> Summary:
        """A dead worker's numbers, from what of it has arrived. A result that goes to several streams is
        one.
        """
        stage = self.plan.stages[worker.stage]
        failures = {n for n, output in enumerate(stage.outputs) if set(output.routes) == {(Errors(),)}}
        results = [count for n, count in written.items() if n not in failures]
        chooses = stage.pipe is not None and stage.pipe.chooses
        return Summary(
            sent=sum(results) if chooses else max(results, default=0),
            written=written,
            failed_items=sum(count for n, count in written.items() if n in failures),
        )

    def _renew(self, number: int) -> int:
        new, self._next = self._next, self._next + 1
        self.channels[new] = self._old[number]
        return new

    def _neighbours(self, worker: Worker) -> Iterator[tuple[int, Worker]]:
        """(their end, who) for every channel of a worker."""
        for number, (writer, reader) in self.channels.items():
            if writer == worker:
                yield 2 * number, reader
            elif reader == worker:
                yield 2 * number + 1, writer

    @property
    def dead(self) -> set[Worker]:
        """Those that died and are to be replaced."""
        return set(self._cases)

    def _add(self, worker: Worker, summary: Summary) -> None:
        self.remains[worker] = added(self.remains.get(worker, Summary()), summary)
        self.late.append((worker, summary))
