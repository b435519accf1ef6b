"""PipeSystem: built, run, closed, reset. One class, a little over 300 lines for its verbs and what they say.

build   description -> graph -> checks -> plan        (nothing is started)
run     workers start; returns at once
close   waits for the end; raises the failure of a pipe, once
stop    ends a run before its sources end
reset   makes ready for another run
"""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
import weakref
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from typing_extensions import Self

from pipeflow import engines
from pipeflow.checks import Report, Target
from pipeflow.engines._base import Run, Settings
from pipeflow.errors import GraphError, PipeError, PipeflowWarning, PipelineStateError
from pipeflow.flow import Flow
from pipeflow.graph import Graph, is_documented, stream_nodes
from pipeflow.pipes import Pipe
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.report import RunReport, fused_names
from pipeflow.system import documented
from pipeflow.system.calls import Calls
from pipeflow.system.ending import abandon, end_now, let_go, report_of
from pipeflow.system.failures import failure_of
from pipeflow.system.findings import checked as checked_graph
from pipeflow.system.findings import graph_of, strict_by_environment, warn_of
from pipeflow.system.interrupts import deferred
from pipeflow.system.logs import Logger, level_of
from pipeflow.system.watching import Watch, watch_for
from pipeflow.views.progress import Watched

_DEFAULTS = Settings()


