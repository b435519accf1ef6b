"""The verbs of a Flow that make and run a system."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipeflow.choices import no_flag
from pipeflow.engines._base import Settings
from pipeflow.errors import GraphError
from pipeflow.expression import is_a
from pipeflow.flow import Flow
from pipeflow.runtime.report import RunReport
from pipeflow.system.pipe_system import PipeSystem
from pipeflow.system.resuming import ResumableStream
from pipeflow.system.streaming import FlowStream


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
    fuse: bool = False,
    progress: bool | None = None,
    engine_options: Mapping[str, Any] | None = None,
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
        fuse: adjacent one-to-one pipes with one worker each share a worker: no hop between them, and no
            parallelism.
        progress: show what the pipes do while they run; None: after a second, in a terminal or notebook.
        engine_options: what is the engine's own business alone: for "ray", the arguments of ``ray.init``.

    Raises:
        GraphError: the graph has errors, or an option a value that it can't have; nothing was started.
    """
    _must_be_flags(check=check, grow=grow, fuse=fuse, strict=strict)
    if progress is not None:
        _must_be_flags(progress=progress)
    if engine_options is not None and not is_a(engine_options, Mapping):
        raise GraphError(f"engine_options must be a dict, not {engine_options!r}. Nothing was started.")
    settings = Settings(
        start_method=start_method,
        stop_timeout=stop_timeout,
        grow=grow,
        seed=seed,
        address=address,
        fuse=fuse,
        engine_options=engine_options,
    )
    return PipeSystem(flow).compile(
        engine=engine,
        settings=settings,
        iterate=iterate,
        strict=strict,
        ignore=ignore,
        checked=check,
        progress=progress,
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


def stream_flow(
    flow: Flow, engine: str = "process", *, resumable: bool = False, **options: Any
) -> FlowStream:
    """The items of the flow's one open output, made by a run that begins with the first ``next``.

    Options as `compile_flow`, and:

    Args:
        flow: what to run.
        engine: "process", "thread", "inline" or "ray".
        resumable: follow the items, so that ``state_dict()`` says where the stream is.

    Raises:
        GraphError: the graph has errors, or not exactly one open output; nothing was started.
        PipelineStateError: it can't be resumed.
    """
    _must_be_flags(resumable=resumable)
    system = compile_flow(flow, engine, iterate=True, **options)
    return ResumableStream(system) if resumable else FlowStream(system)


def _must_be_flags(**flags: object) -> None:
    """What is no flag is refused: by its truth ``grow="no"`` would mean yes."""
    for name, value in flags.items():
        if wrong := no_flag(name, value):
            raise GraphError(f"{wrong} Nothing was started.")
