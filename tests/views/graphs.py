"""Graphs that the pictures are tested with."""

from __future__ import annotations

from typing import Any

from pipeflow import Feedback, Sink, Source, Stream, Switch, Transform
from pipeflow.graph import Graph, build_graph


def one(x: int) -> int:
    return x


def two(x: int, y: int) -> int:
    return x + y


def put(x: Any) -> None:
    """A sink's functor."""


def positive(x: int) -> bool:
    return x > 0


def pipe(name: str) -> Transform[int, int]:
    return Transform(one, name=name)


def source(name: str = "src") -> Source[int]:
    return Source([1, 2, 3], name=name)


def sink(name: str = "k") -> Sink[Any]:
    return Sink(put, name=name)


def looping() -> Graph:
    loop = Feedback(init=[1], name="loop")
    return build_graph((source() | loop) >> pipe("step") >> Switch(positive) >> {True: sink(), False: loop})


def documented() -> Graph:
    """Two sources, three sums that compete with a split on one stream, and a stream that nobody reads."""
    s1, s2, s3, s4, s5 = (Stream(f"s{number}") for number in range(1, 6))
    pipes = [
        Source([1], "source1", downstreams=[s1]),
        Source([2], "source2", downstreams=[s1]),
        Transform(one, "batcher", upstreams=[s1], downstreams=[s2]),
        *(Transform(one, "sum", upstreams=[s2], downstreams=[s3]) for _ in range(3)),
        Transform(one, "split", upstreams=[s2], downstreams=[s4, s5]),
        Sink(put, "print_gt_1", upstreams=[s4]),
        Sink(put, "print_lt_1", upstreams=[s5]),
    ]
    return build_graph(pipes)
