"""Asking for the report of a flow, and for its text without what changes with every edit of a test."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from pipeflow.checks import Finding, Report, Target, check
from pipeflow.graph import build_graph

_HERE = re.compile(r"[^\s(~]*tests/checks/\w+\.py:\d+")


def report(flow: Any, *, strict: bool = False, ignore: Collection[str] = (), **target: Any) -> Report:
    return check(build_graph(flow), Target(**target), strict=strict, ignore=ignore)


def codes(flow: Any, **target: Any) -> list[str]:
    """The codes of all findings, each once."""
    return sorted({finding.code for finding in report(flow, **target).findings})


def only(flow: Any, **target: Any) -> Finding:
    """The one finding of a flow."""
    found = report(flow, **target).findings
    assert len(found) == 1, "\n\n".join(each.message for each in found)
    return found[0]


def text(flow: Any, **target: Any) -> str:
    """The text of the one finding of a flow; places in the tests are written HERE."""
    return neutral(only(flow, **target).message)


def neutral(message: str) -> str:
    return _HERE.sub("HERE", message)
