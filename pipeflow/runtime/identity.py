"""Who the current worker is, and its random seed."""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NamedTuple


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


_current: ContextVar[WorkerIdentity | None] = ContextVar("pipeflow worker", default=None)


def worker() -> WorkerIdentity | None:
    """The worker that runs the calling functor; None in the caller's own code."""
    return _current.get()


def become(identity: WorkerIdentity | None) -> None:
    """From here on the current thread, or what else has a context of its own, works for `identity`."""
    _current.set(identity)


def seed_of(root: int, identity: WorkerIdentity) -> int:
    """A worker's seed, of 64 bits; the same root and worker give the same again."""
    text = f"{root}/{identity.name}/{identity.replica}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def seed_process(root: int, identity: WorkerIdentity) -> None:
    """Give this process random numbers of its own: ``random``, and numpy's global state (when numpy's is
    loaded: it takes a tenth of a worker's memory, and few need it).

    Args:
        root: the run's root seed.
        identity: whose numbers they are; the same root and worker give the same numbers again.
    """
    seed = seed_of(root, identity)
    random.seed(seed)
    loaded = sys.modules.get(_NUMPYS)
    if loaded is not None:
        loaded.seed(seed % 2**32)
    else:
        sys.meta_path.insert(0, _SeedsWhenLoaded(seed % 2**32))


_NUMPYS = "numpy.random"


class _SeedsWhenLoaded:
    """Waits for numpy's random numbers to be imported."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that would have been found, and the seed after the module has run."""
        if name != _NUMPYS:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute, seed = loader.exec_module, self._seed

            def seeded(module: Any) -> None:
                execute(module)
                module.seed(seed)

            loader.exec_module = seeded
        return spec
