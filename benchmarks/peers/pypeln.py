"""pypeln's process stages."""

from __future__ import annotations

import pypeln

from benchmarks.work import Chain


def run(chain: Chain) -> float:
    """One stage of processes for each function; the caller takes the items."""
    stage = chain.items()
    for function in chain.stages:
        stage = pypeln.process.map(function, stage, workers=chain.workers, maxsize=chain.buffer or 0)
    return sum(map(chain.fold, stage))
