# ruff: noqa: E501, ICN001, UP045
# pyright: reportGeneralTypeIssues=false
"""The relation by hand: one line for each rule, and that it always answers."""

from __future__ import annotations

import argparse
import array
import collections
import collections.abc as abc
import dataclasses
import datetime
import enum
import functools
import mmap
import pathlib
import threading
import types
import typing as t
import unittest.mock
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    SupportsIndex,
    TypedDict,
    TypeVar,
    Union,
)
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import Buffer, LiteralString, Never, NotRequired, Self, TypeAliasType

from pipeflow.hints import UNKNOWN, Verdict, assignable, solve, substitute

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)
N = TypeVar("N", bound=float)
C = TypeVar("C", int, str)


class Animal: ...


class Dog(Animal): ...


class Cat(Animal): ...


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Pair(NamedTuple):
    a: int
    b: str


class Movie(TypedDict):
    title: str


class Long(Movie):
    minutes: int


class Maybe(TypedDict):
    title: NotRequired[str]


class Box(Generic[T]): ...


class Out(Generic[T_co]): ...


class In(Generic[T_contra]): ...


class Closes(Protocol):
    def close(self) -> None: ...


class Named(Protocol):
    name: str


class ReadNamed(Protocol):
    @property
    def name(self) -> str: ...


class File:
    def close(self) -> None: ...


class Person:
    name: str


@dataclasses.dataclass(frozen=True)
class Frozen:
    name: str


class Assigned:
    def __init__(self, name: str) -> None:
        self.name = name


class Below(Protocol):
    def __lt__(self, other: Self, /) -> bool: ...


class Upper(Protocol):
    def upper(self) -> str: ...


class Cached:
    @functools.cached_property
    def name(self) -> str: ...


class Loop:
    def __iter__(self) -> Iterator[int]: ...


UserId = NewType("UserId", int)
Json = Union[dict[str, "Json"], list["Json"], str, int, None]
Tree = TypeAliasType("Tree", "list[Tree] | int")

OK = "ok"
NO = "mismatch, certain"
LETTER = "mismatch, by the letter"
DUNNO = "unknown"


def said(producer: object, consumer: object) -> str:
    verdict = assignable(producer, consumer)
    assert (verdict.reason == "") == (verdict.verdict == "ok")
    if verdict.verdict != "mismatch":
        return verdict.verdict
    return NO if verdict.certain else LETTER


