"""``pipeflow run``: run a flow to its end."""

from __future__ import annotations

import argparse
from typing import Any

from pipeflow import verbs as do
from pipeflow.cli.choices import add_strictness, add_where, verb
from pipeflow.cli.loading import Loaded, NotLoaded, graph_of, load
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
    parser.set_defaults(engine=None)  # to tell whether it was asked for
    parser.add_argument("--quiet", action="store_true", help="no progress, and no report afterwards")


def run(options: argparse.Namespace) -> int:
    """Run a flow to its end; the items of an open output are printed, a line each.

    Exit status: 0 done, 1 the graph has errors or a pipe failed, 2 the flow could not be imported.
    """
    loaded = load(options.flow)
    run_it = _run_system if isinstance(loaded, PipeSystem) else _run_flow
    try:
        report = run_it(loaded, options)
    except PipeError as error:
        _say_report(error.report, options)
        raise
    _say_report(report, options)
    return 0


def _run_system(system: PipeSystem, options: argparse.Namespace) -> RunReport | None:
    """A system that the module has built carries its own settings."""
    asked = {"engine": options.engine, "start_method": options.start_method}
    asked |= {"strict": options.strict, "ignore": options.ignore}
    how = {option: value for option, value in asked.items() if value}
    if how and system.built:
        given = ", ".join(f"--{option.replace('_', '-')}" for option in how)
        raise NotLoaded(
            f"{options.flow} has been built with settings of its own, which {given} can't change; "
            f"give them to its  build() , or leave  build()  to this command"
        )
    if options.quiet and not system.built:
        how["log_lvl"] = "error"
    with system:
        if how:
            system.build(**how)
        system.run()
    return system.report


def _run_flow(flow: Loaded, options: argparse.Namespace) -> RunReport | None:
    engine = options.engine or "process"
    how: dict[str, Any] = {
        "start_method": options.start_method,
        "strict": options.strict,
        "ignore": options.ignore,
        "progress": False if options.quiet else None,
    }
    if not _gives_items(graph_of(flow)):
        report: RunReport = do.run(flow, engine, **how)
        return report
    with do.stream(flow, engine, **how) as items:
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
