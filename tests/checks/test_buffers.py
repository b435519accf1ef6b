"""PF303."""

from __future__ import annotations

from pipeflow import Join, Stream
from tests.checks.asking import codes, only, text
from tests.checks.pieces import regulator, sink, source, work

S, A, C, Z, K = source("s"), work("a"), work("c"), work("z"), sink()
HUB = S >> A
SLOW = HUB >> regulator("q", 8, 1) >> regulator("r", 1, 8)


def test_the_whole_text() -> None:
    assert text((SLOW, HUB >> Stream("x", buffer_size=3)) >> Z >> K) == (
        "PF303 buffers too small: the arms of 'z' would wait for each other for ever.\n"
        "    (s >> a >> q >> r, s >> a) >> z\n"
        "    q  - 1 item out for 8 in\n"
        "    r  - 8 items out for 1 in\n"
        "    The stream 'x' holds 3 items, and must hold 7.\n"
        "    Until then the other side has nothing to give.\n"
        "    Fix: make room:  a >> Stream('x', buffer_size=7) >> z\n"
        "         or leave the size out: then it is chosen so"
    )


def test_the_named_size_suffices() -> None:
    assert only((SLOW, HUB >> Stream("x", buffer_size=5)) >> Z >> K).severity == "error"
    assert codes((SLOW, HUB >> Stream("x", buffer_size=7)) >> Z >> K) == []


def test_a_size_given_to_the_pipe() -> None:
    found = only((SLOW, HUB >> C.with_(buffer_size=1)) >> Z.with_(buffer_size=1) >> K)
    assert found.severity == "error"
    assert found.fixes[0].startswith("z.with_(buffer_size=")


def test_streams_without_a_size_are_sized() -> None:
    found = only((SLOW, HUB >> C) >> Z >> K)
    assert found.severity == "note"
    assert found.title == "buffers chosen for the rates in front of 'z': 'c -> z' gets 5."


def test_equal_counts_need_no_room() -> None:
    assert codes((HUB >> work("b"), HUB >> C.with_(buffer_size=1)) >> Z.with_(buffer_size=1) >> K) == []
    arms = (HUB >> regulator("q", 4, 1), HUB >> regulator("r", 4, 1))
    assert codes(arms >> Z.with_(buffer_size=1) >> K) == []


def test_items_that_pile_up() -> None:
    arms = (HUB >> regulator("q", 8, 1), HUB >> C)
    found = only(arms >> Join(pairing="arrival") >> Z >> K)
    assert found.severity == "note"
    assert found.title == "one arm of 'join' gets more items than the other: they pile up in 'c -> join'."
    strict = only((arms[0], arms[1] >> Stream("x", buffer_size=4)) >> Join(pairing="arrival") >> Z >> K)
    assert strict.severity == "error"
    assert "no size suffices" in strict.message


def test_unknown_rates() -> None:
    arms = (HUB >> regulator("q"), HUB >> Stream("x", buffer_size=4) >> C)
    found = only(arms >> Join(pairing="arrival") >> Z >> K)
    assert found.severity == "note"
    assert found.title == "buffers not known to suffice: those given between 'a' and 'join'."
    automatic = (HUB >> regulator("q"), HUB >> C)
    assert codes(automatic >> Join(pairing="arrival") >> Z >> K) == []


def test_by_key_any_item_may_come_first() -> None:
    arms = (HUB >> regulator("q", 8, 1), HUB >> C)
    assert codes(arms >> Join(key=len) >> Z >> K) == []


def test_a_join_that_can_not_pair_is_not_blamed_twice() -> None:
    assert codes((HUB >> regulator("q", 8, 1), HUB >> C) >> Z >> K) == ["PF301"]


def test_one_size_for_all_streams_of_a_pipe() -> None:
    found = only((SLOW, HUB >> C, HUB >> work("d")) >> Z >> K)
    assert found.fixes == ("z.with_(buffer_size=6)",)
    assert codes((SLOW, HUB >> C, HUB >> work("d")) >> Z.with_(buffer_size=6) >> K) == []
