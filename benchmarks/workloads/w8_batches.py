"""W8: batches, dicts of arrays of 3 MiB, two workers, a `for` in the caller: training."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.work import Chain, Contender, Target, Workload


def numbers(count: int) -> Iterator[int]:
    """What to load."""
    yield from range(count)


def batch(number: int) -> dict[str, Any]:
    """32 pictures of 3 x 92 x 92 floats and their labels."""
    return {
        "image": np.full((32, 3, 92, 92), number, dtype=np.float32),
        "label": np.full(32, number, dtype=np.int64),
    }


def look(item: dict[str, Any]) -> float:
    """The caller's share."""
    return float(item["image"][-1, -1, -1, -1] + item["label"][0]) / 2


def chain(count: int) -> Chain:
    """source, batch x 2, the caller."""
    return Chain(partial(numbers, count), (batch,), look, workers=2)


WORKLOAD = Workload(
    "dicts of arrays, 3 MiB, 2 workers, `for` in the caller",
    chain,
    1000,
    {
        "pipeflow": Contender("pipeflow", "iterate"),
        "minipipe": Contender("minipipe", part=0.1),
        "spdl, arena": Contender("spdl"),
        "torch": Contender("torch", part=0.2),
        "grain": Contender("grain", part=0.2),
        "imap": Contender("pools", "imap", part=0.2),
        "plain loop": Contender("plain"),
    },
    checksum=lambda count: count * (count - 1) / 2,
    targets=(
        Target("pipeflow", "minipipe", 30),
        Target("pipeflow", "spdl, arena", 2),
        Target("pipeflow", "torch", 8),
    ),
    memory=True,
    less_memory=("pipeflow", "minipipe"),
)
