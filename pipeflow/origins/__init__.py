"""Where the items of a join begin, and whether it can pair them: pure functions over the graph.

    joins(graph)     a JoinPlan for each pipe with several inputs
    buffers(graph)   a BufferNeed for each join whose arms change the number of items

A join pairs by origin: the i-th item of one arm with the i-th of the other, counted where the arms part
(rule 9 of the language). A pipe that sends one item for each keeps that count, also when it drops some or
finishes them in another order; any other pipe begins a new one. Between a fork and its join, arms that change
the number of items by the same known rate are fine: then the i-th batch meets the i-th batch. The rates are
balanced as in synchronous dataflow (Lee and Messerschmitt 1987).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeflow.graph import Graph, arguments, before, effective, is_documented, pipe_nodes
from pipeflow.origins.buffers import BufferNeed, buffers
from pipeflow.origins.counting import Counted, counted
from pipeflow.origins.flow import Arm, ContentFlow, leaves_out, may_drop, orderly
from pipeflow.origins.numbering import Numbering, Numberings
from pipeflow.origins.pairing import Cause, Match
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream

__all__ = [
    "Arm",
    "BufferNeed",
    "Cause",
    "Counted",
    "JoinPlan",
    "Match",
    "Numbering",
    "buffers",
    "joins",
    "leaves_out",
    "may_drop",
    "orderly",
]


@dataclass(frozen=True)
class JoinPlan:
    """How one pipe with several inputs pairs what reaches it.

    Attributes:
        join: the pipe.
        arms: its arguments in order, each with the stream it comes from.
        pairing: "origin", "key" or "arrival" (always "arrival" in the documented classes).
        match: whether its arms could be paired by origin, whatever the pairing is, and why not.
        numbering: the numbers it pairs by; None when it doesn't pair by origin, or can't.
        counted: the pipes in its arms that may leave nothing out, as their items are counted behind them.
    """

    join: Pipe
    arms: tuple[Arm, ...]
    pairing: str
    match: Match
    numbering: Numbering | None
    counted: dict[Pipe, Counted] = field(default_factory=dict[Pipe, Counted])

    @property
    def pairable(self) -> bool:
        """Whether it can do what it is asked for."""
        return self.pairing != "origin" or self.match.pairable

    @property
    def reason(self) -> str:
        """Why its arms can't be paired by origin; empty when they can."""
        return "" if self.match.pairable else _REASONS[self.match.cause]

    @property
    def numbered_by(self) -> frozenset[Pipe]:
        """The pipes whose outputs get numbers, on the streams in `tagged`."""
        return frozenset() if self.numbering is None else self.numbering.pipes

    @property
    def tagged(self) -> frozenset[Stream]:
        """The streams that carry these numbers, to this join and to others that share them."""
        return frozenset() if self.numbering is None else self.numbering.streams

    @property
    def by_index(self) -> bool:
        """Whether equal numbers of different pipes are partners (otherwise they name different items)."""
        return self.numbering is not None and self.numbering.by_index


_REASONS: dict[Cause, str] = {
    "counts": "its arms change the number of items differently",
    "switch": "no item goes through both of its arms",
    "copies": "an arm carries several items for one of another arm",
    "sources": "an arm merges streams that have no count in common",
    "workers": "an arm's items are made by several workers at once, so they have no order",
}


def joins(graph: Graph) -> list[JoinPlan]:
    """For each pipe with several inputs how it pairs, and where its items are to be numbered.

    Never raises: what can't be known (behind a cycle without Feedback) counts as pairable, unnumbered.
    """
    if not any(_is_join(graph, pipe) for pipe in pipe_nodes(graph)):
        return []
    flow = ContentFlow(graph)
    wanted = [
        pipe
        for pipe, match in flow.matches.items()
        if _pairing(graph, pipe) == "origin" and match.pairable and match.cause != "unknown"
    ]
    numberings = Numberings(flow, wanted).finished()
    return [
        JoinPlan(
            pipe,
            tuple(arms),
            _pairing(graph, pipe),
            flow.matches[pipe],
            numberings.get(pipe),
            counted(flow, pipe) if pipe in numberings else {},
        )
        for pipe, arms in flow.arms.items()
    ]


def _is_join(graph: Graph, pipe: Pipe) -> bool:
    return sum(len(arguments(graph, stream, pipe)) for stream in before(graph, pipe)) > 1


def _pairing(graph: Graph, pipe: Pipe) -> str:
    return "arrival" if is_documented(graph) else effective(graph, pipe).pairs_by
