"""A loop."""

from __future__ import annotations

from benchmarks.work import Chain


def run(chain: Chain) -> float:
    """In this process, one after the other."""
    total = 0.0
    for item in chain.items():
        total += chain.fold(chain.composed(item))
    return total


def copy(chain: Chain) -> float:
    """Each item, an array, is copied once into the same memory: what any transport has to do."""
    total, target = 0.0, None
    for item in chain.items():
        target = item.copy() if target is None else target
        target[:] = item
        total += chain.fold(target)
    return total