PAIRS: list[tuple[object, object, str]] = [
    # classes and the numeric tower
    (int, int, OK), (int, object, OK), (Dog, Animal, OK), (int, str, NO), (Dog, Cat, NO), (Animal, Dog, LETTER),
    (bool, int, OK), (int, bool, LETTER), (int, float, OK), (int, complex, OK), (float, complex, OK), (float, int, LETTER),
    (object, int, LETTER), (datetime.datetime, datetime.date, OK), (pathlib.Path, str, NO), (bytearray, bytes, NO),
    # None, unions
    (None, None, OK), (None, int, NO), (int, Optional[int], OK), (Optional[int], int, NO), (int, Union[str, float], OK),
    (Union[int, str], Union[str, int, None], OK), (Union[int, str], int, NO), (int | None, t.Optional[int], OK),
    (Never, int, OK), (int, Never, NO),
    # Any and what is not known
    (Any, int, DUNNO), (int, Any, DUNNO), (UNKNOWN, int, DUNNO), (int, UNKNOWN, DUNNO), (UNKNOWN, object, OK),
    (list[Any], list[int], DUNNO), (list[int], list[Any], OK), (list[int], list, OK), (list, list[int], DUNNO),
    (list, list, OK), (dict[str, list[int]], dict[str, Any], OK), (list[UNKNOWN], dict[str, int], NO),
    (Union[int, UNKNOWN], str, NO), (int, Union[str, UNKNOWN], DUNNO), (Callable[[Any], int], Callable[[str], int], OK),
    (list[list[int]], list[list[Any]], OK),
    # generics
    (list[int], list[int], OK), (list[int], list[float], LETTER), (list[int], list[str], NO), (list[bool], Sequence[int], OK),
    (list[int], Iterable[str], NO), (Sequence[int], list[int], LETTER), (dict[str, int], Mapping[str, float], OK),
    (dict[str, int], dict[str, float], LETTER), (dict[str, int], Iterable[str], OK), (str, Sequence[str], OK),
    (str, Iterable[int], NO), (bytes, Iterable[int], OK), (range, Sequence[int], OK), (set[int], frozenset[int], NO),
    (collections.OrderedDict[str, int], dict[str, int], OK), (collections.Counter[str], Mapping[str, int], OK),
    (Generator[int, None, None], Iterator[int], OK), (enumerate[str], Iterable[tuple[int, str]], OK),
    (Box[int], Box[int], OK), (Box[bool], Box[int], LETTER), (Box[str], Box[int], NO), (Out[bool], Out[int], OK),
    (In[int], In[bool], OK), (In[bool], In[int], LETTER), (list[int], list[int], OK), (Loop, Iterable[int], OK),
    (Loop, Iterable[str], NO), (Loop, Sequence[int], NO),
    # tuples
    (tuple[int, str], tuple[int, str], OK), (tuple[int, str], tuple[int, int], NO), (tuple[int, str], tuple[int], NO),
    (tuple[int, int], tuple[int, ...], OK), (tuple[int, ...], tuple[int, int], LETTER), (tuple[int, str], Sequence[int], NO),
    (tuple[bool, int], Sequence[int], OK), (tuple[()], tuple[int, ...], OK), (tuple[int], tuple[()], NO),
    (Pair, tuple[int, str], OK), (tuple[int, str], Pair, NO), (Pair, tuple[int, int], NO), (Pair, tuple, OK),
    (tuple, tuple[int, str], DUNNO), (list[int], tuple[int, ...], NO),
    # literals, enums, NewType, Annotated
    (Literal[1], int, OK), (Literal[1], Literal[1, 2], OK), (Literal[1, 2], Literal[1], NO), (Literal[1], Literal[True], NO),
    (str, Literal["a"], LETTER), (int, Literal["a"], NO), (bool, Literal[True, False], OK), (Color, Literal[Color.RED], LETTER),
    (Literal[Color.RED], Color, OK), (Color, Literal[Color.RED, Color.BLUE], OK), (Color, int, NO),
    (Literal["a"], LiteralString, OK), (str, LiteralString, LETTER), (LiteralString, str, OK),
    (UserId, int, OK), (int, UserId, LETTER), (str, UserId, NO), (Annotated[int, "m"], int, OK), (int, Annotated[float, 1], OK),
    # TypedDict
    (Long, Movie, OK), (Movie, Long, NO), (Movie, Maybe, LETTER), (Movie, dict[str, Any], LETTER), (dict[str, str], Movie, LETTER),
    (Movie, Mapping[str, object], OK), (Movie, list[str], NO), (int, Movie, NO),
    # callables and classes as values
    (Callable[[int], str], Callable[[bool], object], OK), (Callable[[bool], str], Callable[[int], str], LETTER),
    (Callable[[int], str], Callable[[], str], NO), (Callable[[int], int], Callable[[int], str], NO),
    (Callable[[int], int], Callable[[int], None], LETTER), (Callable[..., int], Callable[[int, str], int], OK),
    (type[Dog], type[Animal], OK), (type[Dog], Callable[..., Animal], OK), (int, Callable[..., Any], NO), (Dog, type[Dog], NO),
    (type[Dog], Dog, NO),
    # protocols
    (File, Closes, OK), (Person, Closes, NO), (Person, Named, OK), (Frozen, Named, LETTER), (Frozen, ReadNamed, OK),
    (Assigned, Named, OK), (int, t.SupportsInt, OK), (str, t.SupportsInt, NO), (list[int], abc.Hashable, LETTER),
    (list[int], abc.Sized, OK), (int, abc.Sized, NO), (None, Closes, NO), (Callable[[], int], Closes, NO),
    # numpy
    (np.ndarray, np.ndarray, OK), (npt.NDArray[np.float64], np.ndarray, OK), (np.ndarray, npt.NDArray[np.float64], DUNNO),
    (npt.NDArray[np.float64], npt.NDArray[np.float32], LETTER), (np.ndarray, list[float], NO), (list[float], np.ndarray, NO),
    (np.float64, float, OK), (np.float32, float, LETTER), (int, np.int64, LETTER), (np.ndarray, npt.NDArray[Any], OK),
    (npt.NDArray[np.float64], npt.NDArray[np.str_], NO), (str, np.ndarray, NO),
    # members in C
    (np.bool_, abc.Hashable, OK), (collections.deque[int], Below, OK), (list[int], Below, OK), (Cached, Named, LETTER),
    (Cached, ReadNamed, OK), (bytes, Upper, NO), (str, Upper, OK), (bytearray, Upper, DUNNO), (object, Below, NO),
    # recursive
    (int, Json, OK), (bytes, Json, NO), (list[int], Tree, LETTER), (Tree, Tree, OK), (str, Tree, NO),
    # type variables
    (int, T, OK), (list[int], list[T], OK), (str, N, NO), (bool, N, OK), (bytes, C, NO), (dict[int, list[int]], dict[T, list[T]], OK),
    (dict[int, list[str]], dict[T, list[T]], NO), (tuple[int, str], tuple[T, T], OK), (Union[int, str], C, NO),
    (In[Never], In[N], OK), (In[complex], In[N], OK), (In[str], In[N], LETTER), (In[bool], In[N], OK),
]  # fmt: skip


