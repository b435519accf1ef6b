"""Discard: throws items away on purpose."""

from __future__ import annotations

import pytest

import pipeflow as pf
from tests.pipes.feeding import send, send_joined


def test_nothing_leaves() -> None:
    assert send(pf.Discard(), [1, 2]) == []
    assert send_joined(pf.Discard(), [(1, 2)]) == []
    assert pf.Discard().rate == pf.Rate(1, 0)


def test_one_is_enough() -> None:
    with pytest.raises(pf.CompositionError, match="no more than one worker"):
        pf.Discard().with_(n_processes=2)


def test_it_makes_a_clean_graph() -> None:
    flow = pf.Source([1]) >> pf.Transform(lambda x: (x, x)) >> (pf.Sink(print), pf.Discard())
    assert flow.check(intent="run").ok
