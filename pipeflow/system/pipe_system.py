"""PipeSystem: built, run, closed, reset.

build   description -> graph -> checks -> plan        (nothing is started)
run     workers start; returns at once
close   waits for the end; raises the failure of a pipe, once
stop    ends a run before its sources end
reset   makes ready for another run
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Any

from typing_extensions import Self

from pipeflow import engines
from pipeflow.checks import Report, Target, check
from pipeflow.engines._base import Run, Settings
from pipeflow.errors import PipeError, PipelineStateError
from pipeflow.flow import Flow
from pipeflow.graph import Graph, build_graph
from pipeflow.pipes import Pipe
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.report import RunReport, make_report
from pipeflow.system.ending import abandon, end_now
from pipeflow.system.failures import failure_of

_DEFAULTS = Settings()


class PipeSystem:
    """A graph of pipes, built, run and closed.

    Args:
        pipes: a Flow, or the documented list of pipes with their upstreams and downstreams.
    """

    def __init__(self, pipes: Flow | Sequence[Pipe]) -> None:
        self.pipes = pipes
        self.report: RunReport | None = None
        self.plan: Plan | None = None
        self.settings = _DEFAULTS
        self.engine = "process"
        self._graph: Graph | None = None
        self._run: Run | None = None
        self._end: weakref.finalize[Any, Any] | None = None

    # ------------------------------------------------------------ before the run

    @property
    def graph(self) -> Graph:
        """The networkx graph of pipes and streams."""
        if self._graph is None:
            self._graph = build_graph(self.pipes)
        return self._graph

    def compile(
        self,
        *,
        engine: str = "process",
        settings: Settings = _DEFAULTS,
        iterate: bool = False,
        strict: bool = False,
        ignore: Collection[str] = (),
        checked: bool = True,
    ) -> Self:
        """Check the graph and plan its run.

        Args:
            engine: "process", "thread", "inline" or "ray".
            settings: how to run.
            iterate: the one open output goes to the caller.
            strict: warnings are errors.
            ignore: codes of checks to be silent about.
            checked: False leaves the checks out.

        Raises:
            GraphError: the graph has errors; ``.report`` has every finding.
        """
        self.engine, self.settings = engine, settings
        engines.load(engine)
        if checked:
            target = Target(
                engine=engine, start_method=settings.start_method, intent="stream" if iterate else "run"
            )
            self.findings: Report = check(self.graph, target, strict=strict, ignore=ignore)
            self.findings.raise_if_errors()
        self.plan = compile_plan(self.graph, iterate=iterate)
        return self

    # ------------------------------------------------------------ the run

    def run(self) -> None:
        """Start the workers and return; `close` waits for them.

        Raises:
            PipelineStateError: it runs already, or has run and was not `reset`.
        """
        if self._run is not None:
            raise PipelineStateError("this system has been run; call close(), then reset(), to run it again")
        if self.plan is None:
            self.compile()
        assert self.plan is not None
        run: Run = engines.load(self.engine).open_run(self.plan, self.settings)
        run.start()
        self._run = run
        self._end = weakref.finalize(self, abandon, run)

    def close(self) -> None:
        """Wait for the end of the run. Harmless when there is none, or when called again.

        Raises:
            PipeError: a pipe has failed (said once; afterwards it is in ``report``).
        """
        run = self._run
        if run is None or self.report is not None:
            return
        try:
            run.wait()
        except BaseException:
            self.interrupt()
            raise
        self._conclude(run)
        error = failure_of(run, self.report)
        if error is not None:
            raise error

    def stop(self, timeout: float | None = None) -> None:
        """End the run before its sources do, and wait for it. What was in flight is dropped.

        Args:
            timeout: seconds that workers get for ``local_term`` and ``finally``; left out, the run's
                `stop_timeout`.

        Raises:
            PipeError: a pipe had failed before.
        """
        if self._run is None or self.report is not None:
            return
        self._run.stop(self.settings.stop_timeout if timeout is None else timeout)
        self.close()

    def interrupt(self) -> None:
        """End the run at once, whatever the workers are at; no failure of theirs is raised."""
        if self._run is not None and self.report is None:
            end_now(self._run)
            self._conclude(self._run)

    def reset(self) -> None:
        """Make ready for another run; a run that is still going is stopped first."""
        self.stop()
        self._run = self.report = None

    @property
    def running(self) -> bool:
        """Whether workers are at work."""
        return self._run is not None and not self._run.finished.is_set()

    def items(self) -> Iterator[Any]:
        """What arrives at the open output of an iteration."""
        assert self._run is not None
        return self._run.items()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        with contextlib.suppress(PipeError):  # the exception that is on its way says more
            self.stop()

    def _conclude(self, run: Run) -> None:
        if self._end is not None:
            self._end.detach()
        run.close()
        supervisor = run.supervisor
        grown = tuple(
            f"stream '{name}' was given room for {size} items: every worker was waiting and "
            "it was the smallest full one"
            for name, size in supervisor.grown
        )
        self.report = make_report(
            run.plan,
            supervisor.summaries,
            supervisor.finished,
            run.readings(),
            seconds=run.seconds,
            notes=(*grown, *run.notes),
            stopped=supervisor.stop_asked,
            engine=run.engine,
        )
