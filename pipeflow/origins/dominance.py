"""Which pipe every item of a stream has passed: dominators, found on the way down the graph.

`immediate_dominators` of networkx would do for one start; here they are wanted for all joins of a graph with
many sources, in n log n, so each node keeps one jump link to an ancestor (Myers 1983, "An applicative
random-access stack"), which makes the search for a common ancestor logarithmic.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any


class Dominators:
    """A tree that grows in topological order; None is above every source."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {None: None}
        self._jump: dict[Hashable, Hashable] = {None: None}
        self._depth: dict[Hashable, int] = {None: 0}

    def add(self, node: Hashable, before: Iterable[Hashable]) -> None:
        """Add a node that items reach through any of the nodes `before` it."""
        known = [each for each in before if each in self._parent]
        parent = self.common(known)
        up = self._jump[parent]
        depth, jump, up_jump = self._depth, self._jump, self._jump[up]
        even = depth[parent] - depth[up] == depth[up] - depth[up_jump]
        self._parent[node] = parent
        jump[node] = up_jump if even else parent
        depth[node] = depth[parent] + 1

    def common(self, nodes: list[Hashable]) -> Hashable:
        """The nearest node that all of these are behind."""
        if not nodes:
            return None
        found = nodes[0]
        for node in nodes[1:]:
            found = self._meet(found, node)
        return found

    def above(self, node: Any) -> Hashable:
        """The nearest node that everything has passed before this one."""
        return self._parent.get(node)

    def _meet(self, one: Hashable, other: Hashable) -> Hashable:
        one, other = self._level(one, self._depth[other]), self._level(other, self._depth[one])
        while one != other:
            if self._jump[one] != self._jump[other]:
                one, other = self._jump[one], self._jump[other]
            else:
                one, other = self._parent[one], self._parent[other]
        return one

    def _level(self, node: Hashable, depth: int) -> Hashable:
        while self._depth[node] > depth:
            up = self._jump[node]
            node = up if self._depth[up] >= depth else self._parent[node]
        return node
