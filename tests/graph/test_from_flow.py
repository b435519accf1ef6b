"""The graph of a Flow: which pipes, which streams between them, and what is kept for the checks."""

from __future__ import annotations

import pickle
from time import process_time
from typing import Any

from pipeflow import Feedback, Flow, Join, Pipe, Source, Stream, Switch, Transform, balance
from pipeflow.graph import (
    Errors,
    Graph,
    Key,
    Part,
    after,
    arguments,
    before,
    build_graph,
    effective,
    is_documented,
    is_spread,
    name_of,
    pipe_nodes,
    routes,
    stream_nodes,
)
from tests.checks.pieces import sink, source, work

S, S1, S2 = source("s"), source("s1"), source("s2")
A, B, C, D, Z, K = work("a"), work("b"), work("c"), work("d"), work("z"), sink()


def edges(graph: Graph) -> set[tuple[str, Any, str, Any]]:
    """Each way from a pipe to a pipe: writer, route, reader, argument."""
    return {
        (name_of(graph, writer), route, name_of(graph, reader), argument)
        for stream in stream_nodes(graph)
        for writer in before(graph, stream)
        for route in routes(graph, writer, stream)
        for reader in after(graph, stream)
        for argument in arguments(graph, stream, reader)
    }


def graph_of(flow: Any) -> Graph:
    assert isinstance(flow, Flow)
    return build_graph(flow)


def pipes(graph: Graph) -> list[str]:
    return [name_of(graph, pipe) for pipe in pipe_nodes(graph)]


def problems(flow: Any) -> list[str]:
    return [problem.what for problem in graph_of(flow).graph["problems"]]


WHOLE = ()


def test_a_chain() -> None:
    graph = graph_of(S >> A >> K)
    assert pipes(graph) == ["s", "a", "k"]
    assert edges(graph) == {("s", WHOLE, "a", 0), ("a", WHOLE, "k", 0)}
    assert sorted(name_of(graph, stream) for stream in stream_nodes(graph)) == ["a -> k", "s -> a"]
    assert (graph.graph["outputs"], graph.graph["problems"]) == ([], [])
    assert not is_documented(graph)


def test_copies_have_a_stream_each_and_merges_share_one() -> None:
    graph = graph_of(S >> (A | B) >> K)
    assert len(stream_nodes(graph)) == 3
    (merged,) = before(graph, K)
    assert {name_of(graph, pipe) for pipe in before(graph, merged)} == {"a", "b"}


def test_competing_pipes_share_a_stream() -> None:
    graph = graph_of(S >> balance(A, B) >> K)
    (shared,) = after(graph, S)
    assert {name_of(graph, pipe) for pipe in after(graph, shared)} == {"a", "b"}


def test_positions() -> None:
    graph = graph_of(S >> A >> (B, C) >> Z >> K)
    assert edges(graph) == {
        ("s", WHOLE, "a", 0),
        ("a", (Part(0, 2),), "b", 0),
        ("a", (Part(1, 2),), "c", 0),
        ("b", WHOLE, "z", 0),
        ("c", WHOLE, "z", 1),
        ("z", WHOLE, "k", 0),
    }


def test_keys_and_parts_of_what_was_chosen() -> None:
    graph = graph_of(S >> Switch(len, "sw") >> {"gt": (A, B), "lt": C} >> K)
    assert ("sw", (Key("gt"), Part(1, 2)), "b", 0) in edges(graph)
    assert ("sw", (Key("lt"),), "c", 0) in edges(graph)


def test_one_stream_for_two_arguments() -> None:
    hub = S >> A
    graph = graph_of((hub, hub) >> Z >> K)
    assert {("a", WHOLE, "z", 0), ("a", WHOLE, "z", 1)} <= edges(graph)


def test_joins_within_joins_get_a_join() -> None:
    graph = graph_of((S1 >> (A, B), S2) >> Z >> K)
    assert "join" in pipes(graph)
    (join,) = [pipe for pipe in pipe_nodes(graph) if isinstance(pipe, Join)]
    assert {name_of(graph, w) for s in before(graph, join) for w in before(graph, s)} == {"a", "b"}


def test_parts_within_parts_that_stay_open_get_a_join() -> None:
    graph = graph_of(S >> (A, B >> (C, D)))
    (join,) = [pipe for pipe in pipe_nodes(graph) if isinstance(pipe, Join)]
    assert {name_of(graph, w) for s in before(graph, join) for w in before(graph, s)} == {"c", "d"}
    assert ends(S >> (A, B >> (C, D))) == {"a -> ?": "output", "join -> ?": "output"}


def test_only_whole_tuples_of_a_join_are_spread() -> None:
    graph = graph_of((S1, S2) >> Join(name="j") >> Z >> K)
    (pairs,) = before(graph, Z)
    (results,) = before(graph, K)
    assert (is_spread(graph, pairs), is_spread(graph, results)) == (True, False)
    split = graph_of((S1, S2) >> Join(name="j") >> (A >> K, B >> sink("k2")))
    assert not any(is_spread(split, stream) for stream in stream_nodes(split))


