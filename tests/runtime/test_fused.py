"""Several pipes in one worker: the same results, and every failure and number names the single pipe."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from pipeflow.errors import PipeError
from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from pipeflow.system import run_flow
from tests.functors import (
    Boom,
    collected,
    collector,
    double,
    fail_on_three,
    inc,
    odd_only,
    pair,
    split_in_two,
)


def src(n: int = 10, name: str = "src") -> pf.Source[int]:
    return pf.Source(range(n), name)


def names(flow: Any) -> list[str]:
    return [stage.name for stage in plan_of(flow).stages]


def plan_of(flow: Any) -> Plan:
    return compile_plan(build_graph(flow), fuse=True)


def test_runs_of_transforms_become_one_stage() -> None:
    plan = plan_of(src() >> inc >> double >> odd_only >> collector())
    assert [stage.name for stage in plan.stages] == ["src", "inc + double + odd_only", "k"]
    assert [(s.writers, s.readers) for s in plan.streams] == [((0,), (1,)), ((1,), (2,))]
    assert "fused, in one worker: inc + double + odd_only" in str(plan)
    assert "3 fused" in str(plan)
    assert (
        len(compile_plan(build_graph(src() >> inc >> double >> collector())).stages) == 4
    )  # only when asked


@pytest.mark.parametrize(
    "apart",
    [
        pf.Transform(double) * 2,
        pf.Transform(double).with_(on_error="skip"),
        pf.Transform(double).with_(retries=1),
        pf.Transform(double).with_(timeout=1.0),
        pf.Transform(double).with_(on_crash="restart"),
        pf.Regulator(lambda: (yield), "double"),
    ],
)
def test_what_needs_a_worker_of_its_own_keeps_it(apart: Any) -> None:
    assert names(src() >> inc >> apart >> collector()) == [
        "src",
        "inc",
        "double",
        "k",
    ]


def test_brackets_are_not_fused_over() -> None:
    parted = (
        src()
        >> inc
        >> split_in_two
        >> (pf.Transform(inc, "a"), pf.Transform(double, "b"))
        >> pf.Transform(pair)
    )
    assert "inc + split_in_two" in names(parted >> collector()) or "split_in_two" in names(
        parted >> collector()
    )
    assert {"a", "b"} <= set(names(parted >> collector()))
    copied = (
        src() >> inc >> (pf.Transform(double, "a") >> odd_only | pf.Transform(double, "b")) >> collector()
    )
    assert set(names(copied)) == {"src", "inc", "a + odd_only", "b", "k"}


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_results_and_numbers_are_those_of_the_single_pipes(engine: str) -> None:
    flow = src(10) >> inc >> odd_only >> double >> collector()
    alone, together = run_flow(flow, engine), run_flow(flow, engine, fuse=True)
    assert collected(together) == collected(alone) == [2 * x for x in range(1, 11) if x % 2]
    rows = [
        [(p.name, p.kind, p.taken, p.sent, p.dropped) for p in report.pipes] for report in (alone, together)
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_a_failure_names_its_pipe_and_its_item(engine: str) -> None:
    flow = src(10) >> odd_only >> pf.Transform(fail_on_three, "picky") >> double >> collector()
    with pytest.raises(PipeError) as caught:
        run_flow(flow, engine, fuse=True)
    error = caught.value
    assert (error.pipe, error.item, error.item_repr) == ("picky", 2, "3")
    assert isinstance(error.__cause__, Boom)
    rows = {p.name: (p.taken, p.sent) for p in error.report.pipes}
    assert rows["odd_only"] == (4, 2)
    assert rows["picky"] == (2, 1)


class Lives:
    def __init__(self, name: str, fails: str = "") -> None:
        self.name, self.fails = name, fails

    def local_init(self) -> None:
        if self.fails == "local_init":
            raise Boom

    def run(self, x: int) -> int:
        return x

    def local_term(self) -> str:
        if self.fails == "local_term":
            raise Boom
        return f"{self.name} ended"


def test_every_functor_is_begun_and_ended() -> None:
    flow = src() >> pf.Transform(Lives("one"), "one") >> pf.Transform(Lives("two"), "two") >> collector()
    report = run_flow(flow, "process", fuse=True)
    assert (report.results["one"], report.results["two"]) == (["one ended"], ["two ended"])


@pytest.mark.parametrize("where", ["local_init", "local_term"])
def test_a_failure_at_the_ends_names_its_pipe(where: str) -> None:
    flow = (
        src() >> pf.Transform(Lives("one"), "one") >> pf.Transform(Lives("two", where), "two") >> collector()
    )
    with pytest.raises(PipeError, match=f"'two'.*{where}"):
        run_flow(flow, "process", fuse=True)
