"""The panel as text and as HTML."""

from __future__ import annotations

from html import escape

from pipeflow.runtime.report.table import rate
from pipeflow.views.progress.panel import Panel, PanelRow

HEADER = ("pipe", "items", "items/s", "busy", "waiting", "blocked", "in front", "")
_COLOURS = (("busy", "#f59e42"), ("waiting", "#d7dce2"), ("blocked", "#b58bd6"))


def cells(row: PanelRow) -> tuple[str, ...]:
    """A row as text."""
    items = f"{row.taken:,}" if row.total is None else f"{row.taken:,} of {row.total:,}"
    remark = "bottleneck" if row.bottleneck else "over" if row.over else ""
    return (
        f"{row.name}*{row.workers}" if row.workers > 1 else row.name,
        items,
        rate(round(row.rate * 10), 10.0),
        *(f"{100 * part:.0f} %" for part in (row.busy, row.waiting, row.blocked)),
        fill(row),
        remark,
    )


def fill(row: PanelRow) -> str:
    """How many items wait in front of a pipe."""
    if row.waiting_items is None:
        return ""
    return f"{row.waiting_items:,}" if row.room is None else f"{row.waiting_items:,} of {row.room:,}"


def headline(panel: Panel) -> str:
    """How far the run is."""
    words = [f"{'ran' if panel.finished else 'running for'} {duration(panel.seconds)}"]
    if panel.done is not None and not panel.finished:
        words.append(f"{100 * panel.done:.0f} % done")
    if panel.left is not None:
        words.append(f"about {duration(panel.left)} left")
    return ", ".join(words)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def text(panel: Panel) -> list[str]:
    """The whole panel as lines."""
    table = [HEADER, *(cells(row) for row in panel.rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    last = len(HEADER) - 1
    lines = [
        "  ".join(
            cell.ljust(width) if column in (0, last) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    return [*lines, headline(panel)]


def line(panel: Panel) -> str:
    """The panel in one line: how far, how fast the end is, and what holds it up."""
    last = panel.rows[-1] if panel.rows else None
    words = [headline(panel)]
    if last is not None:
        words.append(f"{last.name} {last.taken:,} items, {rate(round(last.rate * 10), 10.0)}/s")
    words += [f"bottleneck {row.name} ({100 * row.busy:.0f} % busy)" for row in panel.rows if row.bottleneck]
    return "; ".join(words)


def html(panel: Panel) -> str:
    """The panel as a table, with a bar of where each pipe's time goes."""
    heads = "".join(f"<th style='text-align:left'>{escape(cell)}</th>" for cell in (*HEADER, "time"))
    body = "".join(_html_row(row) for row in panel.rows)
    return (
        f"<div class='pipeflow-panel'><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{escape(headline(panel))}</p></div>"
    )


def _html_row(row: PanelRow) -> str:
    weight = "bold" if row.bottleneck else "normal"
    texts = "".join(
        f"<td style='text-align:left;font-weight:{weight}'>{escape(cell)}</td>" for cell in cells(row)
    )
    parts = "".join(
        f"<span title='{name}' style='display:inline-block;height:1em;"
        f"width:{100 * getattr(row, name):.1f}%;background:{colour}'></span>"
        for name, colour in _COLOURS
    )
    style = "width:10em;text-align:left;white-space:nowrap;overflow:hidden;background:#f4f5f7"
    return f"<tr>{texts}<td><div style='{style}'>{parts}</div></td></tr>"
