"""``pipeflow draw``: the picture of a flow, as a file."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path
from typing import Any

from pipeflow.checks import check
from pipeflow.cli.choices import verb
from pipeflow.cli.loading import NotLoaded, graph_of, load
from pipeflow.cli.out import say

TEXT = ("mmd", "dot", "gv", "md")
_FORMS = "svg, png, pdf, mmd, md or dot"


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


def form_of(path: Path) -> str:
    """The form that the file's ending names: "mmd", "md", or one of Graphviz's.

    Raises:
        NotLoaded: it names none, or the file can't be written.
    """
    from pipeflow.views.rendering import formats

    kind = path.suffix.removeprefix(".").lower()
    if not kind:
        raise NotLoaded(f"{path} has no ending that says what to write: {_FORMS}")
    if kind not in TEXT and kind not in formats():
        raise NotLoaded(f"{path}: there is no format {kind!r}; the ending may be {_FORMS}")
    if problem := _problem_with(path):
        raise NotLoaded(f"can't write {path}: {problem}")
    return kind


def write(diagram: Any, path: Path) -> None:
    """Write a diagram in the form that the file's ending names.

    Raises:
        NotLoaded: the ending names none, or the file can't be written.
        NoRenderer: nothing on this machine can make the form.
    """
    data = _data(diagram, form_of(path), path)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise NotLoaded(f"can't write {path}: {error.strerror}") from error


def _data(diagram: Any, kind: str, path: Path) -> bytes:
    if kind in ("mmd", "md"):
        text = diagram.to_mermaid()
        return (f"```mermaid\n{text}```\n" if kind == "md" else text).encode()
    if kind in TEXT:
        source: str = diagram.source
        return source.encode()
    try:
        picture: bytes = diagram.pipe(kind, quiet=True)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise NotLoaded(f"{path}: dot made no {kind}: {said or f'exit status {error.returncode}'}") from error
    return picture


def _problem_with(path: Path) -> str:
    """Why the file can't be written, as far as that can be said before."""
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return "" if os.access(path if path.exists() else path.parent, os.W_OK) else "it may not be written"
