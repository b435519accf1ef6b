"""What a notebook shows of a flow that ends a cell: its diagram, and what the checks find.

Never an exception: the cell was about composing a flow, and composing it has worked.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from pipeflow.checks import Report, check
from pipeflow.graph import Graph, build_graph
from pipeflow.views.diagram import draw


def mimebundle(
    shown: Any, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> dict[str, Any]:
    """For ``_repr_mimebundle_`` of whatever has a graph.

    Args:
        shown: a flow or a pipe; or a system, which has a ``graph``.
        include: the forms that are wanted; None is all of them.
        exclude: the forms that are not.
    """
    try:
        bundle = _bundle(shown)
    except Exception:  # noqa: BLE001 - see the module
        bundle = {"text/plain": _plain(shown)}
    kept = set(bundle if include is None else include) - set(exclude or ())
    return {kind: data for kind, data in bundle.items() if kind in kept}


def _bundle(shown: Any) -> dict[str, Any]:
    graph: Graph = shown.graph if _has_graph(shown) else build_graph(shown)
    report = check(graph)
    bundle: dict[str, Any] = draw(graph, findings=report).forms()
    plain = _plain(shown)
    if not report.findings:
        return {**bundle, "text/plain": plain}
    svg = bundle.get("image/svg+xml")
    if svg is not None:
        # HTML is preferred to SVG by every front end, so both can be there.
        bundle["text/html"] = f"{_inline(svg)}{_findings(report)}"
    return {**bundle, "text/plain": f"{plain}\n\n{report}"}


def _has_graph(shown: object) -> bool:
    # Asked of the class: a property that fails must not look like none.
    return hasattr(type(shown), "graph")


def _findings(report: Report) -> str:
    messages = "\n\n".join(finding.message for finding in report.findings)
    return f"<pre style='white-space:pre-wrap'>{escape(messages)}</pre>"


def _inline(svg: str) -> str:
    """The element alone: inside HTML there is no XML declaration."""
    return svg[svg.index("<svg") :]


def _plain(shown: Any) -> str:
    try:
        return repr(shown)
    except Exception:  # noqa: BLE001 - see the module
        return f"<{type(shown).__name__}>"
