"""Types as people write them, the parts of tuples, and unions."""

from __future__ import annotations

import collections
import enum
import pathlib
import sys
import typing as t
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypeVar, Union

import numpy as np
import numpy.typing as npt
import pytest

from pipeflow.hints import UNKNOWN, Never, arity, parts, show, strip_none, union

T = TypeVar("T")


class Color(enum.Enum):
    RED = 1


class Pair(NamedTuple):
    a: int
    b: str


class Outer:
    class Inner: ...


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (None, "None"),
        (type(None), "None"),
        (np.ndarray, "numpy.ndarray"),
        (npt.NDArray[np.float32], "NDArray[numpy.float32]"),
        (list[int], "list[int]"),
        (t.List[int], "list[int]"),  # noqa: UP006
        (dict[str, list[int]], "dict[str, list[int]]"),
        (Optional[str], "str | None"),  # noqa: UP045
        (Union[None, str, int], "str | int | None"),
        (int | str, "int | str"),
        (Any, "Any"),
        (UNKNOWN, "unknown"),
        (Never, "Never"),
        (T, "T"),
        (Literal[1, "a"], "Literal[1, 'a']"),
        (Literal[Color.RED], "Literal[Color.RED]"),
        (Annotated[int, "m"], "int"),
        (Callable[[int, str], bool], "Callable[[int, str], bool]"),
        (Callable[..., bool], "Callable[..., bool]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (tuple[()], "tuple[()]"),
        (tuple, "tuple"),
        (type[int], "type[int]"),
        (Iterator[int], "Iterator[int]"),
        (pathlib.Path, "pathlib.Path"),
        (collections.OrderedDict[str, int], "collections.OrderedDict[str, int]"),
        (Outer.Inner, "tests.hints.test_writing.Outer.Inner"),
        ("Missing", "Missing"),
        (t.ForwardRef("Missing"), "Missing"),
        (t.NewType("UserId", int), "UserId"),
        (3, "3"),
    ],
)
def test_show(annotation, text):
    assert show(annotation) == text


def test_a_local_class_is_shown_by_its_name():
    class Local: ...

    assert show(Local) == "Local"
    assert show(list[Local]) == "list[Local]"


@pytest.mark.parametrize(
    ("annotation", "n", "expected"),
    [
        (tuple[int, str], 2, (int, str)),
        (tuple[int, str], 3, None),
        (tuple[int, ...], 3, (int, int, int)),
        (list[int], 2, (int, int)),
        (Pair, 2, (int, str)),
        (Pair, 3, None),
        (tuple[int, str] | None, 2, (int, str)),
        (tuple[int, str] | tuple[bytes, str], 2, (int | bytes, str)),
        (str, 2, None),
        (int, 2, None),
        (Any, 2, None),
        (UNKNOWN, 2, None),
        (tuple[()], 0, ()),
        (3, 2, None),
    ],
)
def test_parts(annotation, n, expected):
    assert parts(annotation, n) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (tuple[int, str], 2),
        (tuple[()], 0),
        (Pair, 2),
        (tuple[int, str] | None, 2),
        (tuple[int, str] | tuple[int], None),
        (tuple[int, ...], None),
        (tuple, None),
        (list[int], None),
        (int, None),
        (UNKNOWN, None),
    ],
)
def test_arity(annotation, expected):
    assert arity(annotation) == expected


def test_union():
    assert union([int, str, int]) == int | str
    assert union([int]) is int
    assert union([]) is Never
    assert union([int, Never]) is int
    assert union([int | None, str]) == int | None | str
    assert union([list[int], list[int], dict[str, int]]) == list[int] | dict[str, int]
    assert union([int, UNKNOWN]) == Union[int, UNKNOWN]
    assert show(union([int, 3, str])) in ("int | unknown | str", "int | 3 | str")  # 3.10 takes only types


def test_strip_none():
    assert strip_none(int | None) is int
    assert strip_none(None) is Never
    assert strip_none(int) is int
    assert strip_none(Any) is Any
    assert strip_none(Optional[Union[int, str]]) == int | str  # noqa: UP045


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the star is new in Python 3.11")
def test_an_unpacked_tuple_keeps_its_star():
    star: Any = next(iter(tuple[str, ...]))  # type: ignore[call-overload]
    assert show(tuple[int, star]) == "tuple[int, *tuple[str, ...]]"
    assert show(tuple[int, tuple[str, ...]]) == "tuple[int, tuple[str, ...]]"
