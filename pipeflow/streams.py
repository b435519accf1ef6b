"""Stream: the description of an edge. It owns no queue; a run makes its own channels from it."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, ClassVar

from pipeflow.errors import CompositionError, PipelineStateError
from pipeflow.places import Place, caller

DOCUMENTED_BUFFER = 3
_QUEUE_TYPES = ("multiprocessing.Queue", "multiprocessing.SimpleQueue")


class InitialItems:
    """What ``stream.q`` shows: the items that are in the stream when a run begins.

    Loops of the documented classes are started so: ``stream.q.put(0)``. They are there again for every later
    run; what is put after a run takes their place, so a program that puts them anew each time works as well.
    """

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._run_ended: Callable[[], bool] | None = None

    def begin(self, run_ended: Callable[[], bool]) -> None:
        """A run has taken a copy of the items.

        Args:
            run_ended: whether it is over.
        """
        self._run_ended = run_ended

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add `item` to what the stream holds when a run begins; None, which is never delivered, is left out.

        The other arguments have no effect.

        Raises:
            PipelineStateError: while a run is going, which it could not reach.
        """
        if self._run_ended is not None:
            if not self._run_ended():
                raise PipelineStateError(
                    "stream.q.put() while the system runs: it fills a stream before run(). "
                    "To send items into a running system let a Source make them"
                )
            self.items.clear()
            self._run_ended = None
        if item is not None:
            self.items.append(item)

    put_nowait = put

    def qsize(self) -> int:
        """How many items wait here for the next run."""
        return len(self.items)

    def empty(self) -> bool:
        """Whether no item waits here."""
        return not self.items

    def full(self) -> bool:
        """Never: this is a list, not a bounded queue."""
        return False

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take back the oldest item that was put here."""
        if not self.items:
            raise queue.Empty("stream.q holds no items: only what was put there before a run can be got")
        return self.items.pop(0)

    get_nowait = get

    def __getstate__(self) -> dict[str, Any]:
        return {"items": self.items, "_run_ended": None}


class Stream:
    """A bounded stream between pipes.

    In the documented classes several pipes may write to it and several may read from it (then each item
    goes to exactly one reader). In a chain, ``a >> Stream("raw", buffer_size=64) >> b``, it gives the
    stream between two pipes a name and a bound.

    Args:
        name: shown in diagrams and reports.
        buffer_size: how many items may wait in it; left out, 3 items, or more while they fit in 4 MiB.
        timeout: seconds; a read or write that waits longer logs a warning and goes on.
        monitor: log fill level and I/O times of this stream.
        queue_type: accepted and recorded, as documented; both values run on the same channels.

    Raises:
        CompositionError: for a buffer size below 1, a timeout that is no time, or an unknown queue type.
    """

    composed: ClassVar[Callable[[Any, Any], Any]]
    """What ``>>`` makes of a stream and what stands beside it; set where flows are known."""

    def __init__(
        self,
        name: str = "stream",
        buffer_size: int | None = None,
        timeout: float | None = None,
        monitor: bool = False,
        queue_type: str = "multiprocessing.Queue",
    ) -> None:
        self.place: Place = caller()
        check_buffer_size(buffer_size, f"Stream {name!r}")
        check_queue_type(queue_type, f"Stream {name!r}")
        _check_timeout(timeout, f"Stream {name!r}")
        self.uid: str = uuid.uuid4().hex
        self.name = name
        self.buffer_size = buffer_size
        self.timeout = timeout
        self.monitor = monitor
        self.queue_type = queue_type
        self.q: InitialItems = InitialItems()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and other.uid == self.uid

    def __hash__(self) -> int:
        return hash(self.uid)

    def __repr__(self) -> str:
        bound = "" if self.buffer_size is None else f", buffer_size={self.buffer_size}"
        return f"Stream({self.name!r}{bound})"

    def __rshift__(self, other: tuple[Any, ...] | Mapping[Any, Any]) -> Any:
        return Stream.composed(self, other)

    def __rrshift__(self, other: tuple[Any, ...] | Mapping[Any, Any]) -> Any:
        return Stream.composed(other, self)

    @property
    def label(self) -> str:
        """Its name as text: programs of the documented classes may name streams by numbers, or not at all."""
        name: Any = self.name
        return "" if name is None else str(name)

    def capacity(self) -> float:
        """How full the stream is before a run, in percent (as documented)."""
        return 100.0 * len(self.q.items) / (self.buffer_size or DOCUMENTED_BUFFER)

    def empty(self) -> bool:
        """Whether no initial items are left in it."""
        return not self.q.items

    def full(self) -> bool:
        """Whether its initial items fill it."""
        return len(self.q.items) >= (self.buffer_size or DOCUMENTED_BUFFER)

    def flush(self) -> None:
        """Forget its initial items."""
        self.q.items.clear()


def check_queue_type(queue_type: object, owner: str) -> None:
    """Raise `CompositionError` unless `queue_type` is one of the documented two, in any case."""
    if str(queue_type).lower() not in [known.lower() for known in _QUEUE_TYPES]:
        raise CompositionError(
            f"{owner}: unknown queue_type {queue_type!r}; valid are {' and '.join(map(repr, _QUEUE_TYPES))}"
        )


def check_buffer_size(buffer_size: object, owner: str) -> None:
    """Raise `CompositionError` unless `buffer_size` is None or a whole number of at least 1."""
    if buffer_size is None:
        return
    if isinstance(buffer_size, bool) or not isinstance(buffer_size, int) or buffer_size < 1:
        raise CompositionError(
            f"{owner}: buffer_size must be a whole number of at least 1 (how many items may wait), "
            f"not {buffer_size!r}"
        )


def check_name(stream: Stream) -> None:
    """Raise `CompositionError` unless a stream in a chain is named by a text.

    The documented classes take any name, as ever; in a chain a number is a bound at the wrong place.
    """
    name: Any = stream.name
    if isinstance(name, str) and name:
        return
    bound = not isinstance(name, bool) and isinstance(name, int) and name > 0
    meant = f"did you mean  Stream(buffer_size={name})  ?" if bound else 'such as  Stream("raw")'
    raise CompositionError(
        f"{stream!r} (created at {stream.place}): the name of a stream must be a text, not {name!r}; {meant}"
    )


def _check_timeout(timeout: Any, owner: str) -> None:
    fits = not isinstance(timeout, bool) and isinstance(timeout, Real) and float(timeout) >= 0
    if timeout is not None and not fits:
        raise CompositionError(f"{owner}: timeout must be a number of seconds, not {timeout!r}")
