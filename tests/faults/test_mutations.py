"""Each guarantee's tests fail when its mechanism is taken out (the table: `mutations`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.mutations import MUTATIONS, ROOT, Mutation, applied, run


def test_every_guarantee_has_a_mutation() -> None:
    assert {m.guarantee for m in MUTATIONS} == {f"G{n}" for n in range(1, 24)}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.guarantee} {m.without}")
def test_the_table_is_up_to_date(mutation: Mutation) -> None:
    compile(applied(mutation, ROOT / "pipeflow"), mutation.path, "exec")
    for test in mutation.tests:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text()
        assert not name or re.search(rf"^def {re.escape(name.partition('[')[0])}\(", text, re.MULTILINE), test


def test_every_guarantee_is_a_promise_of_the_page() -> None:
    page = (ROOT / "docs" / "guarantees.md").read_text()
    assert {f"G{n}" for n in range(1, 24)} <= set(re.findall(r"^\| (G\d+) \|", page, re.MULTILINE))


def test_the_page_names_tests_that_there_are() -> None:
    page = (ROOT / "docs" / "guarantees.md").read_text()
    rows = [line.split(" | ")[-1] for line in page.splitlines() if line.startswith("| ") and "](" in line]
    assert len(rows) > 23
    missing: list[str] = []
    for row in rows:
        for link in row.split("; "):
            found = re.match(r"\[.*?\]\(\.\./(tests/[\w/]+\.py)\)(.*)", link)
            for path in re.findall(r"\]\(\.\./(tests/[^)#]+)\)", link):
                if not (ROOT / path).exists():
                    missing.append(path)
            text = (ROOT / found[1]).read_text() if found else ""
            named = re.findall(r"`(test_\w+)`", link)
            missing += [f"{name} in {link[:40]}" for name in named if f"def {name}(" not in text]
            quoted = re.findall(r'"([^"]+)"', link)
            missing += [name for name in quoted if f'"{name}": """' not in text]
    assert not missing


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.guarantee} {m.without}")
def test_without_its_mechanism_a_guarantee_does_not_hold(
    mutation: Mutation, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    seen, said = run(mutation, tmp_path)
    figure(f"{mutation.guarantee} without: {mutation.without}: {said}")
    assert seen, said
