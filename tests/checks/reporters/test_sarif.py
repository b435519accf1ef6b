"""Reports as SARIF."""

from __future__ import annotations

import json
from typing import Any

from pipeflow.checks import Finding, Report
from pipeflow.checks.reporters import sarif
from pipeflow.places import Place
from tests.checks.test_base import REPORT


def log(*reports: Report) -> Any:
    return json.loads(sarif.render(reports))


def test_one_result_for_each_finding() -> None:
    found = json.loads(REPORT.to_sarif())
    assert found["version"] == "2.1.0"
    (run,) = found["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["PF101", "PF302", "PF501"]
    assert run["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == "results that go nowhere"
    assert [(r["ruleId"], r["ruleIndex"], r["level"]) for r in run["results"]] == [
        ("PF101", 0, "error"),
        ("PF302", 1, "warning"),
        ("PF501", 2, "note"),
    ]
    assert run["results"][0]["message"]["text"] == "PF101 dangling\n    text"


def test_places_are_relative_and_cells_have_none() -> None:
    places = (Place("/elsewhere/a.py", 3), Place("b.py", 4), Place("<ipython-input-1>", 5, cell=1))
    finding = Finding("PF104", "error", "same", ("a", "b"), "text", (), places)
    (result,) = log(Report((finding,)))["runs"][0]["results"]
    (where,) = result["locations"]
    assert where["physicalLocation"]["artifactLocation"]["uri"] == "/elsewhere/a.py"
    assert where["physicalLocation"]["region"]["startLine"] == 3
    assert [each["id"] for each in result["relatedLocations"]] == [1]


def test_several_reports_in_one_log() -> None:
    assert len(log(REPORT, REPORT)["runs"][0]["results"]) == 6
    assert log(Report())["runs"][0]["results"] == []


def test_what_it_begins_with() -> None:
    assert sarif.render([Report()]).splitlines()[:3] == [
        "{",
        '  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",',
        '  "version": "2.1.0",',
    ]
    assert log(Report())["runs"][0]["tool"]["driver"] == {"name": "pipeflow", "rules": []}


def test_one_place_has_no_related_ones() -> None:
    finding = Finding("PF104", "error", "\u00fc", ("a",), "\u00fc", (), (Place("C:\\flows\\a.py", 0),))
    (result,) = log(Report((finding,)))["runs"][0]["results"]
    assert "relatedLocations" not in result
    (where,) = result["locations"]
    assert where["physicalLocation"]["region"] == {"startLine": 1}
    assert "\\" not in where["physicalLocation"]["artifactLocation"]["uri"]
    assert "\u00fc" in sarif.render([Report((finding,))])
