from __future__ import annotations

import pytest

from pipeflow import Flow, Stream, Switch, Transform, balance
from pipeflow.checks import Finding, Report, Unchecked
from pipeflow.graph import build_graph
from pipeflow.runtime.report import PipeReport, RunReport
from pipeflow.views.layout import compose
from pipeflow.views.picture import Picture
from tests.views.graphs import documented, looping, pipe, positive, sink, source, two


def arrows(picture: Picture) -> set[str]:
    """Edges as text: ``a -label-> b``."""
    names = {node.key: node.lines[0] for node in picture.nodes}
    return {
        f"{names[edge.tail]} -{edge.label}-> {names[edge.head]}"
        if edge.label
        else f"{names[edge.tail]} -> {names[edge.head]}"
        for edge in picture.edges
    }


def drawn(flow: Flow, **options: bool) -> set[str]:
    return arrows(compose(build_graph(flow), **options))


def test_a_chain() -> None:
    assert drawn(source() >> pipe("a") >> sink()) == {"src -> a", "a -> k"}


def test_copy_and_merge() -> None:
    flow = source() >> (pipe("a") | pipe("b")) >> sink()
    assert drawn(flow) == {"src -> a", "src -> b", "a -> k", "b -> k"}


def test_split_and_join_say_their_positions() -> None:
    flow = source() >> (pipe("a"), pipe("b")) >> Transform(two, name="z") >> sink()
    assert drawn(flow) == {
        "src -part 0-> a",
        "src -part 1-> b",
        "a -argument 1-> z",
        "b -argument 2-> z",
        "z -> k",
    }


def test_an_output_joined_with_itself_has_two_edges() -> None:
    twice = source() >> pipe("a")
    flow = (twice, twice) >> Transform(two, name="z") >> sink()
    assert {"a -argument 1-> z", "a -argument 2-> z"} <= drawn(flow)


def test_a_switch_says_its_keys() -> None:
    flow = source() >> Switch(positive, name="sw") >> {True: sink("yes"), False: sink("no")}
    assert drawn(flow) == {"src -> sw", "sw -True-> yes", "sw -False-> no"}


def test_competing_readers_meet_in_a_node_of_their_own() -> None:
    flow = source() >> balance(pipe("fast"), pipe("slow")) >> sink()
    assert drawn(flow) == {"src -> one of", "one of -> fast", "one of -> slow", "fast -> k", "slow -> k"}


def test_a_named_stream_is_a_label_with_its_bound() -> None:
    flow = source() >> Stream("raw", buffer_size=64) >> sink()
    assert drawn(flow) == {"src -raw [64]-> k"}
    assert drawn(flow, draw_streams=True) == {"src -> raw", "raw -> k"}


def test_every_stream_is_a_node_when_asked() -> None:
    assert drawn(source() >> pipe("a") >> sink(), draw_streams=True) == {
        "src -> src -> a",
        "src -> a -> a",
        "a -> a -> k",
        "a -> k -> k",
    }


@pytest.mark.parametrize("draw_streams", [False, True])
def test_open_ends_are_shown(draw_streams: bool) -> None:
    kinds = {node.kind for node in compose(build_graph(pipe("a")), draw_streams=draw_streams).nodes}
    assert {"in", "out"} <= kinds


def test_open_ends_lead_into_and_out_of_the_fragment() -> None:
    assert drawn(pipe("a") >> pipe("b")) == {"in -> a", "a -> b", "b -> out"}


def test_a_loop_comes_back_to_its_feedback() -> None:
    picture = compose(looping())
    names = {node.key: node.lines[0] for node in picture.nodes}
    assert [(names[e.tail], names[e.head]) for e in picture.edges if e.back] == [("positive", "loop")]


def test_workers_are_counted() -> None:
    picture = compose(
        build_graph(source() >> pipe("a") * 3 >> pipe("b").with_(n_processes=2, ordered=True) >> sink())
    )
    assert [node.lines for node in picture.nodes] == [
        ("src",),
        ("a", "3 workers"),
        ("b", "2 workers, ordered"),
        ("k",),
    ]


