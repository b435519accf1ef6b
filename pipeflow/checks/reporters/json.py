"""A report as JSON, for programs."""

from __future__ import annotations

import json
from typing import Any

from pipeflow.checks._base import Finding, Report
from pipeflow.places import Place

VERSION = 1
"""Of this form: it changes when a key gets another meaning or goes away."""


def render(report: Report) -> str:
    """The whole report as text."""
    return json.dumps(as_dict(report), indent=2, ensure_ascii=False)


def as_dict(report: Report) -> dict[str, Any]:
    """The whole report as plain values."""
    return {
        "version": VERSION,
        "ok": report.ok,
        "pipes": report.pipes,
        "streams": report.streams,
        "counts": {
            "error": len(report.errors),
            "warning": len(report.warnings),
            "note": len(report.notes),
            "unchecked": report.unchecked,
        },
        "findings": [_finding(finding) for finding in report.findings],
        "unchecked": [
            {
                "code": each.code,
                "reason": each.reason,
                "pipes": list(each.pipes),
                "streams": list(each.streams),
            }
            for each in report.unknown
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "title": finding.title,
        "pipes": list(finding.pipes),
        "streams": list(finding.streams),
        "places": [_place(place) for place in finding.places],
        "fixes": list(finding.fixes),
        "message": finding.message,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "cell": place.cell}
