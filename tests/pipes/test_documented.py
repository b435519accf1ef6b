"""The traces of the documented classes on every pipe."""

from __future__ import annotations

import threading

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
