"""docs/checks.md: every example has the finding that its section shows, and the better one hasn't."""

from __future__ import annotations

import linecache
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeflow.checks import Finding, Target, check, resources, titles
from pipeflow.graph import build_graph

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
FILE = "example.py"


class Section(NamedTuple):
    code: str
    examples: list[str]
    target: dict[str, str]


def target_of(text: str) -> dict[str, str]:
    """The settings in a comment in front of the example: ``<!-- start_method="spawn" -->``."""
    return dict(re.findall(r'<!-- (\w+)="(\w+)" -->', text))


def sections() -> dict[str, str]:
    found = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {text[:5]: text for text in found}


def findings(example: str, names: dict[str, Any], target: dict[str, str]) -> tuple[Finding, ...]:
    """What is said about ``flow``, or ``pipes``, at the end of an example."""
    linecache.cache[FILE] = (len(example), None, example.splitlines(keepends=True), FILE)
    names.setdefault("__name__", "example")
    exec(compile(example, FILE, "exec"), names)
    graph = build_graph(names["flow"] if "flow" in names else names["pipes"])
    return check(graph, Target(**{"start_method": "fork", **target})).findings  # type: ignore[arg-type]


@pytest.mark.parametrize("code", sections())
def test_section(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_cores", lambda: 4)
    text = sections()[code]
    names: dict[str, Any] = {}
    bad, good = EXAMPLE.findall(text)
    (shown,) = SHOWN.findall(text)
    said = findings(bad, names, target_of(text))
    assert [finding.code for finding in said] == [code]
    assert said[0].message == shown
    assert findings(good, names, target_of(text)) == ()


def test_every_code_has_a_section() -> None:
    kept = [code for code in titles() if not code.startswith("PF9")]  # those are for trying
    assert list(sections()) == sorted(kept)
