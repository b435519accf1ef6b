"""PipeSystem: what a Flow compiles into, and the documented class of that name. Also running and iterating.

    build   description -> graph -> checks -> plan        (nothing is started)
    run     workers start; returns at once
    close   waits for the end; raises the failure of a pipe, once
    stop    ends a run before its sources end
    reset   makes ready for another run
"""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Any

from typing_extensions import Self

from pipeflow import engines
from pipeflow.checks import Report, Target, check
from pipeflow.engines._base import Run, Settings
from pipeflow.errors import PipeError, PipelineStateError, WorkerDied
from pipeflow.flow import Flow
from pipeflow.graph import Graph, build_graph
from pipeflow.pipes import Pipe
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.messages import Failure
from pipeflow.runtime.report import RunReport, lost_items, make_report
from pipeflow.runtime.supervisor import Death

_OVER = object()
INTERRUPT_GRACE = 1.0
"""Seconds that workers get to stop after Ctrl-C."""


class PipeSystem:
    """A graph of pipes, built, run and closed.

    Args:
        pipes: a Flow, or the documented list of pipes with their upstreams and downstreams.
    """

    def __init__(self, pipes: Flow | Sequence[Pipe]) -> None:
        self.pipes = pipes
        self.report: RunReport | None = None
        self.plan: Plan | None = None
        self.settings = Settings()
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
        settings: Settings = Settings(),
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
        self._end = weakref.finalize(self, _abandon, run)

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
            _end_now(run)
            self._conclude(run)
            raise
        self._conclude(run)
        error = failure_of(run, self.report)
        if error is not None:
            raise error

    def stop(self, timeout: float | None = None) -> None:
        """End the run before its sources do, and wait for it. What was in flight is dropped.

        Args:
            timeout: seconds that workers get for ``local_term`` and ``finally``; left out, the run's `stop_timeout`.

        Raises:
            PipeError: a pipe had failed before.
        """
        if self._run is None or self.report is not None:
            return
        self._run.stop(self.settings.stop_timeout if timeout is None else timeout)
        self.close()

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
        try:
            self.stop()
        except PipeError:
            pass  # the exception that is on its way says more

    def _conclude(self, run: Run) -> None:
        if self._end is not None:
            self._end.detach()
        run.close()
        supervisor = run.supervisor
        grown = tuple(
            f"stream '{name}' was given room for {size} items: every worker was waiting and it was the smallest full one"
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


def failure_of(run: Run, report: RunReport | None) -> PipeError | None:
    """What the caller is to hear of a run that has ended: its first failure, with the later ones attached."""
    supervisor = run.supervisor
    if run.defect is not None:
        return PipeError("pipeflow itself failed while it watched the run", worker_traceback=run.defect)
    errors = [_error(run, problem) for problem in supervisor.problems]
    if not errors:
        lost = [] if supervisor.stop_asked else lost_items(run.plan, run.summaries())
        if not lost:
            return None
        errors = [PipeError("the run ended, but items are missing: " + "; ".join(lost))]
    first = errors[0]
    first.others = tuple(errors[1:])
    first.report = report
    return first


def _error(run: Run, problem: Failure | Death) -> PipeError:
    stage = run.plan.stages[problem.worker.stage]
    who = f"pipe '{stage.name}'" + (f"[{problem.worker.replica}]" if stage.replicas > 1 else "")
    if isinstance(problem, Death):
        return _death(run, problem, stage.name, who)
    where = f", pid {problem.pid}" if problem.pid is not None else ""
    item = f" on item {problem.item}" if problem.item else ""
    shown = f" ({problem.item_repr})" if problem.item_repr is not None and item else ""
    during = "" if problem.during in ("run", "send") else f" in {problem.during}"
    text = f"{who}{where}, failed{during}{item}{shown}: {problem.kind}: {problem.text}".rstrip(": ")
    error = PipeError(
        text,
        pipe=stage.name,
        replica=problem.worker.replica,
        pid=problem.pid,
        item=problem.item,
        item_repr=problem.item_repr,
        worker_traceback=problem.traceback,
    )
    if problem.pickled is not None:
        error.__cause__ = pickle.loads(problem.pickled)
    return error


def _death(run: Run, death: Death, name: str, who: str) -> WorkerDied:
    item = f", on item {death.item}" if death.item else ""
    pid = f", pid {death.pid}" if death.pid is not None else ""
    error = WorkerDied(
        f"{who}{pid}, died: {_cause_of_death(death.exitcode)}{item}. What it had in hand is lost; nothing else was started",
        pipe=name,
        replica=death.worker.replica,
        pid=death.pid,
        item=death.item or None,
    )
    error.exitcode = death.exitcode
    return error


def _cause_of_death(exitcode: int | None) -> str:
    import signal

    if exitcode is None:
        return "it ended without a word"
    if exitcode >= 0:
        return f"it exited with code {exitcode} in the middle of its work (os._exit?)"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    return {"SIGKILL": "SIGKILL (out of memory, or killed)", "SIGSEGV": "SIGSEGV (a crash in compiled code)"}.get(name, name)


def _end_now(run: Run) -> None:
    """The caller was interrupted while it waited: end the workers, whatever it takes."""
    try:
        run.stop(INTERRUPT_GRACE)
        run.wait()
    except BaseException:
        run.kill()
        run.wait(5)
        raise


def _abandon(run: Run) -> None:
    """Nobody holds the system any more, or the interpreter ends."""
    run.stop(0.2)
    run.wait(2)
    run.close()


class FlowStream:
    """The items of a flow's one open output: an iterator and a context manager.

    Attributes:
        report: the `RunReport`, once the run has ended.
    """

    def __init__(self, system: PipeSystem) -> None:
        self._system = system
        self._items: Iterator[Any] | None = None
        self._over = False

    @property
    def report(self) -> RunReport | None:
        """What the run did; None until it has ended."""
        return self._system.report

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if self._over:
            raise StopIteration
        if self._items is None:
            self._system.run()
            self._items = self._system.items()
        try:
            item = next(self._items, _OVER)
        except BaseException:
            self._over = True
            self._leave()
            raise
        if item is _OVER:
            self._over = True
            self._system.close()
            raise StopIteration
        return item

    def close(self) -> None:
        """End the run; what was in flight is dropped."""
        if not self._over:
            self._over = True
            if self._items is not None:
                self._system.stop()

    def _leave(self) -> None:
        run = self._system._run
        if run is not None:
            _end_now(run)
            self._system._conclude(run)

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
        try:
            self.close()
        except Exception:  # there is nobody to tell
            pass


# ---------------------------------------------------------------- the verbs of a Flow


def compile_flow(
    flow: Flow,
    engine: str = "process",
    *,
    iterate: bool = False,
    strict: bool = False,
    ignore: Collection[str] = (),
    check: bool = True,
    start_method: str | None = None,
    stop_timeout: float = 5.0,
    grow: bool = True,
    seed: int | None = None,
    address: str | None = None,
) -> PipeSystem:
    """A built system of a flow: checked and planned, not started.

    Args:
        flow: what to run.
        engine: "process", "thread", "inline" or "ray".
        iterate: the one open output goes to the caller.
        strict: warnings of the checks are errors.
        ignore: codes of checks to be silent about.
        check: False leaves the checks out.
        start_method: "fork", "forkserver" or "spawn"; left out, the platform's.
        stop_timeout: seconds that workers get for ``local_term`` when the run is stopped.
        grow: give the smallest full stream room when everybody waits.
        seed: root of the workers' random seeds.
        address: of a cluster, for engines that have one.

    Raises:
        GraphError: the graph has errors; nothing was started.
    """
    settings = Settings(
        start_method=start_method, stop_timeout=stop_timeout, grow=grow, seed=seed, address=address
    )
    return PipeSystem(flow).compile(
        engine=engine, settings=settings, iterate=iterate, strict=strict, ignore=ignore, checked=check
    )


def run_flow(flow: Flow, engine: str = "process", **options: Any) -> RunReport:
    """Compile, run to the end, and report. Options as `compile_flow`.

    Raises:
        GraphError: the graph has errors; nothing was started.
        PipeError: a pipe failed.
    """
    with compile_flow(flow, engine, **options) as system:
        system.run()
    assert system.report is not None
    return system.report


def stream_flow(flow: Flow, engine: str = "process", **options: Any) -> FlowStream:
    """The items of the flow's one open output, made by a run that begins with the first ``next``.

    Options as `compile_flow`.

    Raises:
        GraphError: the graph has errors, or not exactly one open output; nothing was started.
    """
    return FlowStream(compile_flow(flow, engine, iterate=True, **options))