def test_findings_mark_their_pipes_with_the_worst_severity() -> None:
    findings = [
        Finding("PF302", "warning", "a loop whose items never leave it", ("a",)),
        Finding("PF101", "error", "dangling output", ("a",)),
        Finding("PF403", "note", "large", ("k", "not in the graph")),
    ]
    nodes = {
        node.lines[0]: node
        for node in compose(build_graph(source() >> pipe("a") >> sink()), findings=findings).nodes
    }
    assert nodes["a"].severity == "error"
    assert nodes["a"].lines == ("a", "PF302, PF101")
    assert "dangling output" in nodes["a"].tooltip
    assert (nodes["k"].severity, nodes["src"].severity) == ("note", "")


def test_what_a_report_could_not_decide_is_marked() -> None:
    report = Report(unknown=(Unchecked("PF201", "no annotation", ("src", "a"), ("src -> a",)),))
    edges = compose(build_graph(source() >> pipe("a") >> sink()), findings=report).edges
    assert [edge.unknown for edge in edges] == [True, False]


def test_the_load_of_a_run_and_its_bottleneck() -> None:
    rows = (PipeReport("src", "Source", 1, taken=10), PipeReport("a", "Transform", 1, taken=1234, load=0.96))
    report = RunReport(rows, 1.0, {})
    nodes = {
        node.lines[0]: node
        for node in compose(build_graph(source() >> pipe("a") >> sink()), load=report).nodes
    }
    assert nodes["a"].lines == ("a", "1,234 items, 96 % busy", "bottleneck")
    assert (nodes["a"].load, nodes["a"].bottleneck, nodes["k"].load) == (0.96, True, None)
    assert nodes["src"].lines == ("src", "10 items")


def test_the_documented_layout_has_a_plain_edge_between_any_two_pipes() -> None:
    picture = compose(documented())
    assert picture.plain
    assert [node.lines for node in picture.nodes] == [
        ("source1",), ("source2",), ("batcher",), ("sum_0",), ("sum_1",), ("sum_2",), ("split",),
        ("print_gt_1",), ("print_lt_1",),
    ]  # fmt: skip
    assert arrows(picture) == {
        "source1 -> batcher", "source2 -> batcher", "batcher -> sum_0", "batcher -> sum_1",
        "batcher -> sum_2", "batcher -> split", "split -> print_gt_1", "split -> print_lt_1",
    }  # fmt: skip


def test_the_documented_layout_with_streams() -> None:
    picture = compose(documented(), draw_streams=True)
    assert {node.lines for node in picture.nodes if node.kind == "stream"} == {
        (f"s{n}",) for n in range(1, 6)
    }
    assert {"batcher -> s2", "s2 -> sum_0", "sum_0 -> s3", "sum_2 -> s3", "s2 -> split"} <= arrows(picture)
    assert len(picture.edges) == 2 + 1 + 1 + 4 + 3 + 2 + 2


def test_documented_streams_nobody_writes_are_drawn_only_with_findings() -> None:
    waiting = Stream("waiting")
    graph = build_graph([Transform(two, "t", upstreams=[waiting, waiting], downstreams=[Stream("gone")])])
    assert {node.lines[0] for node in compose(graph, draw_streams=True).nodes} == {"t", "gone"}
    found = compose(
        graph, draw_streams=True, findings=[Finding("PF102", "warning", "dangling input", ("t",))]
    )
    assert {node.lines[0] for node in found.nodes} == {"t", "gone", "waiting"}


def test_a_repr_that_raises_does_not_end_a_picture() -> None:
    class Key:
        broken = False

        def __repr__(self) -> str:
            if self.broken:
                raise RuntimeError
            return "Key()"

    flow = source() >> Switch(positive, name="sw") >> {Key(): sink("yes"), False: sink("no")}
    assert "sw -Key()-> yes" in drawn(flow)
    Key.broken = True
    assert "sw -<Key>-> yes" in drawn(flow)
