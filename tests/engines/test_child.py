"""What a worker's process is like."""

from __future__ import annotations

import gc
import subprocess
import sys

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


SERVED = """
from multiprocessing import forkserver
from pathlib import Path

import pipeflow as pf
from pipeflow.system import stream_flow

def in_its_server(word):
    import os
    return word in Path(f"/proc/{os.getppid()}/maps").read_text()

before = list(forkserver._forkserver._preload_modules)
with stream_flow(pf.Source(["_ctypes"]) >> pf.Transform(in_its_server), start_method="forkserver") as found:
    print(list(found), forkserver._forkserver._preload_modules == before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_fork_server_has_imported_what_workers_need() -> None:
    """Of what only workers use, and no server by itself."""
    said = subprocess.run(
        [sys.executable, "-c", SERVED], capture_output=True, text=True, check=True, timeout=50
    )
    assert said.stdout.split() == ["[True]", "True"]
