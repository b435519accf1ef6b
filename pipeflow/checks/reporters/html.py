"""A report as HTML, for notebooks. No script and no style sheet, so that it survives saving and export."""

from __future__ import annotations

from html import escape

from pipeflow.checks._base import Finding, Report, Severity
from pipeflow.checks.reporters import text

COLOURS: dict[Severity, str] = {"error": "#c62828", "warning": "#b26a00", "note": "#1565c0"}
_GOOD = "#2e7d32"


def render(report: Report) -> str:
    """The whole report: a headline, and a box for each finding."""
    worst = report.findings[0].severity if report.findings else None
    colour = _GOOD if worst is None else COLOURS[worst]
    headline = f'<p style="color:{colour};margin:0.3em 0"><b>{escape(text.headline(report))}.</b></p>'
    return f"<div>{headline}{''.join(_box(finding) for finding in report.findings)}</div>"


def _box(finding: Finding) -> str:
    colour = COLOURS[finding.severity]
    first, _, rest = finding.message.partition("\n")
    body = "\n".join(line[4:] if line.startswith("    ") else line for line in rest.split("\n"))
    title = escape(first.removeprefix(finding.code).strip())
    return (
        f'<div style="border-left:3px solid {colour};padding:0.2em 0.8em;margin:0.4em 0">'
        f'<div><b style="color:{colour}">{escape(finding.code)}</b> {finding.severity}: {title}</div>'
        f'<pre style="margin:0.3em 0;white-space:pre-wrap;background:none">{escape(body)}</pre></div>'
    )
