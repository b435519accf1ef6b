"""Parts of texts that depend on the graph."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import Sink, Source, Transform
from tests.checks.asking import text


def lists(x: int) -> list[int]:
    return [x]


def of_texts(x: list[str]) -> int:
    return 1


def three(x: int) -> tuple[int, int, int]:
    return x, x, x


def four(x: int) -> tuple[int, int, int, int]:
    return x, x, x, x


def test_a_reason_that_the_types_do_not_show() -> None:
    said = text(Source([1]) >> lists >> of_texts >> Sink(print))
    _, _, _, shown, reason, *_ = said.splitlines()
    assert shown.strip() == "^ receives list[int]"
    assert reason == "    Reason: int is not str"


def test_no_reason_that_says_the_same_again() -> None:
    def number(x: int) -> int:
        return x

    def word(x: str) -> str:
        return x

    assert "Reason" not in text(Source([1]) >> number >> word >> Sink(print))


@pytest.mark.parametrize(("function", "ordinal"), [(three, "a third"), (four, "a fourth")])
def test_which_branch_is_missing(function: Any, ordinal: str) -> None:
    branches = tuple(Sink(print, f"k{n}") for n in range(2 if function is three else 3))
    assert f"add {ordinal} branch" in text(Source([1]) >> Transform(function) >> branches)
