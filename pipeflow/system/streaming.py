"""Iterating a flow: its run begins with the first item asked for and ends with the loop, however it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any

from typing_extensions import Self

from pipeflow.errors import PipeError, PipelineStateError
from pipeflow.runtime.report import RunReport
from pipeflow.system.ending import from_anywhere
from pipeflow.system.pipe_system import PipeSystem

_OVER = object()
_PATIENCE = 5.0
"""Seconds, beside its workers' own, that whoever drops a stream waits for the end of its run."""
NOT_FOLLOWED = "this stream doesn't follow its items, which costs a little. Ask for it:"


class FlowStream:
    """The items of a flow's one open output: an iterator and a context manager.

    Attributes:
        report: the `RunReport`, once the run has ended.
    """

    def __init__(self, system: PipeSystem) -> None:
        self._system = system
        self._items: Generator[Any, None, None] | None = None
        self._over = False

    @property
    def report(self) -> RunReport | None:
        """What the run did; None until it has ended."""
        return self._system.report

    @property
    def begun(self) -> bool:
        """Whether an item has been asked for."""
        return self._items is not None or self._over

    def state_dict(self) -> dict[str, Any]:
        """Where the stream is; only of one that was made to be resumed.

        Raises:
            PipelineStateError: it wasn't.
        """
        raise PipelineStateError(f"{NOT_FOLLOWED}  flow.stream(resumable=True).state_dict()")

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another stream was; as `state_dict`."""
        raise PipelineStateError(f"{NOT_FOLLOWED}  flow.stream(resumable=True).load_state_dict(state)")

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if self._over:
            raise StopIteration
        try:
            item = next(self._items or self._begin(), _OVER)
        except BaseException:
            self._over = True
            self._system.interrupt()
            raise
        if item is _OVER:
            self._over = True
            self._system.close()
            raise StopIteration
        return item

    def _begin(self) -> Generator[Any, None, None]:
        self._system.run()
        self._items = self._system.items()
        if self._over:  # a handler of signals has closed it meanwhile
            self._items.close()
        return self._items

    def close(self) -> None:
        """End the run; what was in flight is dropped. A handler of signals that has interrupted the wait for
        an item only asks for it: it is done where the item is waited for.
        """
        if self._over:
            return
        if self._system.nested:
            self._system.stop()
            return
        self._over = True
        self._system.stop()
        if self._items is not None:
            self._items.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except PipeError:
            if kind is None:
                raise

    def __del__(self) -> None:
        if self.begun and not self._over and self._system.held:
            self._over = True
            from_anywhere(self._end, self._system.settings.stop_timeout + _PATIENCE)

    def _end(self) -> None:
        with contextlib.suppress(Exception):  # there is nobody to tell
            self._system.stop()
