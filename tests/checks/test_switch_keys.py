"""PF204."""

from __future__ import annotations

import enum
from typing import Any, Literal

from pipeflow import Discard, Switch, Transform
from tests.checks.asking import codes, only, text
from tests.checks.pieces import sink, source

S, A, B, C = source("s"), sink("a"), sink("b"), sink("c")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def level(item: Any) -> Level:
    return Level.LOW


def side(item: Any) -> Literal["gt", "lt"]:
    return "gt"


def side_or_none(item: Any) -> Literal["gt", "lt"] | None:
    return None


def is_big(item: Any) -> bool:
    return True


def colour(item: Any) -> Colour:
    return Colour.RED


def any_text(item: Any) -> str:
    return "x"


def test_the_whole_text() -> None:
    assert text(S >> Switch(side) >> {"gt": A}) == (
        "PF204 switch keys: 'side' has no branch for 'lt'.\n"
        '    side  (HERE)  def side(item: Any) -> Literal["gt", "lt"]\n'
        "    you wrote   side >> {'gt': ...}\n"
        "    An item whose key has no branch is an error.\n"
        "    Fix: side >> {'gt': ..., 'lt': ...}  (Discard() drops on purpose)"
    )


def test_all_keys() -> None:
    assert codes(S >> Switch(side) >> {"gt": A, "lt": B}) == []
    assert codes(S >> Switch(side) >> {"gt": A, "lt": Discard()}) == []
    assert codes(S >> Switch(side_or_none) >> {"gt": A, "lt": B}) == []
    assert codes(S >> Switch(is_big) >> {True: A, False: B}) == []
    assert codes(S >> Switch(colour) >> {Colour.RED: A, Colour.BLUE: B}) == []


def test_a_slip_in_a_key() -> None:
    found = only(S >> Switch(side) >> {"gt": A, "lte": B})
    assert found.title == "switch keys: 'side' has no branch for 'lt' and never returns 'lte'."
    assert "did you mean 'lt' instead of 'lte'?" in found.message


def test_an_extra_key() -> None:
    found = only(S >> Switch(is_big) >> {True: A, False: B, "else": C})
    assert found.title == "switch keys: 'is_big' never returns 'else'."
    assert "Nothing would reach that branch." in found.message


def test_values_in_place_of_members() -> None:
    found = only(S >> Switch(colour) >> {"red": A, "blue": B})
    assert "did you mean Colour.RED instead of 'red'?" in found.message


def test_keys_that_are_equal_but_not_the_same() -> None:
    found = only(S >> Switch(is_big) >> {1: A, 0: B})
    assert (found.severity, found.title) == (
        "warning",
        "switch keys: 'is_big' returns True and False, its branches are 1 and 0.",
    )


def test_a_default_takes_what_is_missing() -> None:
    assert codes(S >> Switch(side, default="gt") >> {"gt": A}) == []
    assert only(S >> Switch(side, default="other") >> {"gt": A, "lt": B}).title == (
        "switch keys: the default of 'side', 'other', names none of its branches."
    )


def test_a_branch_for_what_is_missing_alone() -> None:
    assert codes(S >> Switch(side, default="rest") >> {"gt": A, "rest": B}) == []
    assert codes(S >> Switch(is_big, default="rest") >> {True: A, "rest": B}) == []
    assert codes(S >> Switch(colour, default="rest") >> {Colour.RED: A, "rest": B}) == []
    assert only(S >> Switch(side, default="rest") >> {"gt": A, "lt": B, "rest": C}).title == (
        "switch keys: 'side' never returns 'rest'."
    )
    assert only(S >> Switch(side, default="rest") >> {"gt": A, "lte": B, "rest": C}).title == (
        "switch keys: 'side' never returns 'lte'."
    )


def test_functions_that_do_not_list_their_keys() -> None:
    assert codes(S >> Switch(any_text) >> {"a": A}) == []
    assert codes(S >> Switch(lambda item: item > 1, "sw") >> {True: A}) == []
    assert codes(S >> Switch(is_big).with_(unchecked=True) >> {True: A}) == []


def big_or_none(item: Any) -> Any:
    return None


def test_a_branch_for_none() -> None:
    assert text(S >> Switch(big_or_none) >> {"big": A, None: B}) == (
        "PF204 switch keys: nothing ever reaches the branch None of 'big_or_none'.\n"
        "    big_or_none  (HERE)  def big_or_none(item: Any) -> Any\n"
        "    you wrote   big_or_none >> {'big': ..., None: ...}\n"
        "    A Switch that returns None drops the item: None names no branch.\n"
        "    Fix: return another key for these items, such as 'rest':  "
        "big_or_none >> {'big': ..., 'rest': ...}"
    )
    assert only(S >> Switch(side_or_none) >> {"gt": A, "lt": B, None: C}).severity == "error"
    assert only(S >> Switch(big_or_none) >> {None: B}).code == "PF204"
    assert only(S >> Switch(big_or_none) >> {"big": A, None: Discard() | B}).code == "PF204"
    assert only(S >> Switch(big_or_none, default="rest") >> {"rest": A, None: B}).fixes == (
        "big_or_none >> {'rest': ..., 'rest_2': ...}",
    )


def test_a_branch_for_none_that_drops_says_what_happens() -> None:
    assert codes(S >> Switch(big_or_none) >> {"big": A, None: Discard()}) == []
    assert codes(S >> Switch(side_or_none) >> {"gt": A, "lt": B, None: Discard()}) == []
    assert codes(S >> Switch(any_text) >> {"None": A, False: B, 0.5: C}) == []
    assert only(S >> Switch(side_or_none) >> {"gt": A, None: Discard()}).title == (
        "switch keys: 'side_or_none' has no branch for 'lt'."
    )


def test_an_open_branch_for_none() -> None:
    flow = S >> Switch(big_or_none) >> {"big": Transform(str), None: Transform(repr)}
    assert codes(flow, intent="stream") == ["PF204"]


def test_branches_written_in_two_places() -> None:
    switch = Switch(side)
    assert codes(S >> switch >> {"gt": A} | switch >> {"lt": B}) == []


def test_what_fails_in_a_switch_has_no_key() -> None:
    switch = Switch(side)
    assert codes(S >> switch >> {"gt": A, "lt": B} | switch.errors >> C) == []


def test_members_of_an_int_enum_are_named() -> None:
    found = only(S >> Switch(level) >> {1: A, 2: B})
    assert found.title == "switch keys: 'level' returns Level.LOW and Level.HIGH, its branches are 1 and 2."
    assert found.fixes == ("level >> {Level.LOW: ..., Level.HIGH: ...}",)
    found = only(S >> Switch(level) >> {"LOW": A, Level.HIGH: B})
    assert found.title == "switch keys: 'level' has no branch for Level.LOW and never returns 'LOW'."
    assert "did you mean Level.LOW instead of 'LOW'?" in found.message
