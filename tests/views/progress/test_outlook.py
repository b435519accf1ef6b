from __future__ import annotations

from typing import Any

import pytest

from pipeflow import Feedback, Source, Switch, Transform
from pipeflow.views.progress.outlook import Counts, done_part
from tests.views.graphs import pipe, positive, sink, two
from tests.views.progress.looks import plan_of


def done(flow: Any, **counts: tuple[int, int]) -> float | None:
    plan = plan_of(flow)
    known = {n: Counts(*counts.get(stage.name, (0, 0))) for n, stage in enumerate(plan.stages)}
    return done_part(plan, known)


def src(n: int = 100, name: str = "src") -> Any:
    return Source(range(n), name=name)


def test_the_slowest_pipe_counts_not_what_waits_in_front_of_it() -> None:
    assert done(src() >> pipe("a") >> sink(), src=(100, 100), a=(30, 30), k=(30, 0)) == 0.3


def test_batches_and_filters_are_estimated_by_what_they_did() -> None:
    flow = src() >> pipe("filters") >> pipe("batches") >> sink()
    assert done(flow, src=(100, 100), filters=(80, 40), batches=(40, 4), k=(4, 0)) == 0.8


def test_several_sources_are_added_up() -> None:
    flow = (src(name="s1") | src(300, name="s2")) >> sink()
    assert done(flow, s1=(100, 100), s2=(100, 100), k=(200, 0)) == pytest.approx(1 / 3)


def test_what_joins_takes_pairs() -> None:
    flow = Source([(1, 2)] * 10, name="src") >> (pipe("a"), pipe("b")) >> Transform(two, name="z") >> sink()
    assert done(flow, src=(10, 10), a=(8, 8), b=(6, 6), z=(5, 5), k=(5, 0)) == 0.5


def test_an_unknown_total_is_unknown() -> None:
    assert done(Source(iter(()).__iter__, name="src") >> sink(), src=(5, 5), k=(5, 0)) is None


def test_branches_of_a_switch_are_left_out() -> None:
    flow = src() >> Switch(positive, name="sw") >> {True: sink("yes"), False: sink("no")}
    assert done(flow, src=(100, 100), sw=(70, 70), yes=(1, 0), no=(0, 0)) == 0.7


def test_loops_are_left_out_and_end() -> None:
    loop: Any = Feedback(name="loop")
    flow = (src() | loop) >> pipe("a") >> Switch(positive, name="sw") >> {True: sink(), False: loop}
    assert done(flow, src=(50, 50), a=(10, 10), sw=(10, 10)) == 0.5


def test_nothing_made_yet() -> None:
    assert done(src() >> sink()) == 0.0


def test_never_more_than_all() -> None:
    assert done(Source(range(10), name="src", total=5) >> sink(), src=(10, 10), k=(10, 0)) == 1.0


def test_an_empty_source() -> None:
    assert done(Source([], name="src") >> sink()) is None
