"""Reports as text."""

from __future__ import annotations

from pipeflow.checks import Report
from pipeflow.checks.reporters import text
from tests.checks.test_base import ERROR, NOTE, REPORT, UNKNOWN, WARNING


def test_the_whole_text() -> None:
    assert str(REPORT) == (
        "1 problem, 1 warning, 1 note in 3 pipes and 2 streams (1 thing could not be checked).\n\n"
        "PF101 dangling\n    text\n\nPF302 endless\n\nPF501 many"
    )


def test_headlines() -> None:
    assert text.headline(Report((), (), 1, 0)) == "no problem in 1 pipe and 0 streams"
    two = Report((ERROR, ERROR), (UNKNOWN, UNKNOWN), 2, 1)
    assert text.headline(two) == "2 problems in 2 pipes and 1 stream (2 things could not be checked)"
    assert text.headline(Report((WARNING, NOTE), (), 2, 1)) == "1 warning, 1 note in 2 pipes and 1 stream"


def test_refusing() -> None:
    two = Report((ERROR, ERROR))
    assert text.refusal(two).startswith("2 problems in the graph, nothing was started.\n\nPF101 dangling")
