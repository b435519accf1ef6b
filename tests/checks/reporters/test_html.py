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
