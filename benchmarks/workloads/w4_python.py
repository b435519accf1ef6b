"""W4: 5 ms of pure Python an item, two workers: what replicas are for."""

from __future__ import annotations

from functools import partial

from benchmarks.work import Chain, Contender, Target, Workload


def spin(x: int) -> int:
    """About 5 ms."""
    total = 0
    for number in range(100_000):
        total += number & 1
    return x + total - 50_000


def chain(count: int) -> Chain:
    """source, spin x 2, sink."""
    return Chain(partial(range, count), (spin,), float, workers=2)


WORKLOAD = Workload(
    "5 ms of Python x 2 workers",
    chain,
    400,
    {
        "pipeflow": Contender("pipeflow"),
        "minipipe": Contender("minipipe"),
        "imap": Contender("pools", "imap"),
        "mpire": Contender("pools", "mpire"),
        "plain loop": Contender("plain"),
    },
    checksum=lambda count: count * (count - 1) / 2,
    targets=(Target("pipeflow", "plain loop", 1.9),),
)
