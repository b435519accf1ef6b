"""Reports as SARIF 2.1.0, which code hosts show beside the lines they are about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pipeflow.checks._base import Finding, Report, Severity
from pipeflow.places import Place, short_path

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "note"}


def render(reports: Iterable[Report]) -> str:
    """One log with the findings of all these reports."""
    return json.dumps(as_dict(reports), indent=2, ensure_ascii=False)


def as_dict(reports: Iterable[Report]) -> dict[str, Any]:
    """The log as plain values."""
    from pipeflow.checks._running import titles

    findings = [finding for report in reports for finding in report.findings]
    known = titles()
    codes = sorted({finding.code for finding in findings})
    rules = [{"id": code, "shortDescription": {"text": known.get(code, code)}} for code in codes]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "pipeflow", "rules": rules}},
                "results": [_result(finding, codes) for finding in findings],
            }
        ],
    }


def _result(finding: Finding, codes: list[str]) -> dict[str, Any]:
    places = [place for place in finding.places if place.file and place.cell is None]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(place) for place in places[:1]],
    }
    if places[1:]:
        result["relatedLocations"] = [
            {**_location(place), "id": number} for number, place in enumerate(places[1:], start=1)
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    uri = short_path(place.file).replace("\\", "/")
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": max(place.line, 1)}}
    }
