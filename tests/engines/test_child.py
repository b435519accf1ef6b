"""What a worker's process is like."""

from __future__ import annotations

import gc

import pytest

import pipeflow as pf
from pipeflow.system import stream_flow


def frozen(_: int) -> int:
    return gc.get_freeze_count()


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_what_was_there_before_is_left_out_of_garbage_collection(method: str) -> None:
    """A collection writes to every object it looks at: pages shared with the parent would all be copied."""
    flow = pf.Source([1]) >> pf.Transform(frozen)
    with stream_flow(flow, start_method=method) as found:
        [count] = found
    assert count > 10_000
