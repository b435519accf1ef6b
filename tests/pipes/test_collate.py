"""collate: the rules of torch's default_collate, with numpy arrays."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, NamedTuple

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.pipes.collate import stack


class Sample(NamedTuple):
    image: Any
    label: int


def test_numbers_become_one_array() -> None:
    for samples, dtype in (([1, 2, 3], np.int64), ([0.5, 1.5], np.float64), ([True, False], np.bool_)):
        batch = stack(samples)
        assert batch.tolist() == samples
        assert batch.dtype == dtype


def test_numpy_scalars_keep_their_dtype() -> None:
    assert stack([np.float32(1), np.float32(2)]).dtype == np.float32


def test_arrays_are_stacked_on_a_new_first_axis() -> None:
    batch = stack([np.full((2, 3), i, dtype=np.uint8) for i in range(4)])
    assert batch.shape == (4, 2, 3)
    assert batch.dtype == np.uint8
    assert batch[3].max() == 3


def test_strings_and_bytes_stay_a_list() -> None:
    assert stack(["a", "bc"]) == ["a", "bc"]
    assert stack([b"a", b"bc"]) == [b"a", b"bc"]


def test_containers_are_collated_part_by_part() -> None:
    batch = stack([{"x": np.zeros(2), "y": (1, "a")}, {"x": np.ones(2), "y": (2, "b")}])
    assert batch["x"].shape == (2, 2)
    assert batch["y"][0].tolist() == [1, 2]
    assert batch["y"][1] == ["a", "b"]
    assert isinstance(batch["y"], tuple)
    assert [part.tolist() for part in stack([[1, 2], [3, 4], [5, 6]])] == [[1, 3, 5], [2, 4, 6]]


def test_a_named_tuple_stays_one() -> None:
    batch = stack([Sample(np.zeros(3), 0), Sample(np.ones(3), 1)])
    assert isinstance(batch, Sample)
    assert batch.image.shape == (2, 3)
    assert batch.label.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "nothing to collate"),
        ([np.zeros(2), np.zeros(3)], r"different shapes.*\(2,\), \(3,\)"),
        ([{"a": 1}, {"b": 1}], r"sample 1 has the keys \['b'\], sample 0 has \['a'\]"),
        ([(1, 2), (1,)], "sample 1 has 1 parts, sample 0 has 2"),
    ],
)
def test_samples_that_do_not_fit_are_named(samples: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stack(samples)


def test_a_type_without_a_rule_is_named() -> None:
    with pytest.raises(TypeError, match="no rule for collating object"):
        stack([object()])


def test_a_function_of_ones_own() -> None:
    pipe = pf.collate(sum)
    assert pipe.functor is sum
    assert (pipe.label, pf.collate().label, pf.collate(name="c").label) == ("sum", "collate", "c")


def test_nothing_here_needs_numpy_to_be_imported() -> None:
    code = "import sys, pipeflow as pf; pf.batch(2) >> pf.collate(); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