class PipeSystem:
    """A graph of pipes, built, run and closed (documented class; also what a Flow compiles into).

    Args:
        pipes: the list of pipes with their upstreams and downstreams, in any order; or a Flow.

    Attributes:
        report: the `RunReport` of the last run that was closed.
        plan: what will run; None before `build`.
        findings: what the checks said at `build`.

    Raises:
        CompositionError: for something else than pipes.
    """

    def __init__(self, pipes: Flow | Sequence[Pipe] | Iterator[Pipe]) -> None:
        self.pipes: Flow | Sequence[Pipe] = list(pipes) if isinstance(pipes, Iterator) else pipes
        self.report: RunReport | None = None
        self.plan: Plan | None = None
        self.findings: Report = Report()
        self.settings: Settings = _DEFAULTS
        self.engine: str = "process"
        self.progress: bool | None = False
        self._logger: Logger | None = None
        self._graph: Graph | None = None
        self._run: Run | None = None
        self._beside: tuple[Watch | None, Watched] | None = None
        self._end: weakref.finalize[Any, Any] | None = None
        self._ending = threading.Lock()
        self._calls = Calls()
        self._stop_asked: float | None = None
        """Seconds of grace, when `stop` was called while a run was being started."""

    # ------------------------------------------------------------ before the run

    @property
    def graph(self) -> Graph:
        """The networkx graph of pipes and streams; once it is built, the one that runs."""
        return self._described() if self._graph is None else self._graph

    @property
    def built(self) -> bool:
        """Whether `build` has been called."""
        return self.plan is not None

    def build(
        self,
        log_lvl: str = "INFO",
        monitor: bool = False,
        ignore_exceptions: Collection[type[BaseException]] | None = None,
        *,
        strict: bool = False,
        ignore: Collection[str] = (),
        engine: str = "process",
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        seed: int | None = None,
        progress: bool | None = False,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
    ) -> None:
        """Connect the pipes, check the graph, plan the run. Nothing is started; it may be called again.

        Args:
            log_lvl: "info", "debug", "warning", "error" or "critical", in any case; lower ones aren't logged.
            monitor: log fill level and I/O times of every stream.
            ignore_exceptions: exception classes that skip an item in any pipe, besides each pipe's own.
            strict: warnings are errors; also with the environment variable PIPEFLOW_STRICT=1.
            ignore: codes of checks to be silent about.
            engine: "process", "thread", "inline" or "ray".
            start_method: "fork", "forkserver" or "spawn"; left out, the platform's.
            stop_timeout: seconds that workers get for ``local_term`` when the run is stopped.
            grow: give the smallest full stream room when everybody waits.
            seed: root of the workers' random seeds.
            progress: show what the pipes do while they run; None: after a second, in a terminal or notebook.
            address: of a cluster, for engines that have one.
            engine_options: what is the engine's own business: for "ray", the arguments of ``ray.init``.

        Raises:
            CompositionError: for an unknown `log_lvl`, or something that is no exception class.
            GraphError: the graph has errors, ``.report`` has every finding; or there is nothing to run.
        """
        level_of(log_lvl)
        settings = Settings(
            start_method=start_method,
            stop_timeout=stop_timeout,
            grow=grow,
            seed=seed,
            address=address,
            engine_options=engine_options,
        )
        strict = strict or strict_by_environment()
        graph = self._described()
        if ignore_exceptions is not None:
            documented.ignore_everywhere(graph, ignore_exceptions)
        self._compile(graph, engine, settings, strict=strict, ignore=ignore)
        assert self.plan is not None
        debugs = level_of(log_lvl) <= level_of("debug")
        traced = documented.tracing(graph, self.plan, monitor=monitor, items=debugs)
        self.plan = replace(self.plan, tracing=traced)
        self._logger, self.progress = Logger(log_lvl), progress
        warn_of(self.findings)

    def compile(
        self,
        *,
        engine: str = "process",
        settings: Settings = _DEFAULTS,
        iterate: bool = False,
        strict: bool = False,
        ignore: Collection[str] = (),
        checked: bool = True,
        progress: bool | None = None,
    ) -> Self:
        """Check the graph and plan its run, without the logging of `build`; options as `compile_flow`.

        Raises:
            GraphError: the graph has errors, ``.report`` has every finding; or there is nothing to run.
        """
        self.progress = progress
        graph = self._described()
        self._compile(graph, engine, settings, iterate=iterate, strict=strict, ignore=ignore, checked=checked)
        return self

    def check(
        self,
        *,
        engine: str = "process",
        start_method: str | None = None,
        strict: bool = False,
        ignore: Collection[str] = (),
    ) -> Report:
        """The `Report` of every check; nothing is started and nothing raised. Options as `build`."""
        engines.must_exist(engine)
        target = Target(engine=engine, start_method=start_method, intent="run", strict=strict)
        return checked_graph(self.graph, target, ignore)

    def diagram(self, draw_streams: bool = False) -> Any:
        """A `graphviz.Digraph` of the pipes. What was found at `build` is coloured, but for the documented
        classes; after a run the pipes are coloured by how busy they were.

        Args:
            draw_streams: the streams too, as boxes between the pipes.
        """
        from pipeflow.views.diagram import draw

        graph = self.graph
        return draw(
            graph,
            draw_streams=draw_streams,
            findings=None if is_documented(graph) else self.findings,
            load=self.report,
            fused=() if self.plan is None else fused_names(self.plan),
        )

    def _compile(
        self,
        graph: Graph,
        engine: str,
        settings: Settings,
        *,
        iterate: bool = False,
        strict: bool = False,
        ignore: Collection[str] = (),
        checked: bool = True,
    ) -> None:
        engines.load(engine)
        if not graph:
            raise GraphError("there is nothing to run: the system has no pipes")
        if checked:
            target = Target(engine, settings.start_method, "stream" if iterate else "run", strict)
            self.findings = checked_graph(graph, target, ignore)
            self.findings.raise_if_errors()
        plan = compile_plan(graph, iterate=iterate, fuse=settings.fuse)
        if is_documented(graph):
            plan = documented.detached(plan, one_process=engine in ("thread", "inline"))
        self._graph, self.plan = graph, plan
        self.engine, self.settings, self._logger = engine, settings, None

    def _described(self) -> Graph:
        return graph_of(self.pipes)

    # ------------------------------------------------------------ the run

    def run(self) -> None:
        """Start the workers and return; `close` waits for them. Builds first if that was not done.

        Raises:
            PipelineStateError: it runs, or a run was not closed; or a started generator, or
                another iterator, has been used up, or is to be pulled by several sources.
            GraphError: as `build`.
        """
        if self.nested:
            raise PipelineStateError("run() was called from within another call of the same system")
        with self._calls.inside():
            self._begin()

    def _begin(self) -> None:
        if self._run is not None and self.report is None:
            raise PipelineStateError("this system has been run and not closed; call close() before run()")
        if self.plan is None:
            self.build()
        assert self.plan is not None
        for text in (*documented.pulled_twice(self.graph), *documented.used_up(self.graph)):
            raise PipelineStateError(text)
        self.report = self._run = self._stop_asked = None
        plan = documented.seeded(self.plan, self.graph)
        engine = engines.load(self.engine)
        slow = hasattr(engine, "STARTS_SLOWLY")
        try:
            with contextlib.nullcontext() if slow else deferred():
                self._start(engine.open_run(plan, self.settings))
        except BaseException:
            self._interrupt()  # if it had begun: nobody would hold it
            raise

    def _start(self, run: Run) -> None:
        watch = watch_for(run, self.graph, self._logger)
        run.start()
        watched = Watched(run, self.progress, redirect=run.show_above)
        self._run, self._beside = run, (watch, watched)
        self._end = weakref.finalize(self, abandon, run, watch, watched)
        for stream in stream_nodes(self.graph):
            stream.q.begin(run.finished.is_set)
        if watch is not None:
            watch.start()
        watched.start()
        if self._stop_asked is not None:
            run.stop(self._stop_asked)

    def close(self) -> None:
        """Wait for the end of the run. Harmless when there is none, when called again, and when called from
        within another call of the system, which goes on: by a handler of signals, or by a functor that shares
        the caller's process.

        Raises:
            PipeError: a pipe has failed (said once; afterwards it is in ``report``).
        """
        run = self._run
        if run is None or self.report is not None or self._is_a_parents(run) or self.nested:
            return
        with self._calls.inside():
            try:
                run.wait()
            except BaseException:
                self._interrupt()
                raise
            error = failure_of(run, self.report) if self._conclude(run) else None
        if error is not None:
            raise error

    def stop(self, timeout: float | None = None) -> None:
        """End the run before its sources do, and wait for it. What was in flight is dropped. Called from
        within another call of the system (see `close`), it doesn't wait: that call does.

        Args:
            timeout: seconds that workers get for ``local_term`` and ``finally``; left out, the run's
                `stop_timeout`.

        Raises:
            PipeError: a pipe had failed before.
        """
        grace = self.settings.stop_timeout if timeout is None else timeout
        if self._run is None:
            self._stop_asked = grace
        if self._run is None or self.report is not None or self._is_a_parents(self._run):
            return
        self._run.stop(grace)
        self.close()

    def interrupt(self) -> None:
        """End the run at once, whatever the workers are at; no failure of theirs is raised."""
        with self._calls.inside():
            self._interrupt()

    def _interrupt(self) -> None:
        if self._run is not None and self.report is None and not self._is_a_parents(self._run):
            end_now(self._run)
            self._conclude(self._run)

    def reset(self) -> None:
        """Make ready for another run; a run that is still going is stopped first. Clears term flags.

        A started generator can't be rewound: there is a warning where one has been used up.

        Raises:
            PipeError: a pipe had failed, and no `close` has said so.
            PipelineStateError: called from within another call of the system.
        """
        if self.nested:
            raise PipelineStateError("reset() was called from within another call of the same system")
        try:
            self.stop()
        finally:
            self._run = self.report = None
            documented.clear_term_flags(self.graph)
        for text in documented.used_up_generators(self.graph):
            warnings.warn(f"{text}\nUntil then run() refuses.", PipeflowWarning, stacklevel=2)

    @property
    def running(self) -> bool:
        """Whether workers are at work."""
        return self._run is not None and not self._run.finished.is_set()

    @property
    def nested(self) -> bool:
        """Whether the caller is within another call of this system, or is a functor of its run."""
        return self._calls.nested or (self._run is not None and self._run.works_here())

    @property
    def held(self) -> bool:
        """Whether there is a run that is this process's to end, and that has not been abandoned."""
        return self._end is not None and self._end.alive and not (self._run and self._is_a_parents(self._run))

    def items(self) -> Generator[Any, None, None]:
        """What arrives at the open output of an iteration."""
        assert self._run is not None
        return self._calls.iterate(self._run.items())

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

    @staticmethod
    def _is_a_parents(run: Run) -> bool:
        """Whether this is a child that the script has forked: it can neither end the run nor wait for it."""
        return run.pid != os.getpid()

    def _conclude(self, run: Run) -> bool:
        """Let go of a run that is over; False when another thread has done so."""
        with deferred(), self._ending:
            if self.report is not None:
                return False
            if self._end is not None:
                self._end.detach()
            assert self._beside is not None
            self.report = report_of(run, let_go(run, *self._beside))
            return True
