"""grain: an IterDataset with a worker process."""

from __future__ import annotations

from benchmarks.work import Chain


def run(chain: Chain) -> float:
    """The items must be a sequence; the functions run in the worker processes."""
    import grain

    dataset = grain.MapDataset.source(list(chain.items())).map(chain.composed).to_iter_dataset()
    dataset = dataset.mp_prefetch(grain.multiprocessing.MultiprocessingOptions(num_workers=chain.workers))
    return sum(map(chain.fold, dataset))
