"""The order in which items come through a graph."""

from __future__ import annotations

from collections import deque
from typing import Any

from pipeflow.graph.model import Graph, after, before


def downstream(graph: Graph) -> list[Any]:
    """All nodes, writers before readers.

    What a Feedback takes back doesn't come before what it gives; nodes in and behind cycles that no Feedback
    declares come last, as they were written.
    """
    waiting = {node: _inward(graph, node) for node in graph}
    ready = deque(node for node, count in waiting.items() if not count)
    order: list[Any] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for later in after(graph, node):
            waiting[later] -= 1
            if not waiting[later] and _inward(graph, later):
                ready.append(later)
    reached = set(order)
    return order + [node for node in graph if node not in reached]


def _inward(graph: Graph, node: Any) -> int:
    return 0 if getattr(node, "closes_loops", False) else len(before(graph, node))
