"""The documented import path of PipeLine and PipeSystem.

A PipeLine writes the list of pipes and streams that a PipeSystem takes:

    add(source)                    source
    add(batcher, buffer_size=10)   source -> stream_0 [10] -> batcher
    add(total, n_processes=3)      ... batcher -> stream_1 -> total_0, total_1, total_2
    add(show)                      ... total_0, total_1, total_2 -> stream_2 -> show
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeflow.combinators import balance, chain
from pipeflow.errors import CompositionError
from pipeflow.flow import Flow
from pipeflow.graph import Graph, name_of
from pipeflow.pipes import Pipe
from pipeflow.plan import Plan
from pipeflow.shapes import ThroughFlow
from pipeflow.spelling import spell
from pipeflow.streams import Stream, check_buffer_size, check_queue_type
from pipeflow.system import PipeSystem

__all__ = ["PipeLine", "PipeSystem"]


@dataclass(frozen=True)
class _Segment:
    """What one `add` added.

    Attributes:
        pipe: as the caller made it; `workers` its copies, one for each process.
        stream: in front of them; None for the first segment.
    """

    pipe: Pipe
    workers: tuple[Pipe, ...]
    stream: Stream | None

    def twin(self, name: str) -> Any:  # of a shape that only the caller's `add` knew
        """A pipe like it for the operators, where `buffer_size` is an option of the pipe."""
        twin = self.pipe.copy(name)
        return twin if self.stream is None else twin.with_(buffer_size=self.stream.buffer_size)


class PipeLine(PipeSystem):
    """Pipes one after the other (documented class).

    Args:
        monitor: log fill level and I/O times of every stream.
        queue_type: accepted and recorded, as documented; both values run on the same channels.

    Raises:
        CompositionError: for an unknown queue type.
    """

    def __init__(self, monitor: bool = False, queue_type: str = "multiprocessing.Queue") -> None:
        check_queue_type(queue_type, "PipeLine")
        self.monitor = monitor
        self.queue_type = queue_type
        self._segments: list[_Segment] = []
        self._members: list[Pipe] = []
        super().__init__(self._members)

    def add(self, pipe: Pipe, n_processes: int = 1, buffer_size: int | None = None) -> None:
        """Add a pipe behind the last one.

        Args:
            pipe: the pipe; it is copied, so it can be added to other PipeLines too.
            n_processes: how many workers share its input.
            buffer_size: how many items may wait in the stream in front of it; left out, 3 items, or more
                while they fit in 4 MiB.

        Raises:
            CompositionError: where the pipe doesn't fit, with the fix.
        """
        self._check_addition(pipe, n_processes, buffer_size)
        stream = self._stream(buffer_size) if self._segments else None
        workers = tuple(_worker(pipe, stream) for _ in range(n_processes))
        if stream is not None:
            for worker in self._segments[-1].workers:
                worker.set_downstreams([stream])
        self._segments.append(_Segment(pipe, workers, stream))
        self._members.extend(workers)
        self._graph = None
        self.plan: Plan | None = None

    def to_flow(self) -> Flow:
        """The same pipeline in operator spelling: a Flow of new pipes with the same functors and options.

        Raises:
            CompositionError: when nothing was added.
        """
        if not self._segments:
            raise CompositionError("this PipeLine is empty; add pipes before  to_flow()")
        flow: Flow = chain(*(self._operand(segment) for segment in self._segments))
        return flow

    def __repr__(self) -> str:
        return f"PipeLine {spell(self.to_flow()) if self._segments else '(empty)'}"

    def _described(self) -> Graph:
        for segment in self._segments:
            for worker in segment.workers:
                worker.set_term_flag(segment.pipe.term_flag)
        return super()._described()

    def _stream(self, buffer_size: int | None) -> Stream:
        name = f"stream_{len(self._segments) - 1}"
        return Stream(name, buffer_size, monitor=self.monitor, queue_type=self.queue_type)

    def _operand(self, segment: _Segment) -> Flow:
        names = [name_of(self.graph, worker) for worker in segment.workers]
        count = len(names)
        if count > 1 and segment.pipe.replicable:
            twins: list[ThroughFlow] = [segment.twin(name) for name in names]
            return balance(*twins)
        label = segment.pipe.label if count > 1 and self._is_only(segment) else names[0]
        twin: Flow = segment.twin(label) * count if count > 1 else segment.twin(label)
        return twin

    def _is_only(self, segment: _Segment) -> bool:
        return sum(other.pipe.label == segment.pipe.label for other in self._segments) == 1

    def _check_addition(self, pipe: object, n_processes: object, buffer_size: object) -> None:
        if not isinstance(pipe, Pipe):
            raise CompositionError(
                f"PipeLine.add takes one pipe, not {pipe!r}. Wrap a function:  add(Transform(f, 'name'))"
            )
        if isinstance(n_processes, bool) or not isinstance(n_processes, int) or n_processes < 1:
            raise CompositionError(
                f"{pipe.label_with_place}: n_processes must be a whole number of at least 1, "
                f"not {n_processes!r}"
            )
        check_buffer_size(buffer_size, pipe.label_with_place)
        if not pipe.has_input and n_processes > 1:
            raise CompositionError(
                f"{pipe.label_with_place}: every worker of a source would make the same items. "
                "Use PipeSystem with several sources on one stream"
            )
        if self._segments:
            self._check_neighbours(self._segments[-1].pipe, pipe)

    def _check_neighbours(self, last: Pipe, pipe: Pipe) -> None:
        if not last.has_output:
            raise CompositionError(
                f"{pipe.label_with_place} can't follow {last.label_with_place}, which sends nothing. "
                f"Make {last.label!r} a Transform"
            )
        if not pipe.has_input:
            raise CompositionError(
                f"{pipe.label_with_place} can't follow {last.label_with_place}: a {pipe.kind} has no input. "
                "Use PipeSystem with several sources on one stream"
            )


def _worker(pipe: Pipe, stream: Stream | None) -> Pipe:
    worker = pipe.copy()
    worker.place = pipe.place
    worker.set_upstreams([] if stream is None else [stream])
    worker.set_downstreams([])
    return worker
