"""This library."""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from benchmarks.work import Chain, Fold
from pipeflow.system import run_flow, stream_flow


def flow(chain: Chain) -> Any:
    """Source and stages."""
    flow: Any = pf.Source(chain.items, "source")
    for number, stage in enumerate(chain.stages):
        pipe = pf.Transform(stage, f"stage{number}") * chain.workers
        flow = flow >> (pipe if chain.buffer is None else pipe.with_(buffer_size=chain.buffer))
    return flow


def run(chain: Chain, **options: Any) -> float:
    """To a Sink in a worker."""
    sink = pf.Sink(Fold(chain.fold), "sink")
    if chain.buffer is not None:
        sink = sink.with_(buffer_size=chain.buffer)
    report = run_flow(flow(chain) >> sink, **options)
    return sum(report.results["sink"])


def iterate(chain: Chain, **options: Any) -> float:
    """The caller takes the items."""
    with stream_flow(flow(chain), **options) as items:
        return sum(map(chain.fold, items))
