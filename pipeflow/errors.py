"""What can go wrong, as one tree.

Exception
└── PipeflowError
    ├── CompositionError        an operand of the wrong shape, said where it was written
    ├── GraphError              the graph has errors; nothing was started (``.report``)
    ├── PipelineStateError      a verb that does not fit what the system is doing (run twice, ...)
    └── PipeError               a pipe failed while it ran (``.pipe``, ``.replica``, ``.item``, ...)
        └── WorkerDied          its process ended without a word (kill, os._exit, out of memory)

UserWarning
└── PipeflowWarning
    ├── DanglingStreamWarning   a stream with writers and no reader, or the reverse
    ├── CompetingReadersWarning different functors take from one stream
    └── GraphWarning            any other warning of the checks
"""

from __future__ import annotations

from typing import Any


class PipeflowError(Exception):
    """Base of everything pipeflow raises on purpose."""


class CompositionError(PipeflowError):
    """An operand does not fit where it was written; the text names the fix."""


class GraphError(PipeflowError):
    """The graph has errors and nothing was started.

    Attributes:
        report: the `Report` with every finding, errors and warnings alike.
    """

    def __init__(self, message: str, report: Any = None) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.args[0], self.report))


class PipelineStateError(PipeflowError):
    """A verb was called at a time when it has no meaning (``run()`` while running, ...)."""


class PipeError(PipeflowError):
    """A pipe failed. Raised in the caller: from ``run()``, ``close()`` or the ``for`` loop.

    Attributes:
        pipe: name of the pipe that failed.
        replica: which of its workers, from 0; None when there is none to name.
        pid: process id of that worker, None where it has no process of its own.
        item: number of the item in hand, from 1; None when none was.
        item_repr: its ``repr``, cut; None when it is not known.
        place: where that pipe was made; its text is ``file:line``. None when there is no such pipe.
        worker_traceback: the traceback as text, as it was in the worker.
        others: later failures of the same run, in the order they arrived.
        report: the `RunReport` of the run, when there is one.

    ``__cause__`` is the original exception where it survives a pickle round trip.
    """

    def __init__(
        self,
        message: str,
        *,
        pipe: str = "",
        replica: int | None = None,
        pid: int | None = None,
        item: int | None = None,
        item_repr: str | None = None,
        place: object = None,
        worker_traceback: str = "",
        others: tuple[PipeError, ...] = (),
        report: Any = None,
    ) -> None:
        super().__init__(message)
        self.pipe = pipe
        self.replica = replica
        self.pid = pid
        self.item = item
        self.item_repr = item_repr
        self.place = place
        self.worker_traceback = worker_traceback
        self.others = others
        self.report = report

    def __str__(self) -> str:
        text = str(self.args[0])
        if self.place is not None:
            text += f"\n    {self.pipe!r} was created at {self.place}."
        if self.worker_traceback:
            text += "\n\nIn the worker:\n" + self.worker_traceback.rstrip()
        if self.others:
            text += f"\n\n{len(self.others)} more failed after it:"
            text += "".join(f"\n  {other.args[0]}" for other in self.others)
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key != "report"}
        return (_rebuild, (type(self), self.args[0], state, self.__cause__))


class WorkerDied(PipeError):
    """A worker ended without saying why: killed, ``os._exit``, a segmentation fault, out of memory.

    Attributes:
        exitcode: as `multiprocessing.Process.exitcode` gives it (negative: killed by that signal).
    """

    exitcode: int | None = None


def _rebuild(
    kind: type[PipeError], message: str, state: dict[str, Any], cause: BaseException | None
) -> PipeError:
    error = kind(message)
    error.__dict__.update(state)
    error.__cause__ = cause
    return error


class PipeflowWarning(UserWarning):
    """Base of pipeflow's warnings."""


class DanglingStreamWarning(PipeflowWarning):
    """A stream has writers and no reader, or readers and no writer."""


class CompetingReadersWarning(PipeflowWarning):
    """Pipes with different functors take their items from one stream."""


class GraphWarning(PipeflowWarning):
    """A finding of the checks that does not stop the graph from running."""
