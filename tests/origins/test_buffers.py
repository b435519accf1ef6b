"""The sizes of streams between a fork and its join."""

from __future__ import annotations

from typing import Any

from pipeflow import Join, Stream, Switch, balance
from pipeflow.graph import build_graph, name_of
from pipeflow.origins import BufferNeed, buffers
from tests.checks.pieces import regulator, sink, source, work

S, A, C, Z, K = source("s"), work("a"), work("c"), work("z"), sink()
HUB = S >> A
SLOW = HUB >> regulator("q", 8, 1) >> regulator("r", 1, 8)


def needs(arms: Any, join: Any = None) -> list[BufferNeed]:
    flow = arms >> Z >> K if join is None else arms >> join >> Z >> K
    return buffers(build_graph(flow))


def sizes(arms: Any) -> dict[str, int]:
    flow = arms >> Z >> K
    graph = build_graph(flow)
    (need,) = buffers(graph)
    return {name_of(graph, stream): size for stream, size in need.automatic.items()}


def test_automatic_sizes() -> None:
    assert sizes((SLOW, HUB >> C)) == {"c -> z": 5}  # and one in the hand of z, of c, of a
    assert sizes((SLOW, HUB)) == {"a -> z": 7}
    assert sizes((HUB >> regulator("q", 2, 1) >> regulator("r", 1, 2), HUB)) == {}


def test_room_further_up_counts() -> None:
    assert sizes((SLOW, HUB >> C >> Stream("x", buffer_size=2))) == {"a -> c": 4}


def test_given_sizes_that_are_too_small() -> None:
    stream = Stream("x", buffer_size=3)
    (need,) = needs((SLOW, HUB >> stream))
    assert need.short == {stream: (3, 7)}
    assert (need.fork, need.join) == (A, Z)
    assert [pipe.label for pipe in need.pipes] == ["q", "r"]
    assert need.given == (stream,)


def test_given_sizes_that_suffice() -> None:
    (need,) = needs((SLOW, HUB >> Stream("x", buffer_size=7)))
    assert (need.short, need.automatic) == ({}, {})


def test_arms_that_count_differently_grow() -> None:
    (need,) = needs((HUB >> regulator("q", 8, 1), HUB >> C), Join(pairing="arrival", name="j"))
    assert [stream.name for stream in need.growing] == [""]


def test_no_changing_pipe_no_need() -> None:
    assert needs((HUB >> work("b"), HUB >> C)) == []
    assert needs((S >> regulator("q", 4, 1), source("s2"))) == []


def test_large_batches_that_are_alike_take_no_time() -> None:
    (need,) = needs((HUB >> regulator("q", 65_536, 1), HUB >> C >> regulator("r", 65_536, 1)))
    assert (need.short, need.automatic) == ({}, {})
    (need,) = needs((HUB >> regulator("q", 6, 1), HUB >> regulator("r", 3, 1) >> regulator("t", 2, 1)))
    assert (need.short, need.automatic) == ({}, {})


def test_undeclared_cycles_are_left_alone() -> None:
    q = regulator("q", 2, 1)
    assert needs((HUB >> q >> q, HUB >> q)) == []


def test_what_has_no_plain_count_is_left_alone() -> None:
    switched = HUB >> Switch(len, "sw") >> {1: work("b"), 2: C}
    assert needs((SLOW, switched)) == []
    assert needs((SLOW, HUB >> balance(work("b"), C))) == []
    assert [need.known for need in needs((HUB >> regulator("q"), HUB >> C))] == [False]
