"""What a Flow can be told to do. Each verb is a function of the layers above; this is the one module that
reaches up to them, and only when it is called.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal

from pipeflow.choices import no_flag
from pipeflow.errors import GraphError
from pipeflow.flow import Flow

if TYPE_CHECKING:
    # Named here for Flow, whose methods may look no further up than this module.
    from pipeflow.checks import Report as Report  # noqa: PLC0414
    from pipeflow.runtime.report import RunReport as RunReport  # noqa: PLC0414
    from pipeflow.system import PipeSystem as PipeSystem  # noqa: PLC0414
    from pipeflow.views.previewed import Preview as Preview  # noqa: PLC0414


def graph(flow: Flow) -> Any:
    """The networkx DiGraph of the flow's pipes and streams."""
    from pipeflow.graph import build_graph

    return build_graph(flow)


def check(
    flow: Flow,
    *,
    engine: str = "process",
    start_method: str | None = None,
    strict: bool = False,
    ignore: Collection[str] = (),
    intent: Literal["check", "run", "stream"] = "check",
) -> Report:
    """The `Report` of every check; see `pipeflow.checks.check`."""
    from pipeflow.checks import Target
    from pipeflow.checks import check as check_graph
    from pipeflow.engines import must_exist

    must_exist(engine)
    target = Target(engine=engine, start_method=start_method, intent=intent)
    return check_graph(graph(flow), target, strict=strict, ignore=ignore)


def compile(  # noqa: A001
    flow: Flow, engine: str = "process", **options: Any
) -> PipeSystem:
    """A built `PipeSystem`; see `pipeflow.system.compile_flow`."""
    from pipeflow.system import compile_flow

    flow, options = _tuned(flow, options)
    return compile_flow(flow, engine, **options)


def run(flow: Flow, engine: str = "process", **options: Any) -> RunReport:
    """Compile, run, wait, and return the `RunReport`; see `pipeflow.system.run_flow`."""
    from pipeflow.system import run_flow

    flow, options = _tuned(flow, options)
    return run_flow(flow, engine, **options)


def stream(flow: Flow, engine: str = "process", **options: Any) -> Any:
    """An iterator and context manager of the one open output's items; see `pipeflow.system.stream_flow`."""
    from pipeflow.system import stream_flow

    flow, options = _tuned(flow, options)
    return stream_flow(flow, engine, **options)


def to_torch(flow: Flow, engine: str = "process", **options: Any) -> Any:
    """The flow as torch's IterableDataset; see `pipeflow.system.torch_dataset`."""
    from pipeflow.system.torch_dataset import to_torch as make

    flow, options = _tuned(flow, options)
    return make(flow, engine, **options)


def preview(flow: Flow, n: int = 3, *, sinks: bool = False) -> Preview:
    """What each pipe emits for the first items, run in this process; see `pipeflow.views.preview`."""
    from pipeflow import engines
    from pipeflow.engines._base import Settings
    from pipeflow.views.preview import preview as show

    inline = engines.load("inline")
    return show(flow, n, sinks=sinks, open_run=lambda plan: inline.open_run(plan, Settings()))


def diagram(
    flow: Flow, draw_streams: bool = False, *, load: RunReport | None = None, findings: bool = True
) -> Any:
    """A `graphviz.Digraph` of the flow; see `pipeflow.views.diagram`."""
    from pipeflow.views.diagram import draw

    return draw(graph(flow), draw_streams=draw_streams, load=load, findings=check(flow) if findings else None)


def mimebundle(flow: Flow, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """What a notebook shows of the flow; see `pipeflow.views.notebook`."""
    from pipeflow.views.notebook import mimebundle as show

    return show(flow, include, exclude)


def tune(flow: Flow, n: int = 200) -> Any:
    """A new Flow with replicas, buffers and fusion proposed from measurements; see `pipeflow.tune`."""
    from pipeflow.tune import tune as propose

    return propose(flow, n)


def _tuned(flow: Flow, options: dict[str, Any]) -> tuple[Flow, dict[str, Any]]:
    """``tune=True`` tunes first. A tuned flow brings its own answer to whether pipes are to be fused."""
    wanted = options.pop("tune", False)
    if wrong := no_flag("tune", wanted):
        raise GraphError(f"{wrong} Nothing was started.")
    tuned: Flow = tune(flow) if wanted else flow
    tuning = getattr(tuned, "tuning", None)
    return tuned, options if tuning is None else {"fuse": tuning.fuse, **options}
