"""Files that a functor has left open."""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf


class Rows:
    """Opens, writes and never closes; some of it can't be reached from here any more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def local_init(self) -> None:
        self.out: Any = csv.writer((self.folder / "text").open("w"))
        self.plain = (self.folder / "plain").open("wb")
        self.both = (self.folder / "both").open("w+b")
        self.packed: Any = gzip.open(self.folder / "packed", "wt")
        self.me = self

    def run(self, n: int) -> None:
        self.out.writerow([n])
        self.plain.write(b"%d" % n)
        self.both.write(b"%d" % n)
        self.packed.write(f"{n}\n")


class Full:
    def local_init(self) -> None:
        self.file = Path("/dev/full").open("w")

    def run(self, n: int) -> None:
        self.file.write(str(n))


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_what_is_in_their_buffers_is_written(tmp_path: Path, method: str) -> None:
    (pf.Source(range(5)) >> pf.Sink(Rows(tmp_path))).run(start_method=method)
    assert (tmp_path / "text").read_text().split() == list("01234")
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "both").read_bytes() == b"01234"
    with gzip.open(tmp_path / "packed", "rt") as packed:
        assert packed.read().split() == list("01234")


def test_what_the_caller_has_in_a_buffer_is_written_once(tmp_path: Path) -> None:
    with (tmp_path / "mine").open("w") as mine:
        mine.write("here\n")
        (pf.Source(range(5)) >> pf.Sink(Rows(tmp_path))).run(start_method="fork")
    assert (tmp_path / "mine").read_text() == "here\n"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_what_cannot_be_written_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    (pf.Source(range(5)) >> pf.Sink(Full())).run()
    assert "what was in the buffer of '/dev/full' is lost: OSError(28" in capfd.readouterr().err
