"""W3: arrays of 16 MiB: memory bandwidth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.work import Chain, Contender, Target, Workload
from benchmarks.workloads.w2_arrays import corner

SIDE = 2 << 20


def arrays(count: int) -> Iterator[Any]:
    """A few arrays in turn with new marks: making them costs nothing, and late picklers see no later mark."""
    turns = [np.zeros(SIDE) for _ in range(16)]
    for number in range(count):
        array = turns[number % len(turns)]
        array[0] = array[-1] = number + 1
        yield array


def same(array: Any) -> Any:
    """On it goes."""
    return array


def chain(count: int) -> Chain:
    """source, pass, sink."""
    return Chain(partial(arrays, count), (same,), corner)


WORKLOAD = Workload(
    "arrays of 16 MiB: source, pass, sink",
    chain,
    200,
    {
        "pipeflow": Contender("pipeflow"),
        "pipeflow, for": Contender("pipeflow", "iterate"),
        "minipipe": Contender("minipipe", part=0.1),
        "spdl, arena": Contender("spdl"),
        "plain loop": Contender("plain"),
        "one memcpy each": Contender("plain", "copy"),
    },
    checksum=lambda count: count * (count + 1) / 2,
    targets=(
        Target("pipeflow", "minipipe", 40),
        Target("pipeflow, for", "spdl, arena", 1),
        Target("pipeflow", "one memcpy each", 0.5),
    ),
    memory=True,
)
