"""Stream: the description of an edge. It owns no queue; a run makes its own channels from it."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable
from typing import Any

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
        CompositionError: for a buffer size below 1 or an unknown queue type.
    """

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
