from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.errors import PipeError, PipelineStateError
from pipeflow.flow import pipes_of
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.system import run_flow
from pipeflow.tune import Sample, measure, propose, tune
from tests.functors import collected, collector, double, fail_on_three, inc, odd_only, rebatch


def src(n: int = 1000, name: str = "src") -> pf.Source[int]:
    return pf.Source(range(n), name)


def slow(x: int) -> int:
    time.sleep(0.002)
    return x


class Keeps:
    def run(self, x: int) -> int:
        return x


def sample(each: float, calls: int = 100, size: int = 40) -> Sample:
    return Sample(calls, each * calls, calls, size * calls)


def proposed(flow: Any, seconds: dict[str, float], cores: int = 4, **sizes: int) -> Any:
    """The tuning of a flow whose pipes take so long for each of 100 items."""
    graph = build_graph(flow)
    plan = compile_plan(graph)
    samples = {s.name: sample(seconds.get(s.name, 1e-6), size=sizes.get(s.name, 40)) for s in plan.stages}
    return propose(graph, plan, samples, cores)


def options(tuning: Any) -> dict[str, Any]:
    return {p.name: p.options for p in tuning.proposals if p.options}


def test_a_sample_sees_so_many_items_and_no_sink_is_called() -> None:
    called: list[int] = []
    plan = compile_plan(
        build_graph(src() >> odd_only >> pf.Regulator(rebatch) >> pf.Sink(called.append, "k"))
    )
    samples = measure(plan, 40)
    assert called == []
    assert (samples["src"].calls, samples["odd_only"].calls, samples["rebatch"].calls) == (40, 40, 20)
    assert samples["odd_only"].results == 20
    assert not samples["k"].measured


def test_the_most_loaded_pipe_gets_workers_within_the_cores_and_keeps_its_order() -> None:
    tuning = proposed(src() >> pf.Transform(slow) >> pf.Transform(inc) >> collector(), {"slow": 2e-3})
    assert options(tuning) == {"slow": {"n_processes": 4, "ordered": True}}
    even = proposed(
        src() >> pf.Transform(slow) >> pf.Transform(inc) >> collector(), {"slow": 2e-3, "inc": 2e-3}
    )
    assert options(even) == {name: {"n_processes": 2, "ordered": True} for name in ("slow", "inc")}


@pytest.mark.parametrize("kept", [pf.Transform(Keeps(), "kept"), pf.Regulator(rebatch, "kept")])
def test_what_may_keep_state_keeps_its_one_worker(kept: Any) -> None:
    tuning = proposed(src() >> kept >> collector(), {"kept": 5e-3})
    assert options(tuning) == {}
    assert "limits the flow" in next(p.reason for p in tuning.proposals if p.name == "kept")


def test_no_workers_beyond_what_a_lone_pipe_lets_through() -> None:
    flow = pf.Source(range(9), "src") >> pf.Transform(inc) >> collector()
    assert options(proposed(flow, {"src": 1e-3, "inc": 2e-3}, cores=16)) == {
        "inc": {"n_processes": 2, "ordered": True}
    }


def test_chosen_workers_stay() -> None:
    assert options(proposed(src() >> pf.Transform(inc) * 2 >> collector(), {"inc": 5e-3})) == {}


def test_fusion_where_it_does_not_make_a_new_slowest_pipe() -> None:
    flow = src() >> pf.Transform(inc) >> pf.Transform(double) >> collector()
    assert proposed(flow, {}).fuse
    assert not proposed(flow, {"inc": 1e-4, "double": 1e-4}, cores=1).fuse
    assert not proposed(src() >> inc >> collector(), {}).fuse
    text = str(proposed(flow, {}))
    assert "inc + double" in text
    assert "because" in text


def test_a_buffer_too_small_for_the_pace_is_widened_unless_items_are_large() -> None:
    flow = src() >> pf.Transform(inc).with_(buffer_size=3) >> collector()
    assert options(proposed(flow, {"inc": 1e-4}, cores=1)) == {"inc": {"buffer_size": 20}}
    assert options(proposed(flow, {"inc": 1e-4}, cores=1, src=1 << 20)) == {}


def test_the_new_flow_does_the_same_work() -> None:
    flow = src(60) >> pf.Transform(slow) >> pf.Transform(inc) >> collector()
    tuned = tune(flow, 20, cores=3)
    workers = {pipe.name: pipe.options.n_processes for pipe in pipes_of(tuned)}
    assert workers["slow"] == 3
    assert {pipe.options.n_processes for pipe in pipes_of(flow)} == {None}
    assert collected(run_flow(tuned, "thread")) == list(range(1, 61))
    assert "slow" in str(tuned.tuning)


def test_a_functor_that_fails_and_a_generator_that_was_started() -> None:
    with pytest.raises(PipeError, match=r"fail_on_three.*on the sample") as caught:
        tune(src() >> fail_on_three >> collector())
    assert "test_tune.py:" in str(caught.value.place)

    def numbers() -> Iterator[int]:
        yield 1

    with pytest.raises(PipelineStateError, match="started"):
        tune(pf.Source(numbers(), "g") >> collector())
    with pytest.raises(PipelineStateError, match="is an iterator, so a sample would use up its items"):
        tune(pf.Source(iter([1]), "i") >> collector())


def test_a_run_can_be_tuned_first() -> None:
    flow = src(30) >> pf.Transform(inc) >> pf.Transform(double) >> collector()
    report = flow.run("thread", tune=True)
    assert collected(report) == [2 * (x + 1) for x in range(30)]
    assert any("fused" in note for note in report.notes)
    assert not any("fused" in note for note in flow.run("thread").notes)
    assert any("fused" in note for note in tune(flow).run("thread").notes)
