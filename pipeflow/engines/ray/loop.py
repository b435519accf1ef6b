"""The run loop of every engine, one order at a time."""

from __future__ import annotations

from pipeflow.runtime.worker import RunLoop


class BatchLoop(RunLoop):
    """The run loop, one order at a time."""

    @property
    def ready(self) -> bool:
        """Whether `tick` can do something without waiting."""
        return bool(self._stretches is not None and self._stretches.unfed) or super().ready

    @property
    def busy(self) -> bool:
        """Whether there is more to do, or to wait for, without a further entry."""
        return not self.over and (self.ready or self.pending is not None)

    @property
    def accepts(self) -> tuple[int, ...]:
        """Inputs of which it would take an entry."""
        return tuple(sorted(self._ports()))

    def put_back(self) -> None:
        """Entries received and not yet given to the functor come again with another order."""
        if self._stretches is not None:
            self._stretches.give_back()
