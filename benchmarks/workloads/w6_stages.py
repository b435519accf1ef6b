"""W6: eight cheap stages: what a hop costs, and what fusion saves."""

from __future__ import annotations

from functools import partial

from benchmarks.work import Chain, Contender, Target, Workload
from benchmarks.workloads.w1_ints import inc


def chain(count: int) -> Chain:
    """source, +1 eight times, sink."""
    return Chain(partial(range, count), (inc,) * 8, float)


WORKLOAD = Workload(
    "ints through 8 stages",
    chain,
    300_000,
    {
        "pipeflow": Contender("pipeflow"),
        "pipeflow, fused": Contender("pipeflow", options={"fuse": True}),
        "minipipe": Contender("minipipe", part=0.007),
        "pypeln": Contender("pypeln", part=0.007),
        "plain loop": Contender("plain"),
    },
    checksum=lambda count: count * (count - 1) / 2 + 8 * count,
    targets=(Target("pipeflow", "minipipe", 120), Target("pipeflow, fused", "plain loop", 0.8)),
)
