"""W5: the documentation's example: every stage sleeps, so the ideal is the slowest stage's time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.work import Chain, Contender, Target, Workload

NAP = 0.02


def slow_items(count: int) -> Iterator[int]:
    """An item every NAP."""
    for number in range(count):
        time.sleep(NAP)
        yield number


def nap(x: int) -> int:
    """As slow as the source."""
    time.sleep(NAP)
    return x + 1


def slow_fold(x: int) -> float:
    """As slow as the rest."""
    time.sleep(NAP)
    return float(x)


def chain(count: int) -> Chain:
    """source, nap, sink, each NAP."""
    return Chain(partial(slow_items, count), (nap,), slow_fold)


WORKLOAD = Workload(
    "each of three stages sleeps 20 ms (ideal: a third of the plain loop)",
    chain,
    100,
    {
        "pipeflow": Contender("pipeflow"),
        "minipipe": Contender("minipipe"),
        "plain loop": Contender("plain"),
    },
    checksum=lambda count: count * (count + 1) / 2,
    targets=(Target("pipeflow", "plain loop", 3 / 1.05 * 100 / 102),),
)
