"""The worked examples of the language as graphs. That they run is in tests/conformance/test_engines.py."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from tests.wiring import wiring


def source(name: str = "src") -> pf.Source[int]:
    return pf.Source([1, 2, 3], name)


def step(name: str) -> pf.Transform[Any, Any]:
    return pf.Transform(lambda *args: args[0], name)


def sink(name: str = "k") -> pf.Sink[Any]:
    return pf.Sink(lambda *args: None, name)


def both(x: int) -> tuple[int, int]:
    return x, x


def codes(flow: pf.Flow, intent: str = "run") -> list[str]:
    return [finding.code for finding in flow.check(intent=intent).errors]


SRC, A, B, C, D, Z, K = source(), step("a"), step("b"), step("c"), step("d"), step("z"), sink()
S1, S2, K1, K2 = source("s1"), source("s2"), sink("k1"), sink("k2")


def test_1_a_chain() -> None:
    assert wiring(SRC >> A >> K) == {"src -> a", "a -> k"}


def test_2_three_workers_of_one_pipe() -> None:
    flow = SRC >> A * 3 >> K
    assert wiring(flow) == {"src -> a", "a -> k"}
    assert flow.graph.nodes[A]["pipe"].options.n_processes == 3


def test_3_copy_and_merge() -> None:
    assert wiring(SRC >> (A | B) >> K) == {"src -> a", "src -> b", "a, b -> k"}


def test_4_two_chains_in_one_graph() -> None:
    flow = S1 >> A >> K1 | S2 >> B >> K2
    assert wiring(flow) == {"s1 -> a", "a -> k1", "s2 -> b", "b -> k2"}
    assert codes(flow) == []


def test_5_merge_needs_its_brackets() -> None:
    assert wiring((S1 | S2) >> A >> K) == {"s1, s2 -> a", "a -> k"}
    wrong = S1 | S2 >> A >> K
    assert wiring(wrong) == {"s1 -> ?", "s2 -> a", "a -> k"}
    report = wrong.check(intent="run")
    assert [finding.code for finding in report.errors] == ["PF101"]
    assert "Did you mean  (s1 | s2) >> a" in str(report)


def test_6_split() -> None:
    flow = SRC >> pf.Transform(both, "a") >> (K1, K2)
    assert wiring(flow) == {"src -> a", "a.0 -> k1", "a.1 -> k2"}


def test_7_split_then_join() -> None:
    flow = SRC >> pf.Transform(both, "a") >> (B, C) >> Z >> K
    assert wiring(flow) == {"src -> a", "a.0 -> b", "a.1 -> c", "b -> z(0)", "c -> z(1)", "z -> k"}


def test_8_join_two_sources() -> None:
    assert wiring((S1, S2) >> Z >> K) == {"s1 -> z(0)", "s2 -> z(1)", "z -> k"}


def test_9_a_diamond_is_one_hub() -> None:
    hub = SRC >> A
    assert wiring((hub >> B, hub >> C) >> Z >> K) == {
        "src -> a", "a -> b", "a -> c", "b -> z(0)", "c -> z(1)", "z -> k",
    }  # fmt: skip


def test_10_choose_and_merge() -> None:
    switch = pf.Switch(lambda x: "gt", "sw")
    assert wiring(SRC >> switch >> {"gt": B, "lt": C} >> Z >> K) == {
        "src -> sw", "sw['gt'] -> b", "sw['lt'] -> c", "b, c -> z", "z -> k",
    }  # fmt: skip


def test_11_competing_readers() -> None:
    assert wiring(SRC >> pf.balance(A, B) >> K) == {"src -> a, b", "a, b -> k"}


def test_12_a_loop() -> None:
    loop, switch = pf.Feedback(init=[]), pf.Switch(bool, "done")
    flow = (SRC | loop) >> A >> switch >> {True: K, False: loop}
    assert wiring(flow) == {"loop, src -> a", "a -> done", "done[True] -> k", "done[False] -> loop"}
    assert isinstance(flow, pf.ClosedFlow)


def test_13_two_loops() -> None:
    x, y = pf.Feedback(init=[0], name="x"), pf.Feedback(init=[1], name="y")
    flow = (x, y) >> pf.Transform(lambda a, b: (b, a + b), "fib") >> (x, y)
    assert wiring(flow) == {"x -> fib(0)", "y -> fib(1)", "fib.0 -> x", "fib.1 -> y"}
    assert isinstance(flow, pf.ClosedFlow)


def test_14_a_fragment_and_its_copy() -> None:
    prep = A >> B
    assert isinstance(prep, pf.ThroughFlow)
    assert wiring(S1 >> prep >> K1) == {"s1 -> a", "a -> b", "b -> k1"}
    assert wiring(S1 >> prep >> K1 | S2 >> prep.copy("p2") >> K2) == {
        "s1 -> a", "a -> b", "b -> k1", "s2 -> a_p2", "a_p2 -> b_p2", "b_p2 -> k2",
    }  # fmt: skip


def test_15_fed_twice() -> None:
    flow = S1 >> A >> K1 | S2 >> A >> K2
    assert codes(flow) == ["PF107"]


def test_16_a_copy_in_one_arm_of_a_join() -> None:
    inner = B >> pf.Switch(bool, "sw") >> {True: C, False: step("e")}
    split = SRC >> pf.Transform(both, "a")
    assert codes(split >> (B | C, D) >> Z >> K) == ["PF301"]
    assert codes(split >> (inner, D) >> Z >> K) == []


def test_17_a_cycle_without_feedback() -> None:
    flow = SRC >> A >> B >> A
    report = flow.check(intent="check")
    assert [finding.code for finding in report.errors] == ["PF105"]
    assert "a -> b -> a" in str(report)


def test_18_a_list_is_ambiguous() -> None:
    with pytest.raises(pf.CompositionError, match="a list is ambiguous"):
        SRC >> [A, B]  # type: ignore[operator]


def test_19_one_open_output() -> None:
    flow = SRC >> pf.batch(2) >> A * 3
    assert isinstance(flow, pf.OutFlow)
    assert codes(flow, "stream") == []
    assert codes(flow, "run") == ["PF101"]


def test_the_documented_example_as_it_was_meant() -> None:
    batcher, total, split = step("batcher"), step("sum_"), pf.Transform(both, "split")
    flow = (S1 | S2) >> batcher >> total * 3 >> split >> (K1, K2)
    assert wiring(flow) == {
        "s1, s2 -> batcher",
        "batcher -> sum_",
        "sum_ -> split",
        "split.0 -> k1",
        "split.1 -> k2",
    }


def test_the_documented_example_as_printed() -> None:
    batcher, total, split = step("batcher"), step("sum_"), pf.Transform(both, "split")
    flow = (S1 | S2) >> batcher >> pf.balance(total * 3, split >> (K1, K2))
    assert wiring(flow) == {
        "s1, s2 -> batcher", "batcher -> split, sum_", "split.0 -> k1", "split.1 -> k2", "sum_ -> ?",
    }  # fmt: skip
    report = flow.check(intent="run")
    assert [finding.code for finding in report.errors] == ["PF101"]
    assert "'sum_' go nowhere" in str(report)


def test_failed_items_have_an_edge_of_their_own() -> None:
    flow = SRC >> A >> K1 | A.errors >> K2
    assert wiring(flow) == {"src -> a", "a -> k1", "a.errors -> k2"}
    assert isinstance(flow, pf.ClosedFlow)
    assert codes(flow) == []
    assert wiring(SRC >> A | A.errors >> K2) == {"src -> a", "a -> ?", "a.errors -> k2"}


def test_positions_within_positions() -> None:
    flow = SRC >> A >> ((B, C), D) >> Z >> K
    assert {"a.0.0 -> b", "a.0.1 -> c", "a.1 -> d", "join -> z(0)", "d -> z(1)"} <= wiring(flow)


def test_an_explicit_stream_is_the_edge() -> None:
    raw = pf.Stream("raw", buffer_size=64)
    flow = SRC >> raw >> (A | B) >> K
    assert wiring(flow) == {"src -> a", "src -> b", "a, b -> k"}
    sizes = [data["buffer_size"] for _, data in flow.graph.nodes(data=True) if data["kind"] == "stream"]
    assert sorted(sizes, key=str) == [64, 64, None]
