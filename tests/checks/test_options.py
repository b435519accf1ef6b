"""PF108."""

from __future__ import annotations

import numpy as np

from pipeflow import Stream, Transform
from tests.checks.asking import codes, text
from tests.checks.pieces import pair, sink, source, work

S, A, K1, K2 = source("s"), work("a"), sink("k1"), sink("k2")


def test_the_whole_text() -> None:
    assert text(S >> A * 3 >> K1 | A * 2 >> K2) == (
        "PF108 conflicting options: 'a' is used with different settings.\n"
        "    n_processes is 3 in one place and 2 in another\n"
        "    'a' was created at HERE.\n"
        "    with_ and * change the description of the same pipe; they make no second one.\n"
        "    Fix: say it once, in front of all its uses:  a = a.with_(n_processes=...)\n"
        "         or, if two pipes are meant, use a copy:  a.copy('a_2')"
    )


def test_options_that_agree() -> None:
    assert codes(S >> A * 3 >> K1 | A * 3 >> K2) == []
    assert codes(S >> A * 3 >> K1 | A >> K2) == []
    assert codes(S >> A * 3 >> K1 | A.with_(buffer_size=2) >> K2) == []


def test_two_names() -> None:
    assert "name is 'a' in one place and 'b' in another" in text(S >> A >> K1 | A.with_(name="b") >> K2)


def test_options_that_can_not_be_compared() -> None:
    keyword = Transform(pair, "t", init_kwargs={"right": np.zeros(3)})
    twin = keyword.with_(init_kwargs={"right": np.zeros(3)})
    assert codes(S >> keyword >> K1 | twin >> K2) == ["PF108"]
    assert codes(S >> keyword >> K1 | keyword >> K2) == []


def test_two_sizes_of_one_stream() -> None:
    assert text(S >> Stream("raw", buffer_size=5) >> A.with_(buffer_size=6) >> K1) == (
        "PF108 conflicting options: two buffer sizes for the stream in front of 'a'.\n"
        "    Stream 'raw' (created at HERE) says 5\n"
        "    'a' (created at HERE) says 6\n"
        "    Fix: say it in one place: leave it out of the stream,  Stream('raw') ,  or of the pipe"
    )


def test_one_size_of_one_stream() -> None:
    assert codes(S >> Stream("raw", buffer_size=5) >> A >> K1) == []
    assert codes(S >> Stream("raw", buffer_size=5) >> A.with_(buffer_size=5) >> K1) == []
