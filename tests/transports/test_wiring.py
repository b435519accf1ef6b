"""The bound of a stream, cut up."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.transports.wiring import AUTOMATIC_BYTES, StreamEnds, budgets, lay_out


@given(st.integers(0, 50), st.integers(1, 9), st.integers(1, 9))
def test_shares_and_lendable_credit_add_up_to_the_bound(capacity: int, writers: int, readers: int) -> None:
    layout = lay_out(
        [
            StreamEnds(
                tuple((("w", k), 0) for k in range(writers)),
                tuple((("r", k), 0) for k in range(readers)),
                capacity,
            )
        ]
    )
    inputs = [layout.wirings["r", k].inputs[0] for k in range(readers)]
    total = sum(i.lendable + sum(c.share for c in i.channels) for i in inputs)
    assert total == capacity + readers
    for k in range(writers):
        for mine, theirs in zip(layout.wirings["w", k].outputs[0].channels, inputs, strict=True):
            assert mine.end % 2 == 1
            assert mine.share == theirs.channels[k].share
            assert mine.end == theirs.channels[k].end + 1


def test_ends_are_numbered_by_channel_and_side() -> None:
    layout = lay_out([StreamEnds((("a", 0), ("b", 0)), (("c", 0),)), StreamEnds((("c", 0),), (("c", 1),))])
    assert layout.channels == (("a", "c"), ("b", "c"), ("c", "c"))
    assert layout.wirings["a"].ends() == (1,)
    assert layout.wirings["c"].ends() == (0, 2, 4, 5)
    assert pickle.loads(pickle.dumps(layout)) == layout


def test_the_byte_window_is_shared_by_the_writers() -> None:
    wirings = lay_out([StreamEnds((("a", 0), ("b", 0)), (("c", 0),))]).wirings
    assert wirings["a"].outputs[0].byte_window == AUTOMATIC_BYTES // 2


def test_workers_without_streams_have_a_wiring_too() -> None:
    assert lay_out([], ["alone"]).wirings["alone"].ends() == ()


def test_a_negative_capacity_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        budgets(-1, 1)
