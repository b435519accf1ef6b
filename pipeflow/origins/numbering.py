"""Where items get their numbers, so that joins can pair: no further up than needed, no item with two numbers.

Each join is paired by numbers given at the nearest single-worker pipe that all its arms come through. Where
such stretches overlap (a diamond within a diamond) the outer numbers serve the inner join as well, so every
stream carries one number at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeflow.graph import before
from pipeflow.origins.content import Number
from pipeflow.origins.flow import Arm, ContentFlow
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


class Numbering:
    """Numbers that items carry from some pipes to some joins.

    Attributes:
        pipes: whose outputs get new numbers, 0, 1, 2, ...
        streams: which streams carry the numbers.
        by_index: with several pipes: number i of one is the partner of number i of the others. Otherwise the
            numbers of two pipes, and of two workers of one pipe, name different items.
    """

    def __init__(self, pipes: Iterable[Pipe], by_index: bool) -> None:
        self.pipes = frozenset(pipes)
        self.streams: frozenset[Stream] = frozenset()
        self.by_index = by_index

    def __repr__(self) -> str:
        return f"Numbering({sorted(pipe.label for pipe in self.pipes)}, {len(self.streams)} streams)"


class _Draft:
    """A numbering that may still be united with another."""

    def __init__(self, pipes: frozenset[Any], by_index: bool) -> None:
        self.pipes = set(pipes)
        self.by_index = by_index
        self.united: _Draft | None = None

    def root(self) -> _Draft:
        found = self
        while found.united is not None:
            found = found.united
        return found


class Numberings:
    """The numberings of all joins of a graph."""

    def __init__(self, flow: ContentFlow, joins: Iterable[Pipe]) -> None:
        self._flow = flow
        self._drafts: dict[Stream, _Draft] = {}
        self._of_join: dict[Pipe, _Draft] = {}
        # Outer stretches first: they begin further up.
        begun = [(self._begin(join), join) for join in joins]
        begun.sort(key=lambda pair: min((flow.position[pipe] for pipe in pair[0]), default=-1))
        for pipes, join in begun:
            self._number(join, pipes)

    def finished(self) -> dict[Pipe, Numbering]:
        """For each join the numbering it pairs by; joins that share one share the object."""
        made: dict[_Draft, Numbering] = {}
        streams: dict[_Draft, set[Stream]] = {}
        for stream, draft in self._drafts.items():
            streams.setdefault(draft.root(), set()).add(stream)
        for draft in self._of_join.values():
            root = draft.root()
            if root not in made:
                made[root] = Numbering(root.pipes, root.by_index)
                made[root].streams = frozenset(streams.get(root, ()))
        return {join: made[draft.root()] for join, draft in self._of_join.items()}

    # ------------------------------------------------------------ where it begins

    def _begin(self, join: Pipe) -> frozenset[Pipe]:
        arms, match = self._flow.arms[join], self._flow.matches[join]
        if match.one_origin:
            pipe = self._nearest(arms, match.numbers[0])
            if pipe is not None:
                return frozenset({pipe})
        return frozenset(pipe for number in match.numbers for pipe in number.pipes)

    def _nearest(self, arms: list[Arm], number: Number) -> Pipe | None:
        """The pipe nearest to the join that everything in its arms came through, item for item."""
        tree = self._flow.dominators
        common: Any = tree.common([arm.stream for arm in arms])
        for node in (self._flow.solo[common], self._pipe_at(common)):
            if node is not None and self._flow.content[node].guards(number) is not None:
                return node if isinstance(node, Pipe) else None
        return None

    def _pipe_at(self, node: Any) -> Any:
        return self._flow.dominators.above(node) if isinstance(node, Stream) else node

    # ------------------------------------------------------------ where it leads

    def _number(self, join: Pipe, pipes: frozenset[Pipe]) -> None:
        match = self._flow.matches[join]
        draft = self._inherited(pipes) or _Draft(pipes, not match.one_origin)
        self._of_join[join] = draft
        for arm, number in zip(self._flow.arms[join], match.numbers, strict=True):
            self._mark(arm.stream, number, draft)

    def _inherited(self, pipes: frozenset[Pipe]) -> _Draft | None:
        """The numbering that already comes through the pipe where a new one would begin."""
        if len(pipes) != 1:
            return None
        (pipe,) = pipes
        if not self._flow.effective(pipe).rate.keeps_origin or pipe.closes_loops:
            return None
        for stream in before(self._flow.graph, pipe):
            if stream in self._drafts:
                return self._drafts[stream].root()
        return None

    def _mark(self, stream: Stream, number: Number, draft: _Draft) -> None:
        stack = [stream]
        while stack:
            stream = stack.pop()
            known = self._drafts.get(stream)
            if known is not None:
                self._unite(known.root(), draft.root())
                continue
            self._drafts[stream] = draft
            for writer in before(self._flow.graph, stream):
                if writer not in draft.root().pipes:
                    stack.extend(self._numbered_inputs(writer, number))

    def _numbered_inputs(self, pipe: Pipe, number: Number) -> list[Stream]:
        if pipe.closes_loops or not self._flow.effective(pipe).rate.keeps_origin:
            return []
        arms = self._flow.arms.get(pipe)
        if arms is None:
            return before(self._flow.graph, pipe)
        return [arm.stream for arm in arms if arm.content.guards(number) is not None]

    def _unite(self, one: _Draft, other: _Draft) -> None:
        if one is not other:
            one.pipes |= other.pipes
            one.by_index = one.by_index or other.by_index
            other.united = one
