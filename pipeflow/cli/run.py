"""``pipeflow run``: run a flow to its end."""

from __future__ import annotations

import argparse
from typing import Any

from pipeflow import verbs as do
from pipeflow.cli.choices import add_strictness, add_where, verb
from pipeflow.cli.loading import Loaded, graph_of, load
from pipeflow.cli.out import remark, say
from pipeflow.errors import PipeError
from pipeflow.graph import Graph, pipe_nodes
from pipeflow.runtime.report import RunReport
from pipeflow.system import PipeSystem


def add_to(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verb(verbs, "run", run, help="run a flow to its end")
    parser.add_argument("flow", metavar="FLOW", help="module:name, or path/to/file.py:name")
    add_strictness(parser)
    add_where(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress, and no report afterwards")


def run(options: argparse.Namespace) -> int:
    """Run a flow to its end; the items of an open output are printed, a line each.

    Exit status: 0 done, 1 the graph has errors or a pipe failed, 2 the flow could not be imported.
    """
    loaded = load(options.flow)
    try:
        report = _run_system(loaded) if isinstance(loaded, PipeSystem) else _run_flow(loaded, options)
    except PipeError as error:
        _say_report(error.report, options)
        raise
    _say_report(report, options)
    return 0


def _run_system(system: PipeSystem) -> RunReport | None:
    """A system of the documented classes carries its own settings."""
    with system:
        system.run()
    return system.report


def _run_flow(flow: Loaded, options: argparse.Namespace) -> RunReport | None:
    how: dict[str, Any] = {
        "start_method": options.start_method,
        "strict": options.strict,
        "ignore": options.ignore,
        "progress": False if options.quiet else None,
    }
    if not _gives_items(graph_of(flow)):
        report: RunReport = do.run(flow, options.engine, **how)
        return report
    with do.stream(flow, options.engine, **how) as items:
        for item in items:
            say(item)
    streamed: RunReport | None = items.report
    return streamed


def _gives_items(graph: Graph) -> bool:
    """Whether its open output is meant for whoever runs it: beside a Sink it was forgotten."""
    return len(graph.graph["outputs"]) == 1 and not any(pipe.kind == "Sink" for pipe in pipe_nodes(graph))


def _say_report(report: RunReport | None, options: argparse.Namespace) -> None:
    if report is not None and not options.quiet:
        # Beside the items, which may be going into a file.
        remark(report)
