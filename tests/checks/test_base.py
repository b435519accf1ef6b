"""Report and its exception."""

from __future__ import annotations

import pickle

import pytest

from pipeflow import GraphError
from pipeflow.checks import Finding, Report, Target, Unchecked

ERROR = Finding("PF101", "error", "dangling", ("a",), "PF101 dangling\n    text", ("fix",))
WARNING = Finding("PF302", "warning", "endless", ("b",), "PF302 endless")
NOTE = Finding("PF501", "note", "many", ("c",), "PF501 many")
UNKNOWN = Unchecked("PF201", "no annotation", ("a", "b"), ("a -> b",))
REPORT = Report((ERROR, WARNING, NOTE), (UNKNOWN,), pipes=3, streams=2)


def test_by_severity() -> None:
    assert (REPORT.errors, REPORT.warnings, REPORT.notes) == ((ERROR,), (WARNING,), (NOTE,))
    assert REPORT.unchecked == 1
    assert not REPORT.ok
    assert Report((WARNING, NOTE)).ok


def test_raising() -> None:
    with pytest.raises(GraphError) as raised:
        REPORT.raise_if_errors()
    assert raised.value.report is REPORT
    assert str(raised.value).splitlines()[0] == "1 problem in the graph, nothing was started."
    assert str(raised.value).splitlines()[2] == "PF101 dangling"
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (str(copy), copy.report) == (str(raised.value), REPORT)


def test_nothing_to_raise() -> None:
    Report((WARNING,)).raise_if_errors()


def test_a_finding_is_its_text() -> None:
    assert str(ERROR) == "PF101 dangling\n    text"


def test_a_target_that_there_is_not() -> None:
    with pytest.raises(GraphError, match=r"^unknown intent 'walk'; there are 'run', ") as intent:
        Target(intent="walk")  # type: ignore[arg-type]
    assert "'stream', 'check'." in str(intent.value)
    with pytest.raises(GraphError, match=r"^unknown start method 'frok'; there are ") as method:
        Target(start_method="frok")
    assert "fork" in str(method.value)
    assert Target() == Target("process", None, "check", False)
