"""build_graph: from a description to a networkx DiGraph. The only builder; `model` says what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from pipeflow.flow import Flow
from pipeflow.graph.from_flow import from_flow
from pipeflow.graph.from_streams import from_streams
from pipeflow.graph.model import (
    Errors,
    Graph,
    Key,
    Part,
    Problem,
    Route,
    after,
    arguments,
    before,
    effective,
    is_documented,
    is_spread,
    name_of,
    pipe_nodes,
    routes,
    stream_nodes,
)
from pipeflow.graph.order import downstream
from pipeflow.pipes import Pipe

__all__ = [
    "Errors",
    "Graph",
    "Key",
    "Part",
    "Problem",
    "Route",
    "after",
    "arguments",
    "before",
    "build_graph",
    "downstream",
    "effective",
    "is_documented",
    "is_spread",
    "name_of",
    "pipe_nodes",
    "routes",
    "stream_nodes",
]


def build_graph(description: Flow | Sequence[Pipe]) -> Graph:
    """The graph of a Flow, or of the documented list of pipes with their streams.

    Never raises on a description that could be composed: problems are kept for the checks.
    """
    return from_flow(description) if isinstance(description, Flow) else from_streams(list(description))
