from __future__ import annotations

import json
import re

import pytest

from pipeflow.runtime.report import PipeReport, RunReport
from tests.runtime.report.reports import report, row, sampled


def test_the_busiest_is_the_bottleneck() -> None:
    assert report(row("a", 4.0), row("b", 9.0), row("c", 8.0, replicas=2)).bottleneck == "b"


def test_nobody_is_when_all_had_time() -> None:
    assert report(row("a", 4.9), row("b", 1.0)).bottleneck is None
    assert report().bottleneck is None
    assert report(PipeReport("a", "Source", 1)).bottleneck is None


def test_in_one_thread_pipes_divide_its_time() -> None:
    assert report(row("a", 4.0), row("b", 3.5), engine="inline").bottleneck == "a"


def test_rows_by_name() -> None:
    whole = report(row("a", 1.0))
    assert whole["a"].busy == 1.0
    with pytest.raises(KeyError):
        whole["b"]


def test_as_plain_data_it_survives_json() -> None:
    plain = sampled().to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["pipes"][1]["name"] == "<work>"
    assert plain["pipes"][1]["load"] == pytest.approx(0.55)
    assert plain["bottleneck"] == "<work>"
    assert plain["verdict"].startswith("bottleneck: '<work>'")
    assert plain["notes"] == ["grown"]
    assert plain["results"]["work"][0] == 1
    assert "object" in plain["results"]["work"][1]["a"]


def test_results_that_json_cannot_hold() -> None:
    whole = RunReport((), 1.0, {"a": [{(1, 2): 3}]})
    assert json.loads(json.dumps(whole.to_dict()))["results"] == {"a": "[{(1, 2): 3}]"}


def test_the_text() -> None:
    pipe = PipeReport(
        "parse", "Transform", 2, taken=1200, sent=1000, dropped=100, ignored={"ValueError": 90}, retried=3,
        dead_letters=5, unpaired=2, not_needed=4, discarded=1, busy=12.0, waiting=6.0, load=0.6,
    )  # fmt: skip
    lines = str(RunReport((pipe,), 10.0, {}, ("grown",), stopped=True)).splitlines()
    assert lines[0].split() == ["pipe", "workers", "taken", "sent", "items/s", "busy", "waiting"]
    assert lines[1].split()[:9] == ["parse", "2", "1,200", "1,000", "120", "60", "%", "30", "%"]
    assert lines[1].endswith(
        "bottleneck, 90 ValueError ignored, 100 dropped, 3 retried, 5 to the dead letters, "
        "2 without a partner, 4 not needed, 1 discarded"
    )
    assert lines[2] == "stopped in 10.00 s on engine 'process'"
    assert lines[-1] == "note: grown"


def test_starting_and_ending_are_named_when_they_took_long() -> None:
    assert "s of it starting" not in str(RunReport((), 10.0, {}, active=9.5))
    lines = str(RunReport((), 10.0, {}, active=4.0)).splitlines()
    assert "finished in 10.00 s on engine 'process', 6.00 s of it starting and ending" in lines
    assert RunReport((), 10.0, {}).active == 10.0


def test_at_the_prompt_it_is_the_table_too() -> None:
    assert repr(sampled()) == str(sampled())


def test_blocked_is_a_column_where_it_was_measured() -> None:
    pipe = PipeReport("a", "Source", 1, taken=1, busy=1.0, blocked=5.0, load=0.1)
    assert re.search(r"blocked\n.* 50 %", str(RunReport((pipe,), 10.0, {})))


def test_the_html_escapes_names_and_shows_bars() -> None:
    html = sampled()._repr_html_()
    assert "&lt;work&gt;" in html
    assert "<work>" not in html
    assert "width:55.0%" in html
    assert "note: grown" in html


def test_empty_reports_can_be_shown() -> None:
    empty = RunReport((), 0.0, {})
    assert "no bottleneck can be named" in str(empty)
    assert "<table>" in empty._repr_html_()
    assert "<svg" in empty.timeline().svg
