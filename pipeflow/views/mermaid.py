"""Mermaid: the picture as text that a README, a wiki or a notebook without any Graphviz can show."""

from __future__ import annotations

from pipeflow.views.picture import Picture, PictureEdge, PictureNode

_SHAPES = {
    "Source": ("([", "])"),
    "Sink": ("([", "])"),
    "Regulator": ("[[", "]]"),
    "Switch": ("{", "}"),
    "Join": ("[/", "\\]"),
    "Feedback": ("[(", ")]"),
    "Discard": ("([", "])"),
    "stream": ("[/", "/]"),
    "one of": ("((", "))"),
    "in": ("((", "))"),
    "out": ("((", "))"),
}
_PLAIN_SHAPES = {"stream": ("[", "]")}
_STYLES = {
    "error": "fill:#fde0dd,stroke:#b3261e,color:#000000",
    "warning": "fill:#fff3cd,stroke:#9a6700,color:#000000",
    "note": "fill:#e3f2fd,stroke:#1e6fa8,color:#000000",
    "bottleneck": "stroke:#b3261e,stroke-width:4px",
}
_LINES = {"error": "#b3261e", "warning": "#9a6700", "note": "#1e6fa8"}
_ENTITIES = str.maketrans(
    {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\n": " "}
)


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid flowchart."""
    lines = ["flowchart TB" if picture.plain else "flowchart LR"]
    lines += [f"    {_node(node, picture.plain)}" for node in picture.nodes]
    lines += [f"    {_edge(edge)}" for edge in picture.edges]
    for number in sorted({node.group for node in picture.nodes if node.group >= 0}):
        members = [node.key for node in picture.nodes if node.group == number]
        lines += [f'    subgraph w{number}["one worker"]', *(f"        {key}" for key in members), "    end"]
    lines += [
        f"    linkStyle {number} stroke:{_LINES[edge.severity]},stroke-width:2px"
        for number, edge in enumerate(picture.edges)
        if edge.severity
    ]
    marks = {node.key: node.severity or ("bottleneck" if node.bottleneck else "") for node in picture.nodes}
    for mark, style in _STYLES.items():
        marked = [key for key, its in marks.items() if its == mark]
        if marked:
            lines += [f"    classDef {mark} {style}", f"    class {','.join(marked)} {mark}"]
    return "\n".join(lines) + "\n"


def _node(node: PictureNode, plain: bool) -> str:
    opening, closing = ("([", "])") if plain else _SHAPES.get(node.kind, ("[", "]"))
    if plain:
        opening, closing = _PLAIN_SHAPES.get(node.kind, (opening, closing))
    text = "<br/>".join(_escaped(line) for line in node.lines)
    return f'{node.key}{opening}"{text}"{closing}'


def _edge(edge: PictureEdge) -> str:
    arrow = "-.->" if edge.unknown else "-->"
    label = f'|"{_escaped(edge.label)}"|' if edge.label else ""
    return f"{edge.tail} {arrow}{label} {edge.head}"


def _escaped(text: str) -> str:
    """Text inside quotes, with Mermaid's own entities for what it would read as its grammar or as HTML."""
    return text.translate(_ENTITIES)
