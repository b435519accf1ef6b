"""stack: a batch of samples as one sample of arrays, as data loaders do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

from pipeflow.expression import is_a
from pipeflow.spelling import short

_TEXT = ("U", "S")


def stack(batch: Sequence[Any]) -> Any:
    """One sample whose leaves have the batch as their first axis.

    Arrays are stacked (torch tensors as tensors), numbers become an array, strings and bytes stay a list;
    dicts, lists, tuples and namedtuples are gone through, so that a batch of ``(image, label)`` is a pair of
    arrays.

    Args:
        batch: samples that all look like the first.

    Raises:
        TypeError: for what can't be stacked.
        ValueError: when samples differ in shape, length or keys; the text says where.
    """
    if is_a(batch, str, bytes, Mapping) or not is_a(batch, Sized):
        raise TypeError(
            f"collate takes batches, lists of samples, not {type(batch).__name__}: put  batch(n)  before it"
        )
    if not len(batch):
        raise ValueError("collate got a batch without samples")
    return _stacked(list(batch), "")


def _stacked(samples: list[Any], where: str) -> Any:
    first = samples[0]
    if is_a(first, str, bytes):
        _refuse_mixed(samples, where, lambda sample: is_a(sample, str, bytes) or not _is_number(sample))
        return samples
    if is_a(first, Mapping):
        return _stacked_dicts(samples, where)
    if is_a(first, tuple, list):
        return _stacked_sequences(samples, where)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(first, torch.Tensor):
        return _in_one(torch.stack, samples, where)
    if _is_number(first):
        import numpy as np  # only here: a pipeline without arrays needs none

        whole = _in_one(np.stack, samples, where)
        if whole.dtype.kind in _TEXT:
            _refuse_mixed(samples, where, lambda sample: np.asarray(sample).dtype.kind in _TEXT)
        return whole
    raise TypeError(
        f"collate can't stack {type(first).__name__}{where}: it knows arrays, numbers, text, and dicts, "
        "lists and tuples of them. Say how with  collate(fn)"
    )


def _is_number(sample: Any) -> bool:
    return is_a(sample, bool, int, float, complex) or hasattr(sample, "__array__")


def _refuse_mixed(samples: list[Any], where: str, is_text: Callable[[Any], bool]) -> None:
    """An array of both would be one of text: 1 and 'a' as '1' and 'a'."""
    texts = [is_text(sample) for sample in samples]
    if not all(texts):
        odd = texts.index(not texts[0])
        raise ValueError(
            f"collate can't stack numbers and text together{where}: {short(samples[0])} in sample 0, "
            f"{short(samples[odd])} in sample {odd}. Make them alike before, or say how with  collate(fn)"
        )


def _in_one(stack: Callable[[list[Any]], Any], samples: list[Any], where: str) -> Any:
    shapes = [tuple(getattr(sample, "shape", ())) for sample in samples]
    odd = next((position for position, shape in enumerate(shapes) if shape != shapes[0]), None)
    if odd is not None:
        raise ValueError(
            f"collate can't stack arrays of different shapes{where}: {shapes[0]} in sample 0, {shapes[odd]} "
            f"in sample {odd}. Pad or crop them before, or say how with  collate(fn)"
        )
    return stack(samples)


def _stacked_dicts(samples: list[Any], where: str) -> Any:
    first = samples[0]
    for position, sample in enumerate(samples):
        if not is_a(sample, Mapping) or sample.keys() != first.keys():
            raise ValueError(
                f"collate needs the same keys in every sample{where}: {list(first)} in sample 0, "
                f"{list(sample) if is_a(sample, Mapping) else sample!r} in sample {position}"
            )
    fields = {key: _stacked([sample[key] for sample in samples], f"{where} [{key!r}]") for key in first}
    if is_a(first, dict) and type(first) is not dict:
        twin = first.copy()  # an OrderedDict, a defaultdict: the same kind, as its own copy makes it
        twin.update(fields)
        return twin
    return fields


def _stacked_sequences(samples: list[Any], where: str) -> Any:
    first = samples[0]
    for position, sample in enumerate(samples):
        if not is_a(sample, tuple, list) or len(sample) != len(first):
            odd = len(sample) if is_a(sample, tuple, list) else f"{short(sample)}, which has none,"
            raise ValueError(
                f"collate needs samples of the same length{where}: {len(first)} in sample 0, {odd} in "
                f"sample {position}"
            )
    parts = [
        _stacked(list(part), f"{where} [{index}]") for index, part in enumerate(zip(*samples, strict=True))
    ]
    if hasattr(first, "_fields"):
        return type(first)(*parts)
    return tuple(parts) if is_a(first, tuple) else parts
