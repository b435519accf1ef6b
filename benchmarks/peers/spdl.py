"""SPDL: a pipeline in a subprocess, whose arrays come through its shared memory arena."""

from __future__ import annotations

from typing import Any

from spdl.pipeline import PipelineBuilder, SharedMemoryRingBuffer, run_pipeline_in_subprocess

from benchmarks.work import Chain


def run(chain: Chain, arena: int | None = 256 << 20) -> float:
    """Source and functions in the subprocess (threads), the caller takes the items."""
    builder: Any = PipelineBuilder().add_source(chain.items())
    for stage in chain.stages:
        builder = builder.pipe(stage, concurrency=chain.workers)
    config = builder.add_sink(chain.buffer or 3).get_config()
    options: Any = {} if arena is None else {"arena": SharedMemoryRingBuffer(capacity=arena)}
    items = run_pipeline_in_subprocess(config, num_threads=max(1, chain.workers), **options)
    return sum(map(chain.fold, items))