@pytest.mark.parametrize(("producer", "consumer", "answer"), PAIRS, ids=lambda each: str(each)[:60])
def test_pair(producer, consumer, answer):
    assert said(producer, consumer) == answer


@pytest.mark.parametrize("annotation", [pair[0] for pair in PAIRS], ids=str)
def test_everything_goes_into_itself_and_into_object(annotation):
    assert assignable(annotation, annotation).verdict != "mismatch"
    assert assignable(annotation, object).verdict == "ok"


def test_classes_of_one_name_are_not_told_apart():
    def cell():
        class Item: ...

        return Item

    assert said(cell(), cell()) == DUNNO


def test_a_class_that_decides_itself():
    class Meta(type):
        def __instancecheck__(cls, instance):
            return True

    class Positive(metaclass=Meta): ...

    assert said(int, Positive) == DUNNO


def test_a_producer_with_a_metaclass_of_its_own():
    class Meta(type):
        def __instancecheck__(cls, instance):
            return True

    class Odd(metaclass=Meta): ...

    class Plain(type): ...

    class Fine(metaclass=Plain): ...

    assert said(Odd, int) == DUNNO
    assert said(Odd, object) == OK
    assert said(Fine, int) == NO


def test_arrays_whose_class_says_their_shape():
    class Meta(type):
        def __instancecheck__(cls, instance):
            raise RuntimeError

    def array(kind: str, dims: str, of: type = np.ndarray) -> type:
        return Meta(f"{kind}[{dims}]", (), {"array_type": of, "dtypes": (kind,), "dim_str": dims})

    floats = array("float64", "batch dim")
    assert said(floats, np.ndarray) == OK
    assert said(floats, floats) == OK
    assert said(np.ndarray, floats) == DUNNO
    assert said(floats, array("float64", "dim")) == DUNNO
    assert said(floats, array("int64", "dim")) == LETTER
    assert said(floats, array("float64", "dim", list)) == NO
    assert said(str, floats) == NO
    assert said(floats, str) == NO


def test_registered_classes():
    import numbers

    assert said(int, numbers.Real) == DUNNO
    assert said(str, numbers.Real) == NO


