from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.runtime.sequence import Resequencer

GROUPS = st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(), max_size=3).map(tuple)), max_size=30)


@given(GROUPS, st.randoms())
def test_any_order_of_arrival_gives_each_line_in_the_order_of_its_numbers(groups, random) -> None:
    lines: dict[int, list[tuple[int, ...]]] = {}
    arrivals = []
    for line, group in groups:
        made = lines.setdefault(line, [])
        arrivals.append((((line,), len(made)), tuple((line, entry) for entry in group)))
        made.append(group)
    random.shuffle(arrivals)
    order, out = Resequencer(), []
    for number, entries in arrivals:
        order.add(number, entries)
        while len(order):
            out.append(order.take())
    for line, made in lines.items():
        assert [entry for where, entry in out if where == line] == [e for group in made for e in group]
    assert order.early == 0


def test_nothing_comes_out_before_its_turn_in_its_line() -> None:
    order = Resequencer()
    order.add(((0,), 1), ("b",))
    assert (len(order), order.early) == (0, 1)
    order.add(((1,), 0), ("other",))
    assert order.take() == "other"
    order.add(((0,), 0), ())
    assert (len(order), order.early) == (1, 0)
    assert order.take() == "b"


@pytest.mark.parametrize("taken", [True, False])
def test_a_number_that_comes_twice_is_no_silent_loss(taken: bool) -> None:
    order = Resequencer()
    order.add(((0,), 0 if taken else 1), ("a",))
    with pytest.raises(RuntimeError, match=r"item number [01] of line \(0,\) has come twice"):
        order.add(((0,), 0 if taken else 1), ("b",))


def test_a_number_that_never_came_is_no_silent_loss() -> None:
    order = Resequencer()
    order.add(((0,), 0), ("a",))
    order.must_be_done("results")
    order.add(((0,), 2), ("c",))
    with pytest.raises(RuntimeError, match="1 items of stream 'results' wait for one that never came"):
        order.must_be_done("results")
