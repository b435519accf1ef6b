"""collate: from a list of samples to one batch, as a PyTorch user expects, with numpy arrays.

The rules are those of torch's ``default_collate``: numbers become an array, arrays and tensors are stacked,
strings and bytes stay a list, mappings, named tuples, tuples and lists are collated part by part.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from pipeflow.pipes.transform import Transform


class Collate(Transform[Any, Any]):
    """Makes one batch of each list of samples. See `collate`."""

    kind = "Collate"

    @property
    def label(self) -> str:
        """The given name, else its function's, else "collate"."""
        return "collate" if self.functor is stack and self.given_name is None else super().label


def collate(fn: Callable[[list[Any]], Any] | None = None, name: str | None = None) -> Collate:
    """Make one batch of each list of samples, as in ``... >> batch(32) >> collate() >> train``.

    Args:
        fn: how; left out, as torch's ``default_collate`` does, with numpy arrays (torch tensors where the
            samples are tensors).
        name: shown everywhere.
    """
    return Collate(stack if fn is None else fn, name)


def stack(samples: list[Any]) -> Any:
    """One batch of `samples`: an array with a new first axis, or containers of such arrays.

    Raises:
        ValueError: samples differ in shape, in length or in their keys.
        TypeError: there is no rule for a sample's type.
    """
    if not samples:
        raise ValueError("there is nothing to collate: the list of samples is empty")
    first = samples[0]
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(first, torch.Tensor):
        return torch.stack(list(samples))
    if isinstance(first, (str, bytes)):
        return list(samples)
    if isinstance(first, Mapping):
        return _mappings(samples, first)
    if isinstance(first, (tuple, list)):
        return _sequences(samples, first)
    return _arrays(samples, first)


def _mappings(samples: list[Any], first: Mapping[Any, Any]) -> Any:
    for number, sample in enumerate(samples):
        if sample.keys() != first.keys():
            keys, expected = sorted(map(str, sample)), sorted(map(str, first))
            raise ValueError(f"sample {number} has the keys {keys}, sample 0 has {expected}")
    return {key: stack([sample[key] for sample in samples]) for key in first}


def _sequences(samples: list[Any], first: Any) -> Any:
    for number, sample in enumerate(samples):
        if len(sample) != len(first):
            raise ValueError(f"sample {number} has {len(sample)} parts, sample 0 has {len(first)}")
    columns = [stack(list(column)) for column in zip(*samples, strict=True)]
    if hasattr(first, "_fields"):
        return type(first)(*columns)
    return tuple(columns) if isinstance(first, tuple) else columns


def _arrays(samples: list[Any], first: Any) -> Any:
    import numpy as np  # only here: importing pipeflow needs no numpy

    if isinstance(first, (bool, int, float, complex, np.generic)):
        return np.asarray(samples)
    if hasattr(first, "__array__"):
        shapes = {np.shape(sample) for sample in samples}
        if len(shapes) > 1:
            listed = ", ".join(map(str, sorted(shapes)))
            raise ValueError(f"samples of different shapes can't be stacked: {listed}")
        return np.stack(samples)
    raise TypeError(f"there is no rule for collating {type(first).__name__}; give collate a function")
