"""``pipeflow draw``: the picture of a flow, as a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeflow.checks import check
from pipeflow.cli.choices import verb
from pipeflow.cli.loading import NotLoaded, graph_of, load
from pipeflow.cli.out import say

TEXT = ("mmd", "dot", "gv", "md")


def add_to(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verb(verbs, "draw", run, help="draw a flow as SVG, PNG, Mermaid or DOT")
    parser.add_argument("flow", metavar="FLOW", help="module:name, or path/to/file.py:name")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="its ending says the form: svg, png, pdf, mmd or md (Mermaid), dot; left out: Mermaid, printed",
    )
    parser.add_argument("--streams", action="store_true", help="draw streams as nodes too")
    parser.add_argument("--plain", action="store_true", help="don't colour what the checks find")


def run(options: argparse.Namespace) -> int:
    """Draw a flow without running it.

    Exit status: 0 done, 1 nothing on this machine can make that format, 2 the flow could not be imported.
    """
    graph = graph_of(load(options.flow))
    from pipeflow.views.diagram import draw

    findings = None if options.plain else check(graph).findings
    diagram = draw(graph, draw_streams=options.streams, findings=findings)
    if options.output is None:
        say(diagram.to_mermaid(), end="")
        return 0
    write(diagram, Path(options.output))
    say(f"wrote {options.output}")
    return 0


def write(diagram: Any, path: Path) -> None:
    """Write a diagram in the form that the file's ending names.

    Raises:
        NotLoaded: the path has no ending, or can't be written.
        NoRenderer: nothing on this machine can make the form.
    """
    kind = path.suffix.removeprefix(".").lower()
    if not kind:
        raise NotLoaded(f"{path} has no ending that says what to write: svg, png, pdf, mmd, md or dot")
    if kind in ("mmd", "md"):
        text = diagram.to_mermaid()
        data = (f"```mermaid\n{text}```\n" if kind == "md" else text).encode()
    elif kind in TEXT:
        data = diagram.source.encode()
    else:
        data = diagram.pipe(kind)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise NotLoaded(f"can't write {path}: {error.strerror}") from error
