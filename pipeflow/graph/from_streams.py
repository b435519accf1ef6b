"""The graph of the documented list of pipes, each with its upstreams and downstreams."""

from __future__ import annotations

from pipeflow.graph.model import Graph, Part, add_port, after, before, stream_nodes
from pipeflow.graph.naming import name_documented, name_streams
from pipeflow.pipes import Pipe


def from_streams(pipes: list[Pipe]) -> Graph:
    """A stream may have several writers and several competing readers here."""
    graph = Graph()
    pipes = list(dict.fromkeys(pipes))
    for pipe in pipes:
        graph.add_node(pipe, kind="pipe", pipe=pipe)
        for stream in [*pipe.upstreams, *pipe.downstreams]:
            graph.add_node(stream, kind="stream", stream=stream, buffer_size=stream.buffer_size, open="")
    for pipe in pipes:
        _join_to_streams(graph, pipe)
    for stream in stream_nodes(graph):
        open_end = "" if after(graph, stream) else "output"
        graph.nodes[stream]["open"] = open_end if before(graph, stream) else "input"
    graph.graph.update(profile="documented", problems=[], outputs=[])
    name_documented(graph, pipes)
    name_streams(graph)
    return graph


def _join_to_streams(graph: Graph, pipe: Pipe) -> None:
    for number, stream in enumerate(pipe.upstreams):
        add_port(graph, stream, pipe, number)
    count = len(pipe.downstreams)
    for number, stream in enumerate(pipe.downstreams):
        add_port(graph, pipe, stream, (Part(number, count),) if count > 1 else ())
