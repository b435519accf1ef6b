"""What a graph is made of: a networkx DiGraph of pipe nodes and stream nodes.

Nodes are the `Pipe` and `Stream` objects themselves (both hash by identity). Attributes:

    pipe node     kind="pipe"    name (unique)   pipe (with the options of all its uses)
    stream node   kind="stream"  name (unique)   stream   buffer_size   open: "", "input" or "output"
    pipe -> stream   ports: tuple of routes; a route is what of the value goes there: () the whole,
                     (Part(1, 2),) the second of two parts, (Key("gt"), Part(0, 3)) a part of what a
                     Switch chose, (Errors(),) the failed items
    stream -> pipe   ports: tuple of ints: which arguments of the functor (a stream may be joined with itself)
    graph            profile: "operators" or "documented"; problems: what composing recorded for the checks;
                     outputs: the open output streams

A stream with several in-edges merges, one with several out-edges is competed for; a dangling one lacks one
of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import networkx as nx

from pipeflow.pipes import Pipe
from pipeflow.routes import Errors as Errors  # noqa: PLC0414
from pipeflow.routes import Key as Key  # noqa: PLC0414
from pipeflow.routes import Part as Part  # noqa: PLC0414
from pipeflow.routes import Route as Route  # noqa: PLC0414
from pipeflow.streams import Stream

if TYPE_CHECKING:
    Graph = nx.DiGraph[Any]
else:
    Graph = nx.DiGraph


@dataclass(frozen=True)
class Problem:
    """Something composing noticed and a check will say, all together with the rest.

    Attributes:
        what: "fed_twice", "conflicting_options", "same_name" or "conflicting_buffer".
        pipes: the pipes it is about.
        detail: what the check needs to say it.
    """

    what: str
    pipes: tuple[Pipe, ...]
    detail: dict[str, Any] = field(default_factory=dict[str, Any])


def pipe_nodes(graph: Graph) -> list[Pipe]:
    """The pipes of a graph, in the order they were written."""
    return [node for node in graph if isinstance(node, Pipe)]


def stream_nodes(graph: Graph) -> list[Stream]:
    """The streams of a graph."""
    return [node for node in graph if isinstance(node, Stream)]


def before(graph: Graph, node: Any) -> list[Any]:
    """A stream's writers, or the streams a pipe reads."""
    return list(graph.predecessors(node))


def after(graph: Graph, node: Any) -> list[Any]:
    """A stream's readers, or the streams a pipe writes."""
    return list(graph.successors(node))


def routes(graph: Graph, pipe: Pipe, stream: Stream) -> tuple[Route, ...]:
    """What of the pipe's values goes to the stream."""
    found: tuple[Route, ...] = graph.edges[pipe, stream]["ports"]
    return found


def arguments(graph: Graph, stream: Stream, pipe: Pipe) -> tuple[int, ...]:
    """Which arguments of the pipe's functor the stream's items become."""
    found: tuple[int, ...] = graph.edges[stream, pipe]["ports"]
    return found


def is_spread(graph: Graph, stream: Stream) -> bool:
    """Whether each item is a Join's tuple, whose parts are the arguments of whoever reads it."""
    writers = before(graph, stream)
    return bool(writers) and all(
        writer.spreads and () in routes(graph, writer, stream) and len(routes(graph, writer, stream)) == 1
        for writer in writers
    )


def effective(graph: Graph, pipe: Pipe) -> Pipe:
    """The pipe with the options of all its uses."""
    found: Pipe = graph.nodes[pipe]["pipe"]
    return found


def name_of(graph: Graph, node: Any) -> str:
    """The unique name of a pipe or stream in its graph."""
    return str(graph.nodes[node]["name"])


def is_documented(graph: Graph) -> bool:
    """Whether it was made of the documented list of pipes, which has rules of its own."""
    return bool(graph.graph.get("profile") == "documented")


def add_port(graph: Graph, tail: Any, head: Any, port: Any) -> None:
    """Join two nodes; an edge keeps all its ports, since a DiGraph has no parallel edges."""
    known: tuple[Any, ...] = graph.edges[tail, head]["ports"] if head in graph.succ[tail] else ()
    if isinstance(port, int) or port not in known:
        known = (*known, port)
    graph.add_edge(tail, head, ports=known)
