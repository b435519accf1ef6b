"""The report as a table: text for terminals and logs, HTML for notebooks."""

from __future__ import annotations

from html import escape

from pipeflow.runtime.report.model import PipeReport, RunReport

AROUND = 0.1
"""Starting and ending are named when they took more than this part of the run."""
_COLOURS = {"busy": "#f59e42", "waiting": "#d7dce2", "blocked": "#b58bd6"}


def text(report: RunReport) -> str:
    """The whole report as text."""
    header, rows = _cells(report)
    table = [header, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    last = len(header) - 1
    lines = [
        "  ".join(
            cell.ljust(width) if column in (0, last) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    failed = (f"failed: {failure}" for failure in report.failures)
    notes = (f"note: {note}" for note in report.notes)
    return "\n".join([*lines, ending(report), *failed, report.verdict, *notes])


def html(report: RunReport) -> str:
    """The whole report as an HTML table, with a bar of where each pipe's time went."""
    header, rows = _cells(report)
    heads = "".join(
        f"<th style='text-align:left'>{escape(cell)}</th>" for cell in (*header, "where its time went")
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row)
        + f"<td>{_bar(pipe, report.active)}</td></tr>"
        for row, pipe in zip(rows, report.pipes, strict=True)
    )
    failed = "".join(f"<br>failed: {escape(failure)}" for failure in report.failures)
    notes = "".join(f"<br>note: {escape(note)}" for note in report.notes)
    return (
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{escape(ending(report))}{failed}<br><b>{escape(report.verdict)}</b>{notes}</p>"
    )


def ending(report: RunReport) -> str:
    """How and where the run ended."""
    ended = "failed" if report.failures else "stopped" if report.stopped else "finished"
    rest = report.seconds - report.active
    around = f", {rest:.2f} s of it starting and ending" if rest >= AROUND * report.seconds else ""
    return f"{ended} in {report.seconds:.2f} s on engine '{report.engine}'{around}"


def _cells(report: RunReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    measured = any(pipe.blocked for pipe in report.pipes)
    header = [
        "pipe",
        "workers",
        "taken",
        "sent",
        "items/s",
        "busy",
        "waiting",
        *(["blocked"] if measured else []),
        "",
    ]
    rows: list[tuple[str, ...]] = []
    for pipe in report.pipes:
        spent = [pipe.busy, pipe.waiting, *([pipe.blocked] if measured else [])]
        rows.append(
            (
                pipe.name,
                str(pipe.replicas),
                f"{pipe.taken:,}",
                f"{pipe.sent:,}",
                rate(pipe.taken, report.active),
                *(_part(seconds, pipe, report.active) for seconds in spent),
                _remarks(pipe, report.bottleneck),
            )
        )
    return tuple(header), rows


def rate(count: int, seconds: float) -> str:
    """Items per second, with the digits that mean something."""
    if seconds <= 0:
        return ""
    per_second = count / seconds
    return f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.1f}"


def _part(seconds: float, pipe: PipeReport, whole: float) -> str:
    if pipe.load is None or whole <= 0:
        return ""
    return f"{100 * min(1.0, seconds / (whole * pipe.replicas)):.0f} %"


def _remarks(pipe: PipeReport, bottleneck: str | None) -> str:
    remarks = ["bottleneck"] if pipe.name == bottleneck else []
    remarks += [f"{count:,} {name} ignored" for name, count in pipe.ignored.items()]
    for count, word in (
        (pipe.dropped, "dropped"),
        (pipe.retried, "retried"),
        (pipe.dead_letters, "to the dead letters"),
        (pipe.unpaired, "without a partner"),
        (pipe.not_needed, "not needed"),
        (pipe.discarded, "discarded"),
    ):
        if count:
            remarks.append(f"{count:,} {word}")
    return ", ".join(remarks)


def _bar(pipe: PipeReport, seconds: float) -> str:
    whole = seconds * pipe.replicas
    if pipe.load is None or whole <= 0:
        return ""
    parts = "".join(
        f"<span title='{name}' style='display:inline-block;height:1em;"
        f"width:{100 * min(1.0, getattr(pipe, name) / whole):.1f}%;background:{colour}'></span>"
        for name, colour in _COLOURS.items()
    )
    style = "width:10em;text-align:left;white-space:nowrap;overflow:hidden;background:#f4f5f7"
    return f"<div style='{style}'>{parts}</div>"
