from __future__ import annotations

import os
import subprocess
import sys

import pytest

FAULTS = """
import resource
from pipeflow.runtime.allocator import keep_memory
kept = keep_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    bytes(bytearray(1 << 20))
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**environment: str) -> tuple[str, int]:
    said = subprocess.run(
        [sys.executable, "-c", FAULTS],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    ).stdout.split()
    return said[0], int(said[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_blocks_are_used_again_instead_of_mapped_again() -> None:
    kept, few = faults()
    left, many = faults(PIPEFLOW_MALLOC="0")
    if kept == "False":
        pytest.skip("not glibc")
    assert left == "False"
    assert few < 1500 < many  # 256 pages a block: once, or fifty times
