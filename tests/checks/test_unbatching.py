"""PF201: what `unbatch` is given."""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from pipeflow import Source, Stream
from tests.checks.asking import codes, only, text
from tests.checks.pieces import increase, lines, numbers, sink, source

N, L, K = Source(numbers, "n"), Source(lines, "l"), sink()


def mixed(item: Any) -> int | list[int]:
    return [1]


def test_one_thing() -> None:
    assert text(N >> pf.unbatch() >> K) == (
        "PF201 type mismatch: 'n' produces int, 'unbatch' takes batches.\n"
        "    n >> unbatch\n"
        "    'unbatch' was created at HERE.\n"
        "    It sends the items of each batch; int has none inside.\n"
        "    Fix: leave 'unbatch' out, or put something in front that makes lists.\n"
        "    If the annotations are wrong on purpose:  unbatch.with_(unchecked=True)"
    )


def test_text_is_one_item() -> None:
    assert "text is one item, not a batch of letters" in only(L >> pf.unbatch() >> K).message
    several = only((L | N) >> pf.filter(lambda item: True) >> pf.unbatch() >> K)
    assert several.title == "type mismatch: 'l' and 'n' produce str | int, 'unbatch' takes batches."
    assert several.pipes == ("l", "n", "unbatch")


def test_what_has_items() -> None:
    for flow in (
        N >> pf.batch(2),
        N >> pf.window(2),
        source("s"),
        N >> mixed,
        (N | source("s")) >> pf.filter(lambda item: True),
        (N, L) >> pf.Join(pairing="arrival"),
        Source([[1], (2,)], "rows"),
    ):
        assert codes(flow >> pf.unbatch() >> K) == []
    assert codes((N, source("s")) >> pf.unbatch() >> K) == []


def test_unchecked_on_purpose() -> None:
    assert codes(N >> pf.unbatch().with_(unchecked=True) >> K) == []
    assert codes(N.with_(unchecked=True) >> pf.unbatch() >> K) == []
    assert codes(N >> pf.filter(bool) >> pf.unbatch() >> K) == ["PF201"]


def test_a_merge_of_joined_and_single_items() -> None:
    """Behind it nobody knows."""
    assert codes((N >> increase | source("s")) >> pf.unbatch() >> Stream("items") >> K) == []
