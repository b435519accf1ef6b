"""W7: start and stop of an empty graph of three pipes."""

from __future__ import annotations

from functools import partial

from benchmarks.work import Chain, Contender, Target, Workload
from benchmarks.workloads.w1_ints import inc


def chain(count: int) -> Chain:
    """source of nothing, +1, sink; `count` runs are one item each of the table."""
    return Chain(partial(range, 0), (inc,), float)


WORKLOAD = Workload(
    "start and stop, three pipes, no item (the second run in a process)",
    chain,
    1,
    {"pipeflow": Contender("pipeflow"), "minipipe": Contender("minipipe")},
    checksum=lambda count: 0.0,
    targets=(Target("pipeflow", "minipipe", 1),),
)
