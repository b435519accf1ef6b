"""Pipes as the user wrote them."""

from __future__ import annotations

import enum
from typing import Any

from pipeflow import Feedback, Pipe, Switch
from pipeflow.checks import _drawing
from pipeflow.graph import Graph, build_graph, pipe_nodes
from tests.checks.pieces import sink, source, work

S, S1, S2 = source("s"), source("s1"), source("s2")
A, B, C, Z, K = work("a"), work("b"), work("c"), work("z"), sink()


def at(flow: Any, name: str) -> tuple[Graph, Pipe]:
    graph = build_graph(flow)
    return graph, next(pipe for pipe in pipe_nodes(graph) if pipe.label == name)


def to(flow: Any, name: str, depth: int = 4) -> str:
    return _drawing.path_to(*at(flow, name), depth)


def onward(flow: Any, name: str) -> str:
    return _drawing.path_from(*at(flow, name))


def test_the_way_to_a_pipe() -> None:
    assert to(S >> A * 3 >> K, "k") == "s >> a*3 >> k"
    assert to((S1 | S2) >> A >> K, "k") == "(s1 | s2) >> a >> k"
    assert to((S1 >> A, S2) >> Z >> K, "z") == "(s1 >> a, s2) >> z"
    assert to(S >> A >> (B, C) >> Z, "b") == "s >> a >> (b, _)"
    assert to(S >> Switch(bool, "sw") >> {"gt": A, "lt": B} >> K, "b") == "s >> sw >> {'lt': b}"
    assert to(A >> K, "k") == "? >> a >> k"


def test_long_ways_are_cut() -> None:
    chain = S >> work("p1") >> work("p2") >> work("p3") >> work("p4") >> work("p5") >> K
    assert to(chain, "k") == "... >> p2 >> p3 >> p4 >> p5 >> k"
    assert to(chain, "k", 1) == "... >> p5 >> k"
    wide = S1 | S2
    for number in range(6):
        wide = wide | source(f"t{number}")
    assert to(wide >> K, "k") == "(s1 | s2 | t0 | ... | t5) >> k"


def test_the_way_from_a_pipe() -> None:
    assert onward(S >> A >> (B >> K | C >> sink("k2")), "a") == "a >> (b >> k | c >> k2)"
    assert onward(S >> A >> (B >> K, C >> sink("k2")), "a") == "a >> (b >> k, c >> k2)"
    assert onward(S >> A, "s") == "s >> a >> ?"
    assert onward(S >> A >> K, "k") == "k"


def test_loops_end() -> None:
    loop = Feedback(init=[1], name="loop")
    flow = loop >> A >> B >> loop
    assert to(flow, "a") == "a >> b >> loop >> a"
    assert onward(flow, "a") == "a >> b >> loop >> a"


def test_lists_of_names() -> None:
    assert _drawing.listed(["a"]) == "'a'"
    assert _drawing.listed(["a", "b", "c"]) == "'a', 'b' and 'c'"
    assert _drawing.listed(list("abcdefgh")) == "'a', 'b', 'c', 'd' and 4 more"


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1


class Word(str, enum.Enum):
    YES = "y"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Rude:
    def __repr__(self) -> str:
        raise ValueError


def test_short_texts_of_values() -> None:
    assert _drawing.short("x" * 100) == "'" + "x" * 56 + "..."
    assert _drawing.short(Colour.RED) == "Colour.RED"
    assert _drawing.short(Level.LOW) == "Level.LOW"
    assert _drawing.short(Word.YES) == "Word.YES"
    assert _drawing.short(Access.READ) == "Access.READ"
    assert _drawing.short(Access.READ | Access.WRITE) == repr(Access.READ | Access.WRITE)
    assert _drawing.short(Rude()) == "<Rude>"


def test_four_side_by_side_are_not_cut() -> None:
    wide = source("t0") | source("t1") | source("t2") | source("t3")
    assert to(wide >> K, "k") == "(t0 | t1 | t2 | t3) >> k"
    assert to((wide | source("t4")) >> K, "k") == "(t0 | t1 | t2 | ... | t4) >> k"


def test_long_ways_onward_are_cut() -> None:
    chain = S >> work("p1") >> work("p2") >> work("p3") >> work("p4") >> work("p5") >> K
    assert onward(chain, "s") == "s >> p1 >> p2 >> p3 >> p4 >> ..."
    assert onward(chain, "p2") == "p2 >> p3 >> p4 >> p5 >> k"


def test_lists_at_their_widest() -> None:
    assert _drawing.listed(list("abcde")) == "'a', 'b', 'c', 'd' and 'e'"
    assert _drawing.listed(list("abcdef")) == "'a', 'b', 'c', 'd' and 2 more"


def test_what_nothing_is_written_to() -> None:
    graph, pipe = at(A >> K, "a")
    (stream,) = graph.predecessors(pipe)
    assert _drawing.path_into(graph, stream) == "?"
    graph, pipe = at(S >> A >> K, "k")
    (stream,) = graph.predecessors(pipe)
    assert _drawing.path_into(graph, stream) == "s >> a"
