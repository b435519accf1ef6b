"""A report as text, for terminals and exceptions."""

from __future__ import annotations

from pipeflow.checks._base import Report


def render(report: Report) -> str:
    """The whole report."""
    return "\n\n".join([f"{headline(report)}.", *(finding.message for finding in report.findings)])


def refusal(report: Report) -> str:
    """The text of the exception that says nothing was started."""
    count = len(report.errors)
    first = f"{count} problem{'s' if count > 1 else ''} in the graph, nothing was started."
    return "\n\n".join([first, *(finding.message for finding in report.findings)])


def headline(report: Report) -> str:
    """How many findings there are in how large a graph."""
    looked = f"{_count(report.pipes, 'pipe')} and {_count(report.streams, 'stream')}"
    counts = [
        _count(len(found), noun)
        for found, noun in (
            (report.errors, "problem"),
            (report.warnings, "warning"),
            (report.notes, "note"),
        )
        if found
    ]
    text = f"{', '.join(counts)} in {looked}" if counts else f"no problem in {looked}"
    if report.unchecked:
        text += f" ({_count(report.unchecked, 'thing')} could not be checked)"
    return text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
