"""Reports as HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from pipeflow.checks import Finding, Report
from tests.checks.test_base import REPORT


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.stack.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(report: Report) -> Reader:
    reader = Reader()
    reader.feed(report._repr_html_())
    assert not reader.stack
    return reader


def test_every_finding_is_there() -> None:
    found = read(REPORT)
    assert found.seen == {"div", "p", "b", "pre"}
    for words in ("1 problem, 1 warning, 1 note", "PF101 error: dangling", "text", "PF302 warning: endless"):
        assert words in found.text


def test_the_users_names_are_escaped() -> None:
    hostile = Finding("PF101", "error", "<script>", ("a",), "PF101 <script>alert(1)</script>\n    <b>")
    assert "script" not in read(Report((hostile,))).seen
    assert "<script>alert(1)</script>" in read(Report((hostile,))).text


def test_a_clean_report() -> None:
    assert "no problem in 0 pipes" in read(Report()).text


def test_the_whole_text() -> None:
    assert Report(
        (Finding("PF101", "error", "dangling", ("a",), "PF101 dangling\n    one\n  two"),)
    )._repr_html_() == (
        '<div><p style="color:#c62828;margin:0.3em 0"><b>1 problem in 0 pipes and 0 streams.</b></p>'
        '<div style="border-left:3px solid #c62828;padding:0.2em 0.8em;margin:0.4em 0">'
        '<div><b style="color:#c62828">PF101</b> error: dangling</div>'
        '<pre style="margin:0.3em 0;white-space:pre-wrap;background:none">one\n  two</pre></div></div>'
    )
    assert Report()._repr_html_() == (
        '<div><p style="color:#2e7d32;margin:0.3em 0"><b>no problem in 0 pipes and 0 streams.</b></p></div>'
    )


def test_the_colour_of_the_headline_is_that_of_the_worst() -> None:
    assert '<p style="color:#b26a00' in Report(REPORT.findings[1:])._repr_html_()
    assert '<p style="color:#1565c0' in Report(REPORT.findings[2:])._repr_html_()
