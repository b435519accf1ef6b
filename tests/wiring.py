"""A graph's edges as lines of text, to be compared with what a person would draw."""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from pipeflow.graph import Errors, Key, Part, before, build_graph, name_of, routes, stream_nodes
from pipeflow.graph.model import after, arguments


def wiring(flow: pf.Flow) -> set[str]:
    """One line for each stream, ``a, b.0 -> c(1)``: writers with their part, readers with their argument."""
    graph = build_graph(flow)
    lines: set[str] = set()
    for stream in stream_nodes(graph):
        writers = [
            name_of(graph, pipe) + "".join(map(_route, route))
            for pipe in before(graph, stream)
            for route in routes(graph, pipe, stream)
        ]
        readers = [
            name_of(graph, pipe) + (f"({position})" if _joins(graph, pipe) else "")
            for pipe in after(graph, stream)
            for position in arguments(graph, stream, pipe)
        ]
        lines.add(f"{', '.join(sorted(writers)) or '?'} -> {', '.join(sorted(readers)) or '?'}")
    return lines


def _route(selector: Any) -> str:
    if isinstance(selector, Part):
        return f".{selector.index}"
    return (
        f"[{selector.key!r}]"
        if isinstance(selector, Key)
        else ".errors"
        if isinstance(selector, Errors)
        else "?"
    )


def _joins(graph: Any, pipe: Any) -> bool:
    return (
        len([position for stream in before(graph, pipe) for position in arguments(graph, stream, pipe)]) > 1
    )