def test_members_that_a_class_makes_up():
    class Proxy:
        def __getattr__(self, name):
            return 1

    assert said(Proxy, Named) == DUNNO
    assert said(Proxy, abc.Sized) == NO

    class Row(dict):
        __getattr__ = dict.__getitem__

    class Kept(dict):
        __getattribute__ = dict.__getattribute__

    assert said(Row, Named) == DUNNO
    assert said(Row, SupportsIndex) == NO
    assert said(Kept, Named) == NO


@pytest.mark.parametrize(
    "cls", [argparse.Namespace, types.SimpleNamespace, types.ModuleType, threading.local]
)
def test_classes_whose_instances_may_have_any_attribute(cls):
    class Own(cls): ...

    assert said(cls, Named) == said(Own, Named) == DUNNO
    assert said(Own, SupportsIndex) == said(Own, int) == NO


def test_what_python_asks_for_items_instead():
    class Numbered:
        def __getitem__(self, index): ...

    class Counted(Numbered):
        def __len__(self): ...

    class Hidden(Numbered):
        __getitem__ = None  # pyright: ignore[reportAssignmentType]

    assert said(Numbered, Iterable[int]) == said(Element, Iterable[Element]) == DUNNO
    assert said(Numbered, abc.Container[int]) == said(Counted, abc.Reversible[int]) == DUNNO
    assert (
        said(Numbered, abc.Reversible[int]) == said(Numbered, abc.Sized) == said(Hidden, Iterable[int]) == NO
    )
    assert said(Numbered, Iterator[int]) == NO


def test_whether_a_class_in_c_is_a_buffer_is_not_known():
    assert [said(cls, Buffer) for cls in (bytes, array.array, mmap.mmap, np.ndarray)] == [DUNNO] * 4
    assert said(int, Buffer) == said(str, Buffer) == NO
    assert said(array.array, int) == NO


@pytest.mark.parametrize(
    "taken", [int, str | None, tuple[int, int], list[int], type[int], Literal[1], Iterable[int]]
)
def test_mocks_stand_for_anything(taken):
    class Own(unittest.mock.MagicMock): ...

    assert said(unittest.mock.Mock, taken) == said(Own, taken) == DUNNO
    assert said(Own, unittest.mock.Mock) == OK
    assert said(int, unittest.mock.Mock) == NO


def test_reasons_name_the_types():
    assert assignable(int, str).reason == "int is not str"
    assert assignable(str, np.ndarray).reason == "str is not numpy.ndarray"
    assert assignable(int | None, int).reason == "None is not int"
    assert "2 parts" in assignable(tuple[int, str], tuple[int, str, int]).reason
    assert assignable(Person, Closes).reason.startswith(
        "tests.hints.relation.test_assign.Person has no close"
    )


# Type variables


def test_solve():
    assert solve([T], [int]) == {T: int}
    assert solve([list[T], T], [list[int], int]) == {T: int}
    assert solve([dict[str, T]], [dict[str, list[bytes]]]) == {T: list[bytes]}
    assert solve([Callable[[T], int]], [Callable[[str], int]]) == {T: str}
    assert solve([C], [bool]) == {C: int}
    assert solve([int], [int]) == {}
    assert solve([T, T], [int, str])[T] in (int | str, Union[int, str])
    assert solve([3], [object()]) == {}


def test_substitute():
    assert substitute(dict[str, list[T]], {T: int}) == dict[str, list[int]]
    assert substitute(Optional[T], {T: int}) == Optional[int]
    assert substitute(Callable[[T], T], {T: int}) == Callable[[int], int]
    assert substitute(T, {}) is T
    assert substitute(tuple[T, ...], {T: int}) == tuple[int, ...]


def test_the_producers_own_variables_are_unknown():
    assert said(T, int) == DUNNO
    assert said(list[T], list[int]) == DUNNO
    assert said(list[T], dict[int, int]) == NO
    assert said(T, T) == OK  # it takes anything
    assert said(T, N) == DUNNO


