"""What may be chosen among the types that come."""

from __future__ import annotations

import enum
from typing import Any, Literal, NamedTuple

from pipeflow import Feedback, Switch, Transform, filter, hints, shuffle, take
from pipeflow.checks._selecting import MOST, alternatives, combined, guarded_type, may_fit, selects


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Named(NamedTuple):
    name: str
    value: int | str


class Base: ...


class Derived(Base): ...


def test_who_selects() -> None:
    assert selects(filter(bool)) and selects(Switch(bool))
    assert not any(map(selects, (take(1), shuffle(2), Feedback(init=[]), Transform(str))))


def test_each_alone() -> None:
    assert alternatives(int) == (int,)
    assert alternatives(int | str) == (int, str)
    assert alternatives(Literal["a", "b"]) == (Literal["a"], Literal["b"])
    assert alternatives(bool) == (Literal[True], Literal[False])
    assert alternatives(Colour) == (Literal[Colour.RED], Literal[Colour.BLUE])
    assert alternatives(Access) == (Access,)
    assert alternatives(enum.Enum) == (enum.Enum,)


def test_in_tuples_too() -> None:
    assert alternatives(tuple[str, int | bytes]) == (tuple[str, int], tuple[str, bytes])
    assert alternatives(tuple[int | str, ...]) == (tuple[int | str, ...],)
    assert alternatives(Named) == (Named,)
    assert alternatives(tuple[()]) == (tuple[()],)


def test_as_many_as_are_worth_comparing() -> None:
    assert len(alternatives(Literal[tuple(range(MOST))])) == MOST  # type: ignore[misc]
    assert alternatives(Literal[tuple(range(MOST + 1))]) == (hints.UNKNOWN,)  # type: ignore[misc]
    assert len(combined([range(8), range(8)])) == MOST
    assert combined([range(8), range(9)]) == [(hints.UNKNOWN, hints.UNKNOWN)]
    assert may_fit((int,) * (MOST + 1), str)
    assert not may_fit((int,) * MOST, str)


def test_one_that_fits_is_enough() -> None:
    assert may_fit((int, str), str)
    assert may_fit((int, hints.UNKNOWN), str)
    assert not may_fit((int, bytes), str)
    assert not may_fit((hints.Never,), str)
    assert not may_fit((), str)


def test_only_by_the_letter() -> None:
    assert may_fit((Base,), Derived)
    assert not may_fit((list[int],), list[float])
    assert may_fit((list[int], list[str]), list[float])


def test_what_a_guard_says() -> None:
    def plain(item: Any) -> bool:
        return True

    def guard(item: Any) -> Any:
        return True

    from typing import TypeGuard

    guard.__annotations__["return"] = TypeGuard[str]
    assert guarded_type(filter(plain)) == ()
    assert guarded_type(filter(guard)) == (str,)
