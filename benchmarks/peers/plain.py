"""A loop."""

from __future__ import annotations

from benchmarks.work import Chain


def run(chain: Chain) -> float:
    """In this process, one after the other."""
    total = 0.0
    for item in chain.items():
        total += chain.fold(chain.composed(item))
    return total