# It always answers


def test_fifty_recursive_records_end_within_the_budget():
    space: dict[str, Any] = {"TypedDict": TypedDict}
    lines = []
    for side in "AB":
        names = [f"{side}{i}" for i in range(50)]
        lines += [f"class {n}(TypedDict):\n    k{n[1:]}: '{' | '.join(names)}'" for n in names]
    module = "records_of_the_test"
    import sys
    import types

    space = sys.modules.setdefault(module, types.ModuleType(module)).__dict__
    space["TypedDict"] = TypedDict
    try:
        exec("\n".join(lines), space)
        left = Union[tuple(space[f"A{i}"] for i in range(50))]
        right = Union[tuple(space[f"B{i}"] for i in range(50))]
        assert assignable(left, right).verdict in ("ok", "unknown")
        assert assignable(left, right, steps=100).verdict == "unknown"
        assert assignable(left, right, steps=0) == Verdict(
            "unknown", False, "the types are too large to compare"
        )
    finally:
        del sys.modules[module]


def test_deep_types_end():
    deep: Any = int
    other: Any = str
    for _ in range(3000):
        deep, other = list[deep], list[other]
    assert assignable(deep, other).verdict in ("unknown", "mismatch")
    assert assignable(deep, deep).verdict in ("ok", "unknown")


def test_an_alias_of_itself_ends():
    loop = TypeAliasType("loop", "loop")
    assert assignable(loop, int).verdict == "unknown"


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError


class HostileMeta(type):
    def __eq__(cls, other):
        raise RuntimeError

    def __hash__(cls):
        raise RuntimeError

    def __instancecheck__(cls, instance):
        raise RuntimeError

    def __subclasscheck__(cls, other):
        raise RuntimeError


Nasty = HostileMeta("Nasty", (), {})

annotations = st.recursive(
    st.sampled_from([pair[0] for pair in PAIRS] + [pair[1] for pair in PAIRS]),
    lambda inner: st.one_of(
        st.builds(lambda a: list[a], inner),
        st.builds(lambda a, b: dict[a, b], inner, inner),
        st.builds(lambda a, b: Union[a, b], inner, inner),
        st.builds(lambda a, b: Callable[[a], b], inner, inner),
        st.builds(lambda a, b: tuple[a, b], inner, inner),
        st.builds(lambda a: tuple[a, ...], inner),
        st.builds(lambda a: type[a], inner),
    ),
    max_leaves=6,
)
anything = st.one_of(
    annotations,
    st.integers(),
    st.text(),
    st.none(),
    st.lists(st.integers()),
    st.sampled_from(
        [1j, ..., print, np, np.zeros(3), [int], (int, str), {"a": int}, len, TypeVar, Generic, Protocol]
    ),
)


@settings(deadline=2000)
@given(anything, anything)
def test_any_two_objects_have_a_verdict(producer, consumer):
    verdict = assignable(producer, consumer)
    assert verdict.verdict in ("ok", "mismatch", "unknown")
    assert "comparison failed" not in verdict.reason


def test_what_is_not_known_beside_what_no_variable_can_be_is_no_mismatch():
    both = list[Union[Dog, N]]
    assert assignable(both, both).verdict == "unknown"


@settings(deadline=2000)
@given(annotations, annotations)
def test_a_union_is_taken_when_its_arms_are(left, right):
    both = Union[left, right]
    if assignable(left, both).verdict == "mismatch":
        pytest.fail(f"{left} does not go into {both}: {assignable(left, both).reason}")


@pytest.mark.parametrize("make", [Hostile, lambda: Nasty, lambda: list[Nasty], lambda: [Hostile()]], ids=str)
def test_hostile_objects(make):
    for left, right in ((make(), int), (int, make()), (make(), make()), (Union[int, str], make())):
        assert assignable(left, right).verdict in ("ok", "mismatch", "unknown")
