"""docs/migrating.md: both spellings of each construct deliver the same, and each difference has its test."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from pipeflow import CompetingReadersWarning, Flow, PipeSystem, Sink, Transform
from pipeflow.graph import pipe_nodes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "migrating.md").read_text()
SECTIONS = dict(re.findall(r"^### (.+?)\n(.+?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shared() -> dict[str, Any]:
    """What the page defines before its first section."""
    scope: dict[str, Any] = {}
    for block in blocks(PAGE.partition("## Side by side")[0]):
        exec(block, scope)
    return scope


def delivered(runs: Flow | PipeSystem) -> dict[str, list[Any]]:
    """What each sink received, whatever the order."""
    if isinstance(runs, Flow):
        report: Any = runs.run(engine="thread")  # type: ignore[attr-defined]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CompetingReadersWarning)
            runs.build("critical", engine="thread")
        runs.run()
        runs.close()
        report = runs.report
    return {
        name: sorted((item for items in workers for item in items), key=repr)
        for name, workers in report.results.items()
    }


@pytest.mark.parametrize("title", [title for title in SECTIONS if title != "Running"])
def test_both_spellings_deliver_the_same(title: str) -> None:
    documented, *spellings = blocks(SECTIONS[title])
    scope = shared()
    exec(documented, scope)
    wanted = delivered(scope.get("psys") or scope["pline"])
    assert wanted
    assert spellings
    for spelling in spellings:
        exec(spelling, scope)
        assert delivered(scope["flow"]) == wanted, spelling


def test_running() -> None:
    scope = shared()
    for block in blocks(SECTIONS["A line, with several workers and a buffer"]) + blocks(SECTIONS["Running"]):
        exec(block, scope)
    assert repr(scope["pline"]) == "PipeLine source >> double*3 >> sink"
    assert scope["report"]["double"].taken == 10
    assert sum(scope["pline"].report[f"double_{n}"].taken for n in range(3)) == 10


def test_the_keywords_of_build_are_listed() -> None:
    (listed,) = re.findall(
        r"further keywords:(.*?)\.\n", SECTIONS["Running"].replace("\nfurther", " further")
    )
    names = re.findall(r"`(\w+)`", listed)
    keywords = PipeSystem.build.__kwdefaults__
    assert sorted(names) == sorted(keywords or {})


def test_each_difference_has_its_test() -> None:
    defined = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.is_relative_to(ROOT / "tests" / "documented")
        or path.is_relative_to(ROOT / "tests" / "system")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    named = re.findall(r"^\| .* \| `(test_\w+)` \|$", PAGE, re.MULTILINE)
    assert len(named) >= 20
    assert set(named) <= defined
    better = (Path(__file__).parent / "test_better_than_the_ancestor.py").read_text()
    ours = set(re.findall(r"^def (test_(?!the_ancestor)\w+)", better, re.MULTILINE))
    assert ours <= set(named), "each intended difference is listed on the page"


def test_pipes_without_a_name_are_called_like_their_functors() -> None:
    def work(x: Any) -> Any:
        return x

    system = PipeSystem([Transform(work), Sink(work), Transform(lambda x: x)])
    names = [system.graph.nodes[pipe]["name"] for pipe in pipe_nodes(system.graph)]
    assert names == ["work_0", "work_1", "Transform"]
