"""Pools: multiprocessing's, mpire, joblib, loky. One step, all stages composed, to the caller."""

from __future__ import annotations

import multiprocessing
from typing import Any

from benchmarks.work import Chain


def imap(chain: Chain, chunksize: int = 1) -> float:
    """`Pool.imap`, which has no bound: the source runs ahead as far as it likes."""
    with multiprocessing.Pool(chain.workers) as pool:
        return sum(map(chain.fold, pool.imap(chain.composed, chain.items(), chunksize)))


def mpire(chain: Chain, **options: Any) -> float:
    """`WorkerPool.imap` at its default settings."""
    from mpire import WorkerPool

    items = chain.items()
    length = len(items) if hasattr(items, "__len__") else None
    with WorkerPool(n_jobs=chain.workers) as pool:
        return sum(map(chain.fold, pool.imap(chain.composed, items, iterable_len=length, **options)))


def joblib(chain: Chain) -> float:
    """`Parallel` with a generator of results; two workers, since one would mean none."""
    from joblib import Parallel, delayed

    work = Parallel(n_jobs=max(2, chain.workers), return_as="generator")
    return sum(map(chain.fold, work(delayed(chain.composed)(item) for item in chain.items())))


def loky(chain: Chain, chunksize: int = 100) -> float:
    """`ProcessPoolExecutor.map`, in chunks; it submits everything at once."""
    from loky import ProcessPoolExecutor

    with ProcessPoolExecutor(max_workers=chain.workers) as pool:
        return sum(map(chain.fold, pool.map(chain.composed, chain.items(), chunksize=chunksize)))
