"""Picture: what is drawn of a graph, whatever draws it: nodes and edges with their texts."""

from __future__ import annotations

from dataclasses import dataclass

SEVERITIES = ("note", "warning", "error")
"""From the least to the worst; "" is none."""


@dataclass(frozen=True)
class PictureNode:
    """A node.

    Attributes:
        key: unique in the picture.
        kind: the pipe's kind, or "stream", "one of" (a stream that several pipes compete for), "in" and "out"
            (open ends).
        lines: its text; the first line is its name.
        tooltip: more, where the picture can show it.
        severity: of the worst finding about it.
        load: part of the run it was busy, None where that isn't known.
        bottleneck: it held the others up.
        group: number of the worker it shares with others; -1 when it has its own.
    """

    key: str
    kind: str
    lines: tuple[str, ...]
    tooltip: str = ""
    severity: str = ""
    load: float | None = None
    bottleneck: bool = False
    group: int = -1


@dataclass(frozen=True)
class PictureEdge:
    """An arrow.

    Attributes:
        tail, head: keys of nodes.
        label: the position, key, name and bound it was written with.
        back: it leads back to where a loop begins.
        errors: failed items go there.
        unknown: the checks could not decide something about it.
        severity: of the worst finding about its stream.
    """

    tail: str
    head: str
    label: str = ""
    back: bool = False
    errors: bool = False
    unknown: bool = False
    severity: str = ""


@dataclass(frozen=True)
class Picture:
    """Nodes and edges; `plain`: as the documented classes are drawn."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    plain: bool = False
