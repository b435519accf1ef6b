"""W9: composing, checking and planning 1,000 pipes; nothing runs. An item of the table is a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pipeflow as pf
from benchmarks.work import Chain, Contender, Target, Workload
from benchmarks.workloads.w1_ints import inc
from pipeflow.checks import check
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan

WHOLE = 1000


def described(count: int) -> Iterator[int]:
    """A chain of `count` pipes; every tenth is two arms and a merge."""
    flow: Any = pf.Source(range(3), "source")
    made = 1
    while made < count - 3:
        if made % 10:
            flow, made = flow >> pf.Transform(inc, f"inc{made}"), made + 1
        else:
            flow = flow >> (pf.Transform(inc, f"left{made}") | pf.Transform(inc, f"right{made}"))
            made += 2
    graph = build_graph(flow >> pf.Sink(print, "sink"))
    assert not check(graph).errors
    assert len(compile_plan(graph).stages) == made + 1
    yield count


def chain(count: int) -> Chain:
    """One item: the whole description."""
    return Chain(partial(described, count), (), float)


WORKLOAD = Workload(
    "compose, check and plan, per pipe, of 1,000 (growth: against 125)",
    chain,
    WHOLE,
    {"pipeflow": Contender("plain"), "of 125": Contender("plain", part=0.125)},
    checksum=float,
    targets=(Target("pipeflow", "of 125", 0.7),),
    limit=1.0,
)
