"""Who the current worker is, and its random seed."""

from __future__ import annotations

import hashlib
import random
import sys
import threading
from typing import NamedTuple


class WorkerIdentity(NamedTuple):
    """The worker that runs the current code.

    Attributes:
        name: the pipe's unique name.
        replica: which of its workers, from 0.
        of: how many there are.
    """

    name: str
    replica: int
    of: int


_current = threading.local()


def worker() -> WorkerIdentity | None:
    """The worker that runs the calling functor; None in the caller's own code."""
    identity: WorkerIdentity | None = getattr(_current, "identity", None)
    return identity


def become(identity: WorkerIdentity | None) -> None:
    """From here on the current thread works for `identity`."""
    _current.identity = identity


def seed_process(root: int, identity: WorkerIdentity) -> None:
    """Give this process random numbers of its own: ``random``, and numpy's global state where numpy is
    loaded.

    Args:
        root: the run's root seed.
        identity: whose numbers they are; the same root and worker give the same numbers again.
    """
    text = f"{root}/{identity.name}/{identity.replica}"
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
