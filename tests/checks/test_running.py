"""Running the rules: found by file, never raising, ignored and promoted as asked."""

from __future__ import annotations

import pickle
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeflow.checks
from pipeflow import GraphError, Pipe, Transform
from pipeflow.checks import Finding, Target, Unchecked, _guarding, _running, check, rules, titles
from pipeflow.graph import build_graph
from tests.checks.asking import codes, report
from tests.checks.pieces import numbers, pair, show, sink, source, work

S, A, K = source("s"), work("a"), sink()
BAD = S >> (A | K)
FOLDER = Path(pipeflow.checks.__file__).parent


def test_each_file_is_a_rule() -> None:
    files = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    assert set(rules()) == files
    assert len(files) >= 20


def test_each_rule_says_its_code_first() -> None:
    codes: dict[str, str] = {}
    for name in rules():
        module = next(m for m in _running._modules() if m.__name__.endswith(f".{name}"))
        said = re.match(r"(PF\d{3}): (.+)", module.__doc__ or "")
        assert said, name
        # A code of several rules means one thing.
        assert codes.setdefault(said[1], said[2]) == said[2]
    assert set(titles()) == set(codes)
    assert titles()["PF101"] == "results that go nowhere"


def test_each_rule_has_a_test_of_its_name() -> None:
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert set(rules()) <= tests


def test_nothing_else_is_in_the_package() -> None:
    packages = [info.name for info in pkgutil.iter_modules(pipeflow.checks.__path__) if info.ispkg]
    assert packages == ["reporters"]


# ---------------------------------------------------------------- never raising


def broken(graph: Any, target: Target) -> Iterator[Finding]:
    yield Finding("PF999", "note", "said before it failed")
    raise ValueError("a bug")


def test_a_rule_that_fails_is_something_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guarding, "reraise", False)
    monkeypatch.setattr(_running, "rules", lambda: {"broken": broken})
    found = check(build_graph(S >> K))
    assert [f.code for f in found.findings] == ["PF999"]
    assert found.unknown == (Unchecked("", "the check 'broken' itself failed: ValueError: a bug"),)
    assert found.ok


def test_tests_see_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_running, "rules", lambda: {"broken": broken})
    with pytest.raises(ValueError, match="a bug"):
        check(build_graph(S >> K))


class Hostile:
    """An object that answers every question with an exception."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        raise RuntimeError("hash")

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __bool__(self) -> bool:
        raise RuntimeError("bool")

    def __call__(self, item: Any) -> Any:
        raise RuntimeError("call")

    def __reduce__(self) -> Any:
        raise RuntimeError("reduce")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_hostile_functors(method: str) -> None:
    flow = S >> Transform(Hostile(), "h") >> K
    expected = ["PF401"] if method == "spawn" else []
    assert codes(flow, start_method=method) == expected
    assert "PF104" in codes(S >> Transform(Hostile(), "h") >> Transform(Hostile(), "h") >> K)


class Elsewhere:
    """A proxy that has nothing to stand for where the graph is made."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("outside of its context")

    def __call__(self, item: Any) -> Any:
        return item


def test_a_proxy_of_nothing_hides_no_findings() -> None:
    flow = S >> Transform(Elsewhere(), "proxy") >> Transform(pair) >> Transform(numbers) >> show >> K
    expected = ["PF202", "PF203", "PF205"]
    assert codes(flow, start_method="fork") == expected
    assert codes(flow, engine="thread") == expected
    assert codes(flow, start_method="spawn") == [*expected, "PF401"]


class Same(type):
    """Its classes can't be compared."""

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("eq")

    __hash__ = type.__hash__


class Incomparable(metaclass=Same):
    pass


def incomparable(item: Any) -> Incomparable:
    return Incomparable()


def test_an_annotation_that_cannot_be_compared() -> None:
    assert codes(S >> incomparable >> show >> K) == ["PF205"]


def failing_for_a(graph: Any, target: Target) -> Iterator[Finding | Unchecked]:
    def one(pipe: Pipe) -> Iterator[Finding]:
        yield Finding("PF999", "note", f"said of {pipe.label}")
        if pipe is A:
            raise Untold
        yield Finding("PF999", "note", f"more of {pipe.label}")

    return _guarding.each_pipe(graph, "rules.failing", one)


class Untold(Exception):
    def __str__(self) -> str:
        raise RuntimeError("str")


def test_a_pipe_that_fails_costs_what_would_have_been_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guarding, "reraise", False)
    monkeypatch.setattr(_running, "rules", lambda: {"failing": failing_for_a})
    found = check(build_graph(S >> A >> K))
    said = ["said of s", "more of s", "said of a", "said of k", "more of k"]
    assert [f.title for f in found.findings] == said
    assert found.unknown == (Unchecked("", "the check 'failing' itself failed: Untold", ("a",)),)


# ---------------------------------------------------------------- what is reported


def test_ignored_by_call_and_by_pipe() -> None:
    assert [f.code for f in report(BAD).findings] == ["PF101"]
    assert report(BAD, ignore=["PF101"]).findings == ()
    assert report(BAD, ignore=["PF102"]).findings != ()
    assert report(S >> (A.with_(ignore=["PF101"]) | K)).findings == ()


def test_strict_by_call_and_by_target() -> None:
    flow = S >> A * 2 >> work("b").with_(n_processes=2, ordered=True) >> K
    assert report(flow).ok
    assert not report(flow, strict=True).ok
    assert not check(build_graph(flow), Target(strict=True)).ok


def test_the_worst_first_then_by_code_then_in_order() -> None:
    flow = (
        S >> A * 2 >> work("b").with_(n_processes=2, ordered=True) >> (work("d") | K)
        | work("open") >> work("x") >> sink("k2")
        | work("also_open") >> work("x") >> sink("k3")
    )
    found = [(f.code, f.pipes[0]) for f in report(flow).findings]
    assert found == [
        ("PF101", "d"),
        ("PF102", "open"),
        ("PF102", "also_open"),
        ("PF104", "x"),
        ("PF304", "b"),
    ]


def test_the_report_counts_what_was_looked_at() -> None:
    found = report(BAD)
    assert (found.pipes, found.streams) == (3, 3)


def test_reports_survive_pickling() -> None:
    found = report(BAD)
    assert pickle.loads(pickle.dumps(found)) == found


def test_descriptions_are_let_go() -> None:
    from pipeflow.checks import _functors

    report(BAD)
    assert not _functors._known


def test_a_code_to_ignore_that_there_is_not() -> None:
    with pytest.raises(GraphError, match="PF30") as raised:
        check(build_graph(BAD), ignore=["PF3022"])
    assert str(raised.value).startswith("unknown code to ignore 'PF3022'; there are 'PF101', ")
    with pytest.raises(GraphError) as text:
        check(build_graph(BAD), ignore="PF101")
    assert str(text.value) == "ignore must be a list of codes such as ['PF302'], not 'PF101'"
