"""W1: small items, nothing to compute: what moving an item costs."""

from __future__ import annotations

from functools import partial

from benchmarks.work import Chain, Contender, Target, Workload


def inc(x: int) -> int:
    """Nearly nothing."""
    return x + 1


def chain(count: int) -> Chain:
    """source, +1, sink."""
    return Chain(partial(range, count), (inc,), float)


WORKLOAD = Workload(
    "ints: source, +1, sink",
    chain,
    200_000,
    {
        "pipeflow": Contender("pipeflow"),
        "pipeflow, buffer 3": Contender("pipeflow", part=0.05, buffer=3),
        "pipeflow, fused": Contender("pipeflow", options={"fuse": True}),
        "minipipe": Contender("minipipe", part=0.02),
        "mpire": Contender("pools", "mpire", part=0.5),
        "imap(100)": Contender("pools", "imap", options={"chunksize": 100}),
        "pypeln": Contender("pypeln", part=0.05),
        "joblib": Contender("pools", "joblib", part=0.1),
        "loky(100)": Contender("pools", "loky"),
        "torch": Contender("torch", part=0.05),
        "spdl": Contender("spdl", part=0.05, options={"arena": None}),
        "plain loop": Contender("plain"),
    },
    checksum=lambda count: count * (count + 1) / 2,
    targets=(
        Target("pipeflow", "minipipe", 60),
        Target("pipeflow, buffer 3", "minipipe", 2),
        Target("pipeflow", "mpire", 5),
        Target("pipeflow", "imap(100)", 1),
    ),
)
