"""The picture of a graph as a `graphviz.Digraph`, which shows itself also where there is no ``dot`` program.

A notebook gets SVG where `rendering` finds a layout engine, else Mermaid, which JupyterLab draws in the
browser, and one line of text for more pipes than anybody can look at.
"""

# graphviz has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import graphviz

from pipeflow.graph import Graph
from pipeflow.runtime.report import RunReport
from pipeflow.views.layout import Findings, compose
from pipeflow.views.mermaid import mermaid
from pipeflow.views.picture import Picture, PictureEdge, PictureNode
from pipeflow.views.rendering import NoRenderer, fitting, rendered

LARGEST_SHOWN = 400
"""Nodes a diagram may have to be laid out without being asked: the time grows with their square."""

_COLOURS = {
    "error": ("#fde0dd", "#b3261e"),
    "warning": ("#fff3cd", "#9a6700"),
    "note": ("#e3f2fd", "#1e6fa8"),
    "": ("#ffffff", "#444444"),
}
_SHAPES = {
    "Source": {"shape": "ellipse"},
    "Sink": {"shape": "ellipse"},
    "Transform": {"shape": "box", "style": "rounded,filled"},
    "Regulator": {"shape": "component"},
    "Switch": {"shape": "diamond"},
    "Join": {"shape": "trapezium", "orientation": "-90"},
    "Feedback": {"shape": "cds"},
    "Discard": {"shape": "ellipse", "style": "dashed,filled"},
    "stream": {"shape": "rectangle"},
    "one of": {"shape": "circle", "fontsize": "9", "width": "0.2", "margin": "0.02"},
    "in": {"shape": "circle", "style": "dashed", "fontsize": "9", "width": "0.2", "margin": "0.02"},
    "out": {"shape": "circle", "style": "dashed", "fontsize": "9", "width": "0.2", "margin": "0.02"},
}


