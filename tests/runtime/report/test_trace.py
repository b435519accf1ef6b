"""The trace, held against what the Trace Event Format asks of each kind of event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeflow.runtime.report import RunReport
from tests.runtime.report.reports import sampled

# By phase: the fields an event must have, with their types.
COMMON = {"name": str, "ph": str, "pid": int, "tid": int, "ts": int, "args": dict}
FIELDS = {"M": COMMON, "X": {**COMMON, "cat": str, "dur": int}, "C": COMMON}
METADATA = {"process_name": "name", "thread_name": "name", "thread_sort_index": "sort_index"}


@pytest.fixture
def events(tmp_path: Path) -> list[dict[str, Any]]:
    sampled().save_trace(tmp_path / "run.json")
    whole = json.loads((tmp_path / "run.json").read_text())
    assert whole["displayTimeUnit"] in ("ms", "ns")
    found: list[dict[str, Any]] = whole["traceEvents"]
    return found


def test_every_event_has_the_fields_of_its_phase(events: list[dict[str, Any]]) -> None:
    assert {event["ph"] for event in events} == set(FIELDS)
    for event in events:
        for name, kind in FIELDS[event["ph"]].items():
            assert isinstance(event[name], kind), (name, event)
        assert event["ts"] >= 0


def test_metadata_is_of_the_known_kinds(events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["ph"] == "M":
            assert METADATA[event["name"]] in event["args"]


def test_counters_hold_numbers_only(events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["ph"] == "C":
            assert event["args"]
            assert all(isinstance(value, (int, float)) for value in event["args"].values())


def test_each_worker_is_a_thread_with_a_name(events: list[dict[str, Any]]) -> None:
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert sorted(names.values()) == ["<work>[0]", "<work>[1]", "src"]
    assert {event["tid"] for event in events if event["ph"] in "XC"} == set(names)


def test_stretches_of_a_thread_follow_each_other(events: list[dict[str, Any]]) -> None:
    for thread in {event["tid"] for event in events}:
        ends = 0
        for event in events:
            if event["ph"] == "X" and event["tid"] == thread:
                assert event["ts"] >= ends
                assert event["dur"] > 0
                ends = event["ts"] + event["dur"]


def test_the_same_state_is_one_stretch(events: list[dict[str, Any]]) -> None:
    busy = [event for event in events if event["ph"] == "X" and event["cat"] == "busy"]
    assert [(event["ts"], event["dur"], event["args"]["items"]) for event in busy] == [(0, 2_000_000, 2)]


def test_a_run_without_samples_has_a_trace_too(tmp_path: Path) -> None:
    RunReport((), 1.0, {}).save_trace(tmp_path / "empty.json")
    assert json.loads((tmp_path / "empty.json").read_text())["traceEvents"][0]["ph"] == "M"
