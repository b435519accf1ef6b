"""Whether something certainly has no items inside."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeflow import hints
from pipeflow.checks._iterating import has_no_items, is_text

T = TypeVar("T")


class One:
    pass


class Base:
    """Some of its objects have items."""


class Middle(Base):
    pass


class Several(Middle):
    def __iter__(self) -> Iterator[int]:
        return iter((1,))


class Indexed:
    def __getitem__(self, index: int) -> int:
        raise IndexError(index)


class Text(str):
    pass


class Fields(NamedTuple):
    left: int


class Given(Generic[T]):
    pass


class Shaped(Protocol):
    size: int


@pytest.mark.parametrize(
    "annotation",
    [int, float, bool, str, bytes, Text, One, int | str, Literal["a"], Literal[1], pathlib.Path, Given[int]],
)
def test_what_has_no_items(annotation: Any) -> None:
    assert has_no_items(annotation)


@pytest.mark.parametrize(
    "annotation",
    [
        *(list, list[int], tuple[int, ...], Mapping[str, int], Fields, bytearray, Iterator[int], range),
        *(Any, object, hints.UNKNOWN, hints.Never, T, "Missing", Shaped, NDArray[np.float64]),
        *(int | list[int], str | None | Any, Base, Middle, Several, Hashable, Callable[[], int], type[One]),
    ],
)
def test_what_may_have_items(annotation: Any) -> None:
    assert not has_no_items(annotation)


def test_items_by_index() -> None:
    assert has_no_items(Indexed)
    assert not has_no_items(Indexed, by_index=True)


def test_text() -> None:
    assert all(is_text(each) for each in (str, bytes, Text, Literal["a", b"b"]))
    assert not any(is_text(each) for each in (int, list[str], bytearray, Literal["a", 1], Any, None))
