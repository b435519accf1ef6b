"""PF601."""

from __future__ import annotations

from pipeflow import Join, Sink
from tests.checks.asking import codes, only, text
from tests.checks.pieces import show, sink, source, work

S1, S2, Z, K = source("s1"), source("s2"), work("z"), sink()


def test_the_whole_text() -> None:
    assert text((S1, S2) >> Z.with_(on_crash="restart") >> K) == (
        "PF601 can't be restarted: 'z' has several inputs and on_crash='restart'.\n"
        "    (s1, s2) >> z\n"
        "    'z' was created at HERE.\n"
        "    After a crash it isn't known which of the items that were being paired have been used.\n"
        "    Fix: pair in front of it:  ... >> Join() >> z\n"
        '         or let a crash end the run:  z.with_(on_crash="fail")'
    )


def test_what_can_be_restarted() -> None:
    assert codes(S1 >> Z.with_(on_crash="restart") >> K) == []
    assert codes((S1, S2) >> Z >> K) == []
    assert codes((S1, S2) >> Join() >> Z.with_(on_crash="restart") >> K) == []


def test_a_sink_must_say_that_it_may_run_twice() -> None:
    found = only(S1 >> Sink(show).with_(on_crash="restart"))
    assert found.fixes[0] == "show.with_(idempotent=True)"
    assert codes(S1 >> Sink(show).with_(on_crash="restart", idempotent=True)) == []
