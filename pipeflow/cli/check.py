"""``pipeflow check``: the report of one or several flows, without running them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from pipeflow.checks import Report, Target
from pipeflow.checks import check as check_graph
from pipeflow.checks.reporters import sarif
from pipeflow.cli.choices import add_strictness, add_where, verb
from pipeflow.cli.loading import NotLoaded, graph_of, load
from pipeflow.cli.out import remark, say


def add_to(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verb(verbs, "check", run, help="look for what would go wrong, without running anything")
    parser.add_argument("flows", nargs="+", metavar="FLOW", help="module:name, or path/to/file.py:name")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    add_strictness(parser)
    add_where(parser)


def run(options: argparse.Namespace) -> int:
    """Import flows without running them and print what the checks find.

    Exit status: 0 clean, 1 errors, 2 a flow could not be imported.
    """
    target = Target(engine=options.engine, start_method=options.start_method)
    reports: dict[str, Report] = {}
    missing: dict[str, str] = {}
    for reference in options.flows:
        try:
            graph = graph_of(load(reference))
        except NotLoaded as error:
            remark(f"pipeflow: {error}")
            missing[reference] = str(error)
            continue
        reports[reference] = check_graph(graph, target, strict=options.strict, ignore=options.ignore)
    say(FORMATS[options.format](reports, missing))
    if missing:
        return 2
    return 0 if all(report.ok for report in reports.values()) else 1


def _text(reports: dict[str, Report], missing: dict[str, str]) -> str:
    return "\n\n".join(f"{reference}: {report}" for reference, report in reports.items())


def _json(reports: dict[str, Report], missing: dict[str, str]) -> str:
    flows: list[dict[str, Any]] = [
        {"flow": reference, **report.to_dict()} for reference, report in reports.items()
    ]
    flows += [{"flow": reference, "ok": False, "error": error} for reference, error in missing.items()]
    ok = all(flow["ok"] for flow in flows)
    return json.dumps({"ok": ok, "flows": flows}, indent=2, ensure_ascii=False)


def _sarif(reports: dict[str, Report], missing: dict[str, str]) -> str:
    return sarif.render(reports.values())


FORMATS: dict[str, Callable[[dict[str, Report], dict[str, str]], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
}
