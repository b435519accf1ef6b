"""Watching a run: a sampler that looks at its workers, and a display that shows what it saw."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from typing_extensions import Self

from pipeflow.runtime.report import Sample, Sampler
from pipeflow.views import telemetry
from pipeflow.views.progress.displays import Display, display_for
from pipeflow.views.progress.panel import RunLike, panel
from pipeflow.waiting import Latch

DELAY = 1.0
"""Seconds a run may take before anything is shown of it without being asked."""


class Watched:
    """A run that is being watched.

    Begins with `start` (after the workers have, so that no thread of ours is there when they fork) and ends
    with `stop`.

    Args:
        run: the run.
        progress: whether to show it; None: in a notebook or a terminal, when it takes over a second.
        out: the terminal; left out, the standard error.
        delay: seconds before anything is shown.
        redirect: told by what means lines are to be written to a terminal as long as there is a display in
            it; None: as always.
    """

    def __init__(
        self,
        run: RunLike,
        progress: bool | None = None,
        *,
        out: TextIO | None = None,
        delay: float = DELAY,
        redirect: Callable[[Callable[[str], None] | None], None] | None = None,
    ) -> None:
        self._run, self._progress, self._out, self._delay = run, progress, out, delay
        self._redirect = redirect
        self._sampler = Sampler(run.readings)
        self._display: Display | None = None
        self._telemetry: telemetry.Telemetry | None = None
        self._over = Latch()
        # In the caller's context: a notebook shows it in the cell that began the run.
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._show,), name="pipeflow progress", daemon=True
        )
        self.samples: tuple[Sample, ...] = ()

    def start(self) -> Self:
        """Look from now on."""
        self._sampler.start()
        self._telemetry = telemetry.shared()
        if self._telemetry is not None:
            self._telemetry.begin(self._run)
        if self._progress is not False:
            self._thread.start()
        return self

    def stop(self) -> tuple[Sample, ...]:
        """Show the end and stop looking; what was seen. Harmless when called again."""
        if not self._over.is_set():
            self._over.set()
            self.samples = self._sampler.stop()
            if self._telemetry is not None:
                self._telemetry.end(self._run)
            if self._thread.is_alive():
                self._thread.join()
            if self._display is not None:
                self._draw_beside(None)
                self._display.close(panel(self._run.plan, self.samples, finished=True))
        return self.samples

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _show(self) -> None:
        if self._over.wait(self._delay):
            return
        self._display = display_for(self._progress, self._out)
        if self._display is None:
            return
        self._draw_beside(self._display.above)
        try:
            while True:
                self._display.show(panel(self._run.plan, self._sampler.samples))
                if self._over.wait(self._display.pause):
                    return
        except Exception:  # noqa: BLE001 - a closed terminal must not end a run
            self._display = None
            self._draw_beside(None)

    def _draw_beside(self, above: Callable[[str], None] | None) -> None:
        if self._redirect is not None:
            self._redirect(above)


def watch(
    run: RunLike, progress: bool | None = None, *, out: TextIO | None = None, delay: float = DELAY
) -> Watched:
    """A watch over a run that has started, for a ``with`` around waiting. Arguments as `Watched`."""
    return Watched(run, progress, out=out, delay=delay)
