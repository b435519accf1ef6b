"""How a worker's C library keeps memory: freed blocks stay, for a worker soon wants blocks of the same size.

By default glibc gives every block above 128 KiB back to the kernel when it is freed, and each new one is
zeroed
and mapped page by page again: for arrays that costs several times as much as copying them does. Only workers
are changed, never the caller's process. PIPEFLOW_MALLOC=0 in the environment leaves them as they are.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
LARGEST_KEPT: Final = 32 << 20
"""Blocks up to this size are kept; glibc allows no more."""
KEPT: Final = 128 << 20
"""Free memory above this goes back to the kernel."""
GAP: Final = 128 << 10
"""Bytes of one gap for small blocks; `GAPS` how many there are. What is not used of them takes no memory."""
GAPS: Final = 8


def keep_memory() -> bool:
    """Tune this process's allocator; whether there was one to tune."""
    if not sys.platform.startswith("linux") or os.environ.get("PIPEFLOW_MALLOC") == "0":
        return False
    with contextlib.suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        mallopt = library.mallopt
        if mallopt(_M_MMAP_THRESHOLD, LARGEST_KEPT) and mallopt(_M_TRIM_THRESHOLD, KEPT):
            _leave_gaps(library)
            return True
    return False


def _leave_gaps(library: ctypes.CDLL) -> None:
    """Where small blocks go, by best fit, rather than into the place of a large one that was just freed: the
    next of that size would not fit there any more, and take as much memory again.
    """
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
    blocks = [library.malloc(GAP) for _ in range(2 * GAPS)]
    for block in blocks[::2]:  # those between stay, so that no two become one
        library.free(block)
