"""Names that are unique in their graph."""

from __future__ import annotations

from pipeflow.graph.model import Graph, Problem, after, before, name_of
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


def name_pipes(graph: Graph, pipes: list[Pipe], problems: list[Problem]) -> None:
    """Names taken from functors are made unique by order of appearance (rule 7); given ones come first."""
    given: dict[str, list[Pipe]] = {}
    for pipe in pipes:
        if pipe.given_name is not None:
            given.setdefault(pipe.given_name, []).append(pipe)
    for name, same in given.items():
        if len(same) > 1:
            problems.append(Problem("same_name", tuple(same), {"name": name}))
    names = _Names()
    for pipe in sorted(pipes, key=lambda each: each.given_name is None):
        graph.nodes[pipe]["name"] = names.unique(pipe.label)


def name_documented(graph: Graph, pipes: list[Pipe]) -> None:
    """In the documented classes pipes of the same name are numbered from 0."""
    labels = [pipe.label for pipe in pipes]
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    numbers: dict[str, int] = {}
    names = _Names()
    for pipe, label in zip(pipes, labels, strict=True):
        name = label
        if counts[label] > 1:
            numbers[label] = numbers.get(label, -1) + 1
            name = f"{label}_{numbers[label]}"
        graph.nodes[pipe]["name"] = names.unique(name)


def name_streams(graph: Graph) -> None:
    """A stream's own name, or that of the pipes it is between."""
    names = _Names()
    for node in graph:
        if isinstance(node, Stream):
            writers = "|".join(name_of(graph, pipe) for pipe in before(graph, node)) or "?"
            readers = "|".join(name_of(graph, pipe) for pipe in after(graph, node)) or "?"
            graph.nodes[node]["name"] = names.unique(node.label or f"{writers} -> {readers}")


class _Names:
    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """`name`, or with the first number that is free."""
        candidate, number = name, self._numbers.get(name, 1)
        while candidate in self._taken:
            number += 1
            candidate = f"{name}_{number}"
        # Ten thousand pipes of one name must not each count from the beginning.
        self._numbers[name] = number
        self._taken.add(candidate)
        return candidate
