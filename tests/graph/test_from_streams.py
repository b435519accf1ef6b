"""The graph of the documented list of pipes."""

from __future__ import annotations

from pipeflow import Pipe, Sink, Source, Stream, Transform
from pipeflow.graph import (
    Part,
    after,
    before,
    build_graph,
    is_documented,
    name_of,
    pipe_nodes,
    routes,
    stream_nodes,
)


def test_the_pages_example() -> None:
    s1, s2, s3 = Stream("s1"), Stream("s2", buffer_size=9), Stream("s3")
    source = Source([1], "source", downstreams=[s1])
    work = [Transform(len, "sum", upstreams=[s1], downstreams=[s2, s3]) for _ in range(2)]
    sinks: list[Pipe] = [Sink(print, "gt", upstreams=[s2]), Sink(print, "lt", upstreams=[s3])]
    graph = build_graph([source, *work, *sinks])
    assert is_documented(graph)
    assert [name_of(graph, pipe) for pipe in pipe_nodes(graph)] == ["source", "sum_0", "sum_1", "gt", "lt"]
    assert {name_of(graph, stream) for stream in stream_nodes(graph)} == {"s1", "s2", "s3"}
    assert routes(graph, work[0], s2) == ((Part(0, 2),),)
    assert routes(graph, source, s1) == ((),)
    assert after(graph, s1) == work
    assert graph.nodes[s2]["buffer_size"] == 9


def test_streams_named_alike_are_told_apart() -> None:
    s1, s2 = Stream(), Stream()
    graph = build_graph(
        [
            Source([1], downstreams=[s1]),
            Transform(len, upstreams=[s1], downstreams=[s2]),
            Sink(print, upstreams=[s2]),
        ]
    )
    assert [name_of(graph, stream) for stream in stream_nodes(graph)] == ["stream", "stream_2"]


def test_open_streams() -> None:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    graph = build_graph(
        [Transform(len, upstreams=[s1], downstreams=[s2]), Transform(len, upstreams=[s2], downstreams=[s3])]
    )
    assert [graph.nodes[stream]["open"] for stream in (s1, s2, s3)] == ["input", "", "output"]


def test_one_stream_twice() -> None:
    s1, s2 = Stream("s1"), Stream("s2")
    pipe = Transform(max, "both", upstreams=[s1, s1], downstreams=[s2, s2])
    graph = build_graph([pipe])
    assert graph.edges[s1, pipe]["ports"] == (0, 1)
    assert routes(graph, pipe, s2) == ((Part(0, 2),), (Part(1, 2),))


def test_a_pipe_listed_twice_is_one() -> None:
    s1 = Stream("s1")
    source = Source([1], "s", downstreams=[s1])
    graph = build_graph([source, source, Sink(print, "k", upstreams=[s1])])
    assert [name_of(graph, pipe) for pipe in pipe_nodes(graph)] == ["s", "k"]
    assert before(graph, s1) == [source]


def test_names_that_meet_a_number() -> None:
    s1 = Stream("s1")
    pipes = [Sink(print, name, upstreams=[s1]) for name in ("x", "x", "x_0")]
    graph = build_graph(pipes)
    assert sorted(name_of(graph, pipe) for pipe in pipes) == ["x_0", "x_0_2", "x_1"]
