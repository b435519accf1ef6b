"""torch's DataLoader over an iterable data set: source and functions in its workers, to the caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from benchmarks.work import Chain


class _Items(IterableDataset):  # type: ignore[misc,type-arg]
    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    def __iter__(self) -> Iterator[Any]:
        info = get_worker_info()
        mine, of = (info.id, info.num_workers) if info else (0, 1)
        for number, item in enumerate(self.chain.items()):
            if number % of == mine:
                yield self.chain.composed(item)


def run(chain: Chain) -> float:
    """No batching; arrays become tensors, which travel in shared memory."""
    import numpy as np
    import torch

    def collate(item: Any) -> Any:
        if isinstance(item, np.ndarray):
            return torch.from_numpy(item)
        if isinstance(item, dict):
            return {key: collate(value) for key, value in item.items()}
        return item

    def back(item: Any) -> Any:
        if isinstance(item, torch.Tensor):
            return item.numpy()
        if isinstance(item, dict):
            return {key: back(value) for key, value in item.items()}
        return item

    loader = DataLoader(_Items(chain), batch_size=None, num_workers=chain.workers, collate_fn=collate)
    return sum(chain.fold(back(item)) for item in loader)
