"""PF109."""

from __future__ import annotations

import pytest

from pipeflow.checks import titles
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import sink, source, work

S, A, K = source("s"), work("a"), sink()


def test_the_whole_text() -> None:
    assert text(S >> A.with_(ignore=["pf402", "PF101"]) >> K) == (
        "PF109 unknown code: 'a' ignores 'pf402', which no check has.\n"
        "    'a' was created at HERE.\n"
        f"    That does nothing. There are {' '.join(sorted(titles()))}.\n"
        "    Fix: did you mean  a.with_(ignore=['PF402', 'PF101'])"
    )


def test_nothing_like_it() -> None:
    found = only(S >> A.with_(ignore=["nonsense", "rubbish"]) >> K)
    assert "ignores 'nonsense' and 'rubbish', which" in found.title
    assert found.severity == "warning" and found.fixes == ("a.with_(ignore=[])",)
    assert "leave it out:" in found.message


@pytest.mark.parametrize("code", sorted(titles()))
def test_every_code_is_known(code: str) -> None:
    assert codes(S >> A.with_(ignore=[code]) >> K) == []


def test_it_can_be_ignored_itself() -> None:
    assert codes(S >> A.with_(ignore=["mine", "PF109"]) >> K) == []
    assert report(S >> A.with_(ignore=["mine"]) >> K, ignore=["PF109"]).findings == ()
