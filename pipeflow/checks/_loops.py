"""Cycles that no Feedback declares."""

from __future__ import annotations

from typing import Any

import networkx as nx

from pipeflow.graph import Graph, after, pipe_nodes
from pipeflow.pipes import Pipe


def undeclared_loops(graph: Graph) -> list[set[Pipe]]:
    """The pipes of each knot of cycles that doesn't pass a Feedback; none in most graphs."""
    declared = {pipe for pipe in pipe_nodes(graph) if pipe.closes_loops}
    # A node without inner edges costs a component of its own; networkx' search does not recurse.
    inside: Any = graph.subgraph(node for node in graph if node not in declared) if declared else graph
    return [
        {node for node in knot if isinstance(node, Pipe)}
        for knot in nx.strongly_connected_components(inside)
        if len(knot) > 1
    ]


def begins_with_items(pipe: Any) -> bool:
    """Whether it is a Feedback that holds items before anything runs: that counts as a source."""
    return bool(pipe.closes_loops) and len(pipe.init) > 0


def shortest_loop(graph: Graph, first: Pipe) -> list[Pipe]:
    """The pipes of a shortest cycle through `first`, in order, without its repetition at the end."""
    came_from: dict[Pipe, Pipe] = {}
    wave = [first]
    while wave:
        further: list[Pipe] = []
        for pipe in wave:
            for following in (reader for stream in after(graph, pipe) for reader in after(graph, stream)):
                if following == first:
                    return _walked(came_from, first, pipe)
                if following not in came_from:
                    came_from[following] = pipe
                    further.append(following)
        wave = further
    return [first]


def _walked(came_from: dict[Pipe, Pipe], first: Pipe, last: Pipe) -> list[Pipe]:
    way = [last]
    while way[-1] != first:
        way.append(came_from[way[-1]])
    return way[::-1]
