"""The checked graph: findings name streams as the caller's code does, warnings come at the caller's line."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

from pipeflow.checks import Finding, Report, Target, check
from pipeflow.errors import (
    CompetingReadersWarning,
    CompositionError,
    DanglingStreamWarning,
    GraphWarning,
    PipeflowWarning,
)
from pipeflow.flow import Flow
from pipeflow.graph import Graph, build_graph, is_documented, name_of, stream_nodes
from pipeflow.pipes import Pipe
from pipeflow.places import caller, caller_frame
from pipeflow.streams import Stream

_CATEGORIES: dict[str, type[PipeflowWarning]] = {
    "PF101": DanglingStreamWarning,
    "PF102": DanglingStreamWarning,
    "PF106": CompetingReadersWarning,
}
_MANY = 1000
"""Lists longer than this are not searched for streams."""


def graph_of(description: Flow | Sequence[Pipe]) -> Graph:
    """The graph of a Flow or of the documented list of pipes.

    Raises:
        CompositionError: for a list that holds something else, or streams where a pipe has none.
    """
    members: list[Any] = [] if isinstance(description, Flow) else list(description)
    for member in members:
        if not isinstance(member, Pipe):
            raise CompositionError(
                f"PipeSystem takes a list of pipes (Source, Transform, ...), and {member!r} is none"
            )
        _check_ends(member)
    return build_graph(description)


def _check_ends(pipe: Pipe) -> None:
    ends: list[tuple[str, list[Any], bool, str]] = [
        ("upstreams", [*pipe.upstreams], pipe.has_input, "receives nothing"),
        ("downstreams", [*pipe.downstreams], pipe.has_output, "sends nothing: make it a Transform"),
    ]
    for where, streams, has, why in ends:
        if streams and not has:
            raise CompositionError(f"{pipe.label_with_place} has {where}, but a {pipe.kind} {why}")
        for stream in streams:
            if not isinstance(stream, Stream):
                raise CompositionError(
                    f"{pipe.label_with_place}: {where} is a list of Streams, and {stream!r} is none"
                )


def checked(graph: Graph, target: Target, ignore: Collection[str]) -> Report:
    """What the checks say about the graph, in the words of the caller's code."""
    report = check(graph, target, strict=target.strict, ignore=ignore)
    if not report.findings or not is_documented(graph):
        return report
    # ``Stream()`` has no telling name; the variable that holds it has.
    called = _variables(caller_frame(), stream_nodes(graph))
    names = {name_of(graph, stream): variable for stream, variable in called.items()}
    return replace(report, findings=tuple(_with_variables(finding, names) for finding in report.findings))


def strict_by_environment() -> bool:
    """Whether PIPEFLOW_STRICT asks for warnings to be errors."""
    return os.environ.get("PIPEFLOW_STRICT", "").lower() in ("1", "true", "yes", "on")


def warn_of(report: Report) -> None:
    """Each warning of a report as a Python warning, at the caller's line."""
    place = caller()
    for finding in report.warnings:
        category = _CATEGORIES.get(finding.code, GraphWarning)
        warnings.warn_explicit(finding.message, category, place.file or "<unknown>", place.line)


def _with_variables(finding: Finding, called: dict[str, str]) -> Finding:
    said = [
        f"'{name}' is {variable}"
        for name, variable in called.items()
        if name != variable and (name in finding.streams or f"'{name}'" in finding.message)
    ]
    if not said:
        return finding
    return replace(finding, message=f"{finding.message}\n    In your code {', '.join(said)}.")


def _variables(frame: FrameType | None, streams: list[Stream]) -> dict[Stream, str]:
    """For each stream a name it has in the frame: a variable of its own, or a place in a list or dict."""
    if frame is None:
        return {}
    found: dict[Stream, str] = {}
    wanted = set(streams)
    scopes = (frame.f_locals, frame.f_globals)
    named = [(name, value) for scope in scopes for name, value in scope.items() if not name.startswith("_")]
    for name, value in named:
        if isinstance(value, Stream) and value in wanted:
            found.setdefault(value, name)
    for name, value in named:
        for place, item in _members(value):
            if isinstance(item, Stream) and item in wanted:
                found.setdefault(item, f"{name}[{place!r}]")
    return found


def _members(value: Any) -> list[tuple[Any, Any]]:
    if type(value) not in (list, tuple, dict) or len(value) > _MANY:
        return []
    keys: Any = range(len(value)) if type(value) in (list, tuple) else value
    return [(key, value[key]) for key in keys]
