"""stack: the rules of torch's default_collate, with numpy arrays."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest

from pipeflow.pipes.ready.stacking import stack


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


def test_what_says_it_is_an_array_is_one() -> None:
    class Image:
        shape = (2,)

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array([1, 2])

    assert stack([Image(), Image()]).tolist() == [[1, 2], [1, 2]]


def test_strings_and_bytes_stay_a_list() -> None:
    assert stack(["a", "bc"]) == ["a", "bc"]
    assert stack([b"a", b"bc"]) == [b"a", b"bc"]


def test_text_may_be_missing() -> None:
    assert stack(["a", None]) == ["a", None]
    assert stack([np.str_("a"), "b", b"c"]) == ["a", "b", b"c"]


def test_arrays_of_text_are_stacked() -> None:
    assert stack([np.array(["a", "b"]), np.array(["c", "de"])]).tolist() == [["a", "b"], ["c", "de"]]


def test_containers_are_gone_through() -> None:
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


def test_a_dict_of_another_kind_stays_one() -> None:
    batch = stack([OrderedDict(b=1, a=2), OrderedDict(b=3, a=4)])
    assert type(batch) is OrderedDict
    assert [(key, part.tolist()) for key, part in batch.items()] == [("b", [1, 3]), ("a", [2, 4])]


def test_a_tuple_is_a_batch_too() -> None:
    assert stack((1, 2)).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "a batch without samples"),
        ([np.zeros(2), np.zeros(3)], r"different shapes: \(2,\) in sample 0, \(3,\) in sample 1"),
        ([{"a": np.zeros(2)}, {"a": np.zeros(3)}], r"different shapes \['a'\]: "),
        ([{"a": 1}, {"b": 1}], r"the same keys in every sample: \['a'\] in sample 0, \['b'\] in sample 1"),
        ([{"a": 1}, 3], "the same keys .* 3 in sample 1"),
        ([(1, 2), (1,)], "the same length: 2 in sample 0, 1 in sample 1$"),
        ([(1,), [1, 2]], "the same length: 1 in sample 0, 2 in sample 1$"),
        (
            [{"p": (1, 2)}, {"p": 3}],
            r"the same length \['p'\]: 2 in sample 0, 3, which has none, in sample 1$",
        ),
        ([1, 2, "a"], r"numbers and text together: 1 in sample 0, 'a' in sample 2\. Make them alike"),
        ([0.5, b"a"], "numbers and text together: 0.5 in sample 0, b'a' in sample 1"),
        (["a", "b", 1], "numbers and text together: 'a' in sample 0, 1 in sample 2"),
        ([{"y": (True, "a")}, {"y": ("b", "a")}], r"text together \['y'\] \[0\]: True in sample 0, 'b' in"),
        (
            [np.array(["a"]), np.array([1])],
            r"text together: array\(\['a'\], .* in sample 0, array\(\[1\]\) in",
        ),
    ],
)
def test_samples_that_do_not_fit_are_named(samples: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stack(samples)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([object()], "can't stack object"),
        ([{"a": [object()]}], r"can't stack object \['a'\] \[0\]"),
        ([None], "can't stack NoneType"),
        ("text", r"takes batches, lists of samples, not str: put  batch\(n\)  before it"),
        ({"a": 1}, "not dict"),
        (3, "not int"),
    ],
)
def test_what_can_not_be_stacked_is_named(batch: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        stack(batch)
