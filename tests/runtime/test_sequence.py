from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeflow.runtime.sequence import Resequencer


@given(st.lists(st.lists(st.integers(), max_size=3).map(tuple), max_size=30), st.randoms())
def test_any_order_of_arrival_gives_the_order_of_the_numbers(groups, random) -> None:
    arrivals = list(enumerate(groups))
    random.shuffle(arrivals)
    order, out = Resequencer(), []
    for number, entries in arrivals:
        order.add(number, entries)
        while len(order):
            out.append(order.take())
    assert out == [entry for group in groups for entry in group]
    assert order.early == 0


def test_nothing_comes_out_before_its_turn() -> None:
    order = Resequencer()
    order.add(1, ("b",))
    assert (len(order), order.early) == (0, 1)
    order.add(0, ())
    assert (len(order), order.early) == (1, 0)
    assert order.take() == "b"
