"""The same programs on minipipe and on pipeflow: the same items, in the same order where there is one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.documented.harness import Outcome, run

pytestmark = pytest.mark.usefixtures("no_process_left")

# One worker at every place: the order is defined.
IN_ORDER = [
    "accessors",
    "again",
    "chain",
    "class_functors",
    "drops",
    "loop",
    "regulator",
    "sentinel",
    "source_splits",
    "split",
    "started_generator",
]
# Several writers or readers: which comes first is chance.
IN_ANY_ORDER = ["competing", "merge", "replicas", "replicas_of_classes", "seeded"]


def both(program: str, *arguments: str) -> tuple[Outcome, Outcome]:
    ancestor = run(program, "minipipe", *arguments)
    if ancestor.hung:  # it does so by chance: a worker may miss the end of its input
        ancestor = run(program, "minipipe", *arguments)
    ours = run(program, "pipeflow", *arguments)
    assert ancestor.code == 0, ancestor.errors
    assert ours.code == 0, ours.errors
    assert ancestor.delivered
    return ancestor, ours


@pytest.mark.parametrize("program", IN_ORDER)
def test_same_items_in_the_same_order(program: str) -> None:
    ancestor, ours = both(program)
    assert ours.delivered == ancestor.delivered


@pytest.mark.parametrize("program", IN_ANY_ORDER)
def test_same_items(program: str) -> None:
    ancestor, ours = both(program)
    assert ours.sorted() == ancestor.sorted()


@pytest.mark.parametrize("where", ["pipe", "everywhere"])
def test_an_ignored_exception_skips_the_same_items(where: str) -> None:
    ancestor, ours = both("ignored", where)
    assert ours.delivered == ancestor.delivered == {"sink": [0, 1, 2, 4, 6, 7, 8, 9]}


def test_the_same_pictures() -> None:
    ancestor, ours = both("diagrams")
    assert ours.delivered.keys() == ancestor.delivered.keys()
    for which, (source,) in ancestor.delivered.items():
        assert nodes_and_edges(ours.delivered[which][0]) == nodes_and_edges(source), which
    system = nodes_and_edges(ours.delivered["system"][0])
    assert system[0]["sum_2"] == 1
    assert ("sum_0", "split") in system[1]


def nodes_and_edges(dot: str) -> tuple[Counter[str], set[tuple[str, str]]]:
    """Labels of the nodes with how many bear each, and the edges between labels."""
    labels = dict(re.findall(r"^\s*(\w+) \[label=(\w+)", dot, re.MULTILINE))
    edges = re.findall(r"^\s*(\w+) -> (\w+)", dot, re.MULTILINE)
    assert edges
    return Counter(labels.values()), {(labels[tail], labels[head]) for tail, head in edges}


def test_every_program_is_used() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for path in Path(__file__).parent.glob("programs/*.py"):
        if path.stem not in ("__init__", "delivery"):
            assert f'"{path.stem}"' in text, path.stem
