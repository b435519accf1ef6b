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


GROWTH = """
import ctypes
from pipeflow.runtime.allocator import keep_memory
kept = keep_memory()
malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
malloc.restype, malloc.argtypes, free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
small, places = [malloc(size) for size in range(1000, 5000, 20)], set()
for size in range(1000, 5000, 500):
    large = malloc(3 << 20)
    places.add(large)
    small.append(malloc(size))
    free(large)
    small.append(malloc(size))
print(kept, len(places))
"""


def said(script: str, **environment: str) -> tuple[str, int]:
    words = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    ).stdout.split()
    return words[0], int(words[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_blocks_are_used_again_instead_of_mapped_again() -> None:
    kept, few = said(FAULTS)
    left, many = said(FAULTS, PIPEFLOW_MALLOC="0")
    if kept == "False":
        pytest.skip("not glibc")
    assert left == "False"
    assert few < 1500 < many  # 256 pages a block: once, or fifty times


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_small_blocks_dont_take_the_place_of_a_large_one_that_is_wanted_again() -> None:
    kept, places = said(GROWTH)
    if kept == "False":
        pytest.skip("not glibc")
    assert places == 1
