"""What arrives at ``pipe.errors``."""

from __future__ import annotations

import pickle

import pytest

import pipeflow as pf
from tests.functors import inc


def test_a_failed_item_is_text_and_travels() -> None:
    failed = pf.FailedItem(3, "parse", "ValueError", "no number", "Traceback ...")
    assert pickle.loads(pickle.dumps(failed)) == failed
    assert str(failed) == "parse: ValueError: no number"


@pytest.mark.parametrize(
    "pipe",
    [
        pf.Transform(inc),
        pf.Sink(inc),
        pf.Switch(inc),
        pf.Regulator(inc),
        pf.filter(inc),
        pf.flat_map(inc),
        pf.collate(),
    ],
)
def test_whatever_calls_a_functor_with_items_has_failed_items(pipe: pf.Transform[int, int]) -> None:
    assert isinstance(pipe.errors, pf.OutFlow)
    assert pipe.errors == pipe.errors
    assert isinstance(pipe.errors >> pf.Sink(print), pf.ClosedFlow)
    assert isinstance(pipe.with_(retries=1).errors if "retries" in pipe.takes else pipe.errors, pf.OutFlow)


@pytest.mark.parametrize(
    "pipe", [pf.Source([1]), pf.Feedback(), pf.Join(), pf.Discard(), pf.batch(2), pf.take(2)]
)
def test_what_calls_none_has_none(pipe: pf.Pipe) -> None:
    assert not hasattr(pipe, "errors")


def test_on_error_would_contradict_it() -> None:
    with pytest.raises(pf.CompositionError, match=r"on_error='skip' and \.errors both say what happens"):
        _ = pf.Transform(inc).with_(on_error="skip").errors
