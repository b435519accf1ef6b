"""W2: many arrays of 256 KiB: copies, page faults, and how memory is re-used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.work import Chain, Contender, Target, Workload

SIDE = 32768


def arrays(count: int) -> Iterator[Any]:
    """Fresh arrays, as a loader makes them."""
    for number in range(count):
        yield np.full(SIDE, number, dtype=np.float64)


def scaled(array: Any) -> Any:
    """In place: what arrives is writable."""
    array += 1
    return array


def corner(array: Any) -> float:
    """Enough to see that it is the right one."""
    return float(array[0] + array[-1]) / 2


def chain(count: int) -> Chain:
    """source, in-place add, sink."""
    return Chain(partial(arrays, count), (scaled,), corner)


WORKLOAD = Workload(
    "arrays of 256 KiB: source, += 1, sink (all with memory kept)",
    chain,
    5000,
    {
        "pipeflow": Contender("pipeflow"),
        "pipeflow, for": Contender("pipeflow", "iterate"),
        "minipipe": Contender("minipipe", part=0.1),
        "spdl, arena": Contender("spdl"),
        "imap": Contender("pools", "imap", part=0.1),
        "torch": Contender("torch", part=0.2),
        "plain loop": Contender("plain"),
    },
    checksum=lambda count: count * (count + 1) / 2,
    targets=(Target("pipeflow", "minipipe", 10), Target("pipeflow", "spdl, arena", 1.5)),
    memory=True,
    tuned=True,
)
