"""The whole of what is said about each bad graph, as whole_texts.txt has it.

python -m tests.checks.test_whole_texts     writes that file anew: read what changed
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeflow.checks import Report, resources
from tests.checks import more_bad_graphs  # it adds to BAD
from tests.checks.asking import neutral, report
from tests.checks.bad_graphs import BAD

PAGE = Path(__file__).with_name("whole_texts.txt")
assert more_bad_graphs


@pytest.fixture(autouse=True)
def _a_small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    make_small(monkeypatch)


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_cores", lambda: 4)
    monkeypatch.setattr(resources, "available_gpus", lambda: 1)
    monkeypatch.setattr(resources, "_has_lock", lambda: True)


def written(found: Report) -> str:
    """Everything in the findings that does not change with the place of the test."""
    texts: list[str] = []
    for finding in found.findings:
        places = " ".join(neutral(f"({place})") for place in finding.places)
        texts += [
            f"{finding.severity}: {', '.join(finding.pipes)} [{'; '.join(finding.streams)}] {places}",
            # How far right an arrow is depends on the path in the line above.
            re.sub(r"^ +\^", "    ^", neutral(finding.message), flags=re.MULTILINE),
            *(f"fix: {fix}" for fix in finding.fixes),
        ]
        assert finding.message.startswith(f"{finding.code} {finding.title}")
    return "\n".join(texts)


def kept() -> dict[str, str]:
    """The texts by the name of their graph."""
    parts = re.split(r"^=== (\w+)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.rstrip("\n") for text in parts[2::2]), strict=True))


def said(name: str) -> str:
    make, target = BAD[name]
    return written(report(make(), **target))


@pytest.mark.parametrize("name", BAD)
def test_all_that_is_said(name: str) -> None:
    assert said(name) == kept()[name]


def test_no_text_is_left_over() -> None:
    assert list(kept()) == list(BAD)
    assert all(kept().values())


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        text = "\n\n".join(f"=== {name}\n{said(name)}" for name in BAD)
        PAGE.write_text(f"{text}\n", encoding="utf-8")
