"""Dominators, against those of networkx on random graphs."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.origins.dominance import Dominators


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """For each node the nodes before it, all of lower number."""
    size = draw(st.integers(1, 30))
    return [
        sorted(draw(st.sets(st.integers(0, node - 1), max_size=4))) if node else [] for node in range(size)
    ]


@given(graphs())
def test_as_networkx_says(above: list[list[int]]) -> None:
    tree = Dominators()
    graph = nx.DiGraph()
    graph.add_node("root")
    for node, before in enumerate(above):
        tree.add(node, before)
        graph.add_edges_from((each, node) for each in before or ["root"])
    expected = nx.immediate_dominators(graph, "root")
    for node in range(len(above)):
        assert tree.above(node) == (None if expected[node] == "root" else expected[node])


@given(graphs(), st.data())
def test_the_common_one_is_above_all(above: list[list[int]], data: st.DataObject) -> None:
    tree = Dominators()
    for node, before in enumerate(above):
        tree.add(node, before)
    chosen = data.draw(st.lists(st.integers(0, len(above) - 1), min_size=1, max_size=5))
    common = tree.common(chosen)
    chains = [chain(tree, node) for node in chosen]
    shared = [node for node in chains[0] if all(node in other for other in chains)]
    assert common == shared[0]


def chain(tree: Dominators, node: int | None) -> list[int | None]:
    found = [node]
    while found[-1] is not None:
        found.append(tree.above(found[-1]))  # type: ignore[arg-type]
    return found


def test_a_long_chain_is_no_deep_recursion() -> None:
    tree = Dominators()
    for node in range(50_000):
        tree.add(node, [node - 1] if node else [])
    assert tree.common([49_999, 25_000]) == 25_000