def test_failed_items() -> None:
    graph = graph_of(S >> A >> K | A.errors >> sink("bad"))
    assert ("a", (Errors(),), "bad", 0) in edges(graph)


def test_loops() -> None:
    loop = Feedback(init=[1], name="loop")
    graph = graph_of((S | loop) >> A >> Switch(len, "sw") >> {True: K, False: loop})
    assert ("sw", (Key(False),), "loop", 0) in edges(graph)
    assert ("loop", WHOLE, "a", 0) in edges(graph)


# ---------------------------------------------------------------- open ends


def ends(flow: Any) -> dict[str, str]:
    graph = graph_of(flow)
    return {name_of(graph, s): graph.nodes[s]["open"] for s in stream_nodes(graph) if graph.nodes[s]["open"]}


def test_open_ends() -> None:
    assert ends(A >> B) == {"? -> a": "input", "b -> ?": "output"}
    assert ends(S >> A >> K) == {}
    assert ends(S >> (A, B)) == {"a -> ?": "output", "b -> ?": "output"}
    assert ends(S >> (A | B)) == {"a|b -> ?": "output"}


def test_the_open_outputs_are_listed() -> None:
    graph = graph_of(S >> (A, B))
    assert [name_of(graph, stream) for stream in graph.graph["outputs"]] == ["a -> ?", "b -> ?"]


# ---------------------------------------------------------------- options and problems


def test_all_uses_of_a_pipe_are_one_node() -> None:
    graph = graph_of(S >> A * 3 >> K | A.with_(buffer_size=7) >> sink("k2"))
    (pipe,) = [pipe for pipe in pipe_nodes(graph) if pipe == A]
    assert effective(graph, pipe).options.n_processes == 3
    assert effective(graph, pipe).options.buffer_size == 7
    (stream,) = before(graph, pipe)
    assert graph.nodes[stream]["buffer_size"] == 7


def test_sizes_of_streams() -> None:
    graph = graph_of(S >> Stream("raw", buffer_size=5) >> A >> K)
    assert {name_of(graph, s): graph.nodes[s]["buffer_size"] for s in stream_nodes(graph)} == {
        "raw": 5,
        "a -> k": None,
    }


def test_problems_are_kept() -> None:
    assert problems(S >> A * 3 >> K | A * 2 >> sink("k2")) == ["conflicting_options"]
    assert problems(S1 >> A >> K | S2 >> A >> sink("k2")) == ["fed_twice"]
    assert problems(S >> work("x") >> work("x") >> K) == ["same_name"]
    assert problems(S >> Stream("raw", buffer_size=5) >> A.with_(buffer_size=6) >> K) == [
        "conflicting_buffer"
    ]
    assert problems(S1 >> A >> K | S2 >> balance(A, B) >> sink("k2")) == ["fed_twice"]
    assert problems(S >> A >> K | S >> A >> sink("k2")) == []


def test_names_are_unique_and_given_ones_come_first() -> None:
    first, second = Transform(len), Transform(len)
    assert pipes(graph_of(S >> first >> second >> K)) == ["s", "len", "len_2", "k"]
    assert pipes(graph_of(S >> first >> Transform(len, "len") >> K)) == ["s", "len_2", "len", "k"]


def test_composing_is_associative() -> None:
    chains = [((S >> A) >> B) >> K, S >> (A >> (B >> K)), (S >> A) >> (B >> K), S >> ((A >> B) >> K)]
    assert len({frozenset(edges(graph_of(flow))) for flow in chains}) == 1


def test_a_flow_that_was_pickled_has_the_same_graph() -> None:
    flow = Source([1], "s") >> Transform(len, "a") >> Transform(abs, "b")
    copy = pickle.loads(pickle.dumps(flow))
    assert edges(graph_of(copy)) == edges(graph_of(flow))
    assert set(pipe_nodes(graph_of(copy))) == set(pipe_nodes(graph_of(flow)))


# ---------------------------------------------------------------- size


def seconds(flow: Any) -> float:
    began = process_time()
    graph_of(flow)
    return process_time() - began


def long_chain(length: int) -> Any:
    flow: Any = S
    for _ in range(length):
        flow = flow >> Transform(len)
    return flow


def test_the_time_grows_in_proportion() -> None:
    small, large = (min(seconds(long_chain(length)) for _ in range(2)) for length in (200, 2_000))
    assert large < 50 * small


def test_every_name_of_thousands_is_unique() -> None:
    graph = graph_of(long_chain(3_000))
    assert len({name_of(graph, pipe) for pipe in pipe_nodes(graph)}) == 3_001


def test_nodes_are_the_pipes_themselves() -> None:
    graph = graph_of(S >> A >> K)
    assert A in graph
    assert all(isinstance(node, (Pipe, Stream)) for node in graph)
