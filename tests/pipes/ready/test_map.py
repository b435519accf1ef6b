"""map: a Transform by another name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.pipes.feeding import send

ITEMS = st.lists(st.integers(), max_size=40)


@given(ITEMS)
def test_as_pythons_map(items: list[int]) -> None:
    assert send(pf.map(lambda x: x + 1), items) == [x + 1 for x in items]


def test_it_is_a_transform() -> None:
    assert isinstance(pf.map(str), pf.Transform)
    assert (pf.map(str).label, pf.map(str, "text").label) == ("str", "text")
    assert pf.map(str).rate == pf.Rate(1, 1)
    assert (pf.map(str) * 3).options.n_processes == 3
