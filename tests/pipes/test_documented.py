"""The traces of the documented classes on every pipe."""

from __future__ import annotations

import multiprocessing
import threading
from typing import Any

import pytest

import pipeflow as pf
from tests.functors import inc


def test_streams_by_hand() -> None:
    s1, s2, s3 = pf.Stream(), pf.Stream(), pf.Stream()
    pipe = pf.Transform(inc, "x", [s1], downstreams=[s2])
    assert (pipe.upstreams, pipe.get_upstreams()) == ([s1], [s1])
    assert (pipe.downstreams, pipe.get_downstreams()) == ([s2], [s2])
    pipe.set_upstreams([s1, s3])
    pipe.set_downstreams((s3,))
    assert (pipe.upstreams, pipe.downstreams) == ([s1, s3], [s3])


def test_a_copy_has_lists_of_its_own() -> None:
    pipe = pf.Transform(inc, upstreams=[pf.Stream()])
    pipe.copy().upstreams.clear()
    assert len(pipe.upstreams) == 1


def test_the_flag_that_ends_it() -> None:
    pipe, flag = pf.Sink(print), threading.Event()
    assert pipe.term_flag is None
    pipe.set_term_flag(flag)
    assert pipe.term_flag is flag
    pipe.set_term_flag(None)
    assert pipe.term_flag is None


def test_any_collection_of_streams_will_do() -> None:
    s1, s2 = pf.Stream("a"), pf.Stream("b")
    pipe = pf.Transform(inc, upstreams=(s1, s2), downstreams=None)
    assert (pipe.upstreams, pipe.downstreams) == ([s1, s2], [])
    pipe.set_upstreams({"a": s2}.values())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert pipe.upstreams == [s2]


@pytest.mark.parametrize("where", ["upstreams", "downstreams"])
def test_a_stream_without_its_brackets_is_refused_where_it_is_written(where: str) -> None:
    makes: Any = pf.Transform
    text = rf"Transform 'work' \(created at .*\): {where} is a list of Streams, not one Stream"
    with pytest.raises(pf.CompositionError, match=rf"{text}\. Write  {where}=\[stream\]"):
        makes(inc, "work", **{where: pf.Stream()})
    sets = getattr(pf.Transform(inc, "work"), f"set_{where}")
    with pytest.raises(pf.CompositionError, match=text):
        sets(pf.Stream())
    with pytest.raises(pf.CompositionError, match="not 3"):
        sets(3)


@pytest.mark.parametrize("flag", [True, "ended", threading.Event, multiprocessing.Event])
def test_what_is_no_event_is_refused_as_a_flag(flag: object) -> None:
    pipe = pf.Sink(print, "shown")
    with pytest.raises(pf.CompositionError, match=r"Sink 'shown' .*: a term flag is an event, such as "):
        pipe.set_term_flag(flag)
    assert pipe.term_flag is None
