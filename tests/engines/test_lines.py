"""Whole lines, as written or with a name."""

from __future__ import annotations

import pytest

from pipeflow.engines import _lines
from pipeflow.engines._lines import ExactLines, NamedLines


def test_what_a_program_reads_is_as_it_was_written_in_lines() -> None:
    lines = ExactLines()
    assert lines.feed(b"one\ntw") == b"one\n"
    assert lines.feed(b"o") == b""
    assert lines.feed(b"\n\xff\r\x00\n\nthree") == b"two\n\xff\r\x00\n\n"
    assert lines.rest() == b"three"
    assert lines.rest() == b""


def test_a_line_without_an_end_is_not_held_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lines, "LONGEST", 10)
    exact, named = ExactLines(), NamedLines("a")
    assert exact.feed(b"x" * 10) == b""
    assert exact.feed(b"y") == b"x" * 10 + b"y"
    assert named.feed(b"x" * 11) == f"a: {'x' * 11}\n"


def test_a_person_reads_the_name_in_front_of_each_line() -> None:
    lines = NamedLines("load[2]")
    assert lines.feed(b"one\n\ntw") == "load[2]: one\nload[2]: \n"
    assert lines.feed(b"o\r\n") == "load[2]: two\n"
    assert lines.feed(b"the last") == ""
    assert lines.rest() == "load[2]: the last\n"
    assert lines.rest() == ""


def test_bytes_that_are_no_text_are_shown() -> None:
    assert NamedLines("a").feed(b"caf\xc3\xa9 \xff\n") == "a: café \\xff\n"
    assert NamedLines("a", "latin-1").feed(b"caf\xe9\n") == "a: café\n"


def test_a_progress_bar_is_the_last_thing_it_showed(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = NamedLines("a")
    assert lines.feed(b"\r 10 %") == ""
    assert lines.feed(b"\r 90 %\r100 %\n") == "a: 100 %\n"
    monkeypatch.setattr(_lines, "LONGEST", 20)
    for percent in range(50):
        assert lines.feed(b"\r%3d %%" % percent) == ""
    assert lines.rest() == "a:  49 %\n"


def test_colours_stay_and_end_with_their_line() -> None:
    lines = NamedLines("a")
    assert lines.feed(b"\x1b[31mred\n") == "a: \x1b[31mred\x1b[0m\n"
    assert lines.feed(b"\x1b[31mred\x1b[0m\n") == "a: \x1b[31mred\x1b[0m\n"
    assert lines.feed(b"\x1b[31mred\x1b[m and not\n") == "a: \x1b[31mred\x1b[m and not\x1b[0m\n"


def test_what_moves_the_cursor_is_left_out() -> None:
    assert NamedLines("a").feed(b"\x1b[2K\x1b[1Aup\x1b[10;3H\x1b[?25l\n") == "a: up\n"