class Diagram(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that can be rendered and shown without a ``dot`` program.

    Made by `draw`; everything a Digraph has, it has.

    Attributes:
        picture: what it was drawn from; None in a copy that was made by hand.
    """

    picture: Picture | None = None

    def to_mermaid(self) -> str:
        """The same picture as a Mermaid flowchart, for READMEs.

        Raises:
            ValueError: the diagram was not made by `draw`.
        """
        if self.picture is None:
            raise ValueError("this diagram was not drawn from a graph; only its DOT source is known")
        return mermaid(self.picture)

    def copy(self) -> Diagram:
        """An independent copy."""
        twin: Diagram = super().copy()
        twin.picture = self.picture
        return twin

    def pipe(self, format: str | None = None, *args: Any, **options: Any) -> Any:  # noqa: A002 - documented
        """The picture in `format`, as bytes (as text with ``encoding=...``).

        Raises:
            NoRenderer: nothing on this machine can lay it out.
        """
        try:
            return super().pipe(format, *args, **options)
        except graphviz.ExecutableNotFound:
            made = rendered(self.source, format or self.format)
        encoding = options.get("encoding")
        return made if encoding is None else made.decode(encoding)

    def render(self, filename: Any = None, directory: Any = None, *args: Any, **options: Any) -> str:
        """Write the DOT source and the picture beside it; returns the picture's path.

        Raises:
            NoRenderer: nothing on this machine can lay it out.
        """
        try:
            path: str = super().render(filename, *args, directory=directory, **options)
        except graphviz.ExecutableNotFound:
            return self._rendered_beside(filename, directory, options)
        return path

    def _rendered_beside(self, filename: Any, directory: Any, options: dict[str, Any]) -> str:
        outfile = options.get("outfile")
        kind = options.get("format") or (os.fspath(outfile).rpartition(".")[2] if outfile else self.format)
        made = rendered(self.source, kind)
        path = os.fspath(outfile) if outfile else f"{self.save(filename, directory=directory)}.{kind}"
        with open(path, "wb") as file:
            file.write(made)
        if options.get("cleanup") and not outfile:
            os.remove(path.removesuffix(f".{kind}"))
        return path

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, Any]:
        """What a notebook shows. Never raises: a picture that can't be drawn is text."""
        bundle = self.forms()
        kept = set(bundle if include is None else include) - set(exclude or ())
        return {kind: data for kind, data in bundle.items() if kind in kept}

    def forms(self) -> dict[str, Any]:
        """The forms it can be shown in, by MIME type."""
        if self.picture is not None and len(self.picture.nodes) > LARGEST_SHOWN:
            advice = "write it with  diagram.render('graph', format='svg')"
            return {"text/plain": f"a diagram of {len(self.picture.nodes):,} nodes; {advice}"}
        try:
            return {"image/svg+xml": fitting(rendered(self.source).decode()), "text/plain": repr(self)}
        except NoRenderer as error:
            if self.picture is None:
                return {"text/plain": f"{error}\n\n{self.source}"}
            # Only now: JupyterLab prefers Mermaid where it finds both.
            return {"text/vnd.mermaid": mermaid(self.picture), "text/plain": mermaid(self.picture)}

    def __repr__(self) -> str:
        count = "" if self.picture is None else f" of {len(self.picture.nodes)} nodes"
        return f"<Diagram{count}>"


def draw(
    graph: Graph,
    *,
    draw_streams: bool = False,
    findings: Findings | None = None,
    load: RunReport | None = None,
    fused: Sequence[Sequence[str]] = (),
) -> Diagram:
    """The diagram of a graph.

    Graphs of the documented classes have the nodes and edges their ``diagram()`` always had: an ellipse for
    each pipe, a rectangle for each stream with `draw_streams`, at most one edge between two nodes.

    Args:
        graph: from `build_graph`, or a Flow's ``graph``.
        draw_streams: streams are nodes too.
        findings: of the checks: the pipes and streams they are about are coloured, and the pipes name the
            codes; what a whole report could not decide is dashed.
        load: the report of a run: pipes are coloured by how busy they were, the bottleneck is framed.
        fused: names of pipes that share a worker, group by group, which are framed together; left out, those
            of the run.
    """
    return drawn(compose(graph, draw_streams=draw_streams, findings=findings, load=load, fused=fused))


def drawn(picture: Picture) -> Diagram:
    """The diagram of a picture."""
    diagram = Diagram()
    diagram.picture = picture
    if not picture.plain:
        diagram.attr(rankdir="LR")
        diagram.attr("node", fontname="Helvetica,Arial,sans-serif", fontsize="12", color="#444444")
        diagram.attr("edge", fontname="Helvetica,Arial,sans-serif", fontsize="10", color="#444444")
    for node in picture.nodes:
        diagram.node(node.key, graphviz.escape("\n".join(node.lines)), **_node_style(node, picture.plain))
    for number in sorted({node.group for node in picture.nodes if node.group >= 0}):
        cluster = graphviz.Digraph(f"cluster_{number}")
        cluster.attr(label="one worker", style="rounded,dashed", color="#888888", fontsize="10")
        for node in picture.nodes:
            if node.group == number:
                cluster.node(node.key)
        diagram.subgraph(cluster)
    for edge in picture.edges:
        label = graphviz.escape(edge.label) if edge.label else None
        diagram.edge(edge.tail, edge.head, label, **_edge_style(edge))
    return diagram


def to_mermaid(
    graph: Graph,
    *,
    draw_streams: bool = False,
    findings: Findings | None = None,
    load: RunReport | None = None,
    fused: Sequence[Sequence[str]] = (),
) -> str:
    """The diagram of a graph as a Mermaid flowchart. Arguments as `draw`."""
    return mermaid(compose(graph, draw_streams=draw_streams, findings=findings, load=load, fused=fused))


def _node_style(node: PictureNode, plain: bool) -> dict[str, str]:
    style: dict[str, str] = {}
    if plain:
        style = {"shape": "rectangle"} if node.kind == "stream" else {}
    else:
        style = {"style": "filled", "fillcolor": "#ffffff", **_SHAPES.get(node.kind, _SHAPES["Transform"])}
    if node.tooltip:
        style["tooltip"] = graphviz.escape(node.tooltip)
    if node.load is not None:
        style |= {"fillcolor": _heat(node.load)}
    if node.severity:
        fill, border = _COLOURS[node.severity]
        style |= {"fillcolor": fill, "color": border, "penwidth": "2"}
    if node.bottleneck:
        style |= {"color": "#b3261e", "penwidth": "3"}
    if plain and "fillcolor" in style:
        style["style"] = "filled"
    return style


def _edge_style(edge: PictureEdge) -> dict[str, str]:
    style = {"style": "dashed"} if edge.unknown else {}
    if edge.back:
        # Not part of the ranking: otherwise the layout runs backwards around every loop.
        style |= {"color": "#1e6fa8", "constraint": "false"}
    if edge.severity:
        border = _COLOURS[edge.severity][1]
        style |= {"color": border, "fontcolor": border, "penwidth": "2"}
    if edge.errors:
        style |= {"color": "#b3261e", "fontcolor": "#b3261e"}
    return style


def _heat(load: float) -> str:
    """White when idle to orange when always busy; dark text stays readable on all of it."""
    part = min(1.0, max(0.0, load))
    red, green, blue = (round(255 + part * (end - 255)) for end in (245, 158, 66))
    return f"#{red:02x}{green:02x}{blue:02x}"
