"""Reports as JSON."""

from __future__ import annotations

import json
from typing import Any

from tests.checks.asking import report
from tests.checks.pieces import sink, source, work
from tests.checks.test_base import REPORT


def test_all_of_it() -> None:
    assert REPORT.to_dict() == {
        "version": 1,
        "ok": False,
        "pipes": 3,
        "streams": 2,
        "counts": {"error": 1, "warning": 1, "note": 1, "unchecked": 1},
        "findings": [
            finding("PF101", "error", "dangling", "a", "PF101 dangling\n    text", ["fix"]),
            finding("PF302", "warning", "endless", "b", "PF302 endless", []),
            finding("PF501", "note", "many", "c", "PF501 many", []),
        ],
        "unchecked": [
            {"code": "PF201", "reason": "no annotation", "pipes": ["a", "b"], "streams": ["a -> b"]}
        ],
    }


def finding(
    code: str, severity: str, title: str, pipe: str, message: str, fixes: list[str]
) -> dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "title": title,
        "pipes": [pipe],
        "streams": [],
        "places": [],
        "fixes": fixes,
        "message": message,
    }


def test_text_and_places() -> None:
    found = json.loads(report(source("s") >> (work("a") | sink())).to_json())
    (place,) = found["findings"][0]["places"]
    assert place["file"].endswith("pieces.py")
    assert place["line"] > 0
    assert place["cell"] is None


def test_what_it_begins_with() -> None:
    assert REPORT.to_json().splitlines()[:3] == ["{", '  "version": 1,', '  "ok": false,']
    assert "\u00fc" in report(source("\u00fc") >> (work("a") | sink())).to_json()
