"""Join: how several streams are paired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pipeflow as pf
from tests.pipes.feeding import send_joined


def test_the_pair_leaves_as_a_tuple() -> None:
    assert send_joined(pf.Join(), [(1, "a"), (2, "b")]) == [(1, "a"), (2, "b")]


def test_what_it_pairs_by() -> None:
    assert pf.Join().pairs_by == "origin"
    assert pf.Join(key=len).pairs_by == "key"
    assert pf.Join(key=(len, sum)).keys == (len, sum)
    assert pf.Join(pairing="arrival").pairs_by == "arrival"
    assert pf.Join(key=len, waiting=5).waiting == 5
    assert pf.Transform(len).pairs_by == "origin"


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: pf.Join(pairing="random"), "pairing must be 'origin', 'key' or 'arrival', not 'random'"),
    (lambda: pf.Join(pairing="key"), r"pairing by key needs key=.*Join\(key=attrgetter\('id'\)\)"),
    (lambda: pf.Join(key=len, pairing="arrival"), "the other pairings take none"),
    (lambda: pf.Join(key="id"), "key must be a function, or a tuple of functions"),  # type: ignore[arg-type]
    (lambda: pf.Join(key=(len, 3)), "key must be a function"),  # type: ignore[arg-type]
    (lambda: pf.Join(key=len, waiting=0), "waiting must be a whole number of at least 1, not 0"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(
        pf.CompositionError, match=rf"Join 'join' \(created at \S*test_join\.py:\d+\): .*{message}"
    ):
        make()
