"""What has arrived of the results of a worker that may be restarted: the words for it, and what follows
after its death.

Each result that such a worker sends is a part of what it made of one entry: of which entry, on which output,
and the how-manieth there. A message says this of what is in it (`Data.parts`), so that what has arrived is
known whatever the order in which sockets took it. Readers forget what the marks cover: all of it is out.

    Run: parts of entries that follow each other
    sift: what the writer of those entries is to send again
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_MARK: Final = struct.Struct("<IQ")
_RUN: Final = struct.Struct("<IQIIII")
_REPEAT: Final = struct.Struct("<III")

Part = tuple[int, int]
"""(output, the how-manieth result of one entry there)."""


class Run(NamedTuple):
    """The same part of so many `entries`, from number `first` (counted from 1) of channel `end`.

    Attributes:
        total: how many parts each of the entries has; 0 where that was not known yet.
    """

    end: int
    first: int
    entries: int
    output: int
    place: int
    total: int


def pack_marks(done: Mapping[int, int]) -> bytes:
    """By the reader's end of each of its channels: entries a worker is done with."""
    return b"".join(_MARK.pack(end, count) for end, count in done.items())


def unpack_marks(marks: bytes) -> dict[int, int]:
    """What `pack_marks` was given."""
    return dict(_MARK.iter_unpack(marks))


def pack_runs(runs: Iterable[Run]) -> bytes:
    """For a message."""
    return b"".join(_RUN.pack(*run) for run in runs)


def unpack_runs(parts: bytes) -> list[Run]:
    """What `pack_runs` was given."""
    return [Run(*fields) for fields in _RUN.iter_unpack(parts)]


def pack_repeats(delivered: Iterable[tuple[int, Part]]) -> bytes:
    """(place of an entry in its message, a part that has been delivered)."""
    return b"".join(_REPEAT.pack(at, *part) for at, part in delivered)


def unpack_repeats(repeats: bytes) -> dict[int, frozenset[Part]]:
    """By place: what `pack_repeats` was given."""
    found: dict[int, set[Part]] = {}
    for at, output, place in _REPEAT.iter_unpack(repeats):
        found.setdefault(at, set()).add((output, place))
    return {at: frozenset(parts) for at, parts in found.items()}


def beyond(runs: Iterable[Run], done: Mapping[int, int]) -> list[Run]:
    """Those that the marks do not cover."""
    return [run for run in runs if run.first + run.entries - 1 > done.get(run.end, 0)]


@dataclass
class Trail:
    """What has come on one channel from a worker that may be restarted."""

    marks: bytes = b""
    """The last that came."""
    runs: list[Run] = field(default_factory=list[Run])
    _enough: int = 64
    """With so many, those that are covered meanwhile are looked for."""

    def heard(self, marks: bytes, parts: bytes) -> None:
        """A message has come."""
        self.marks = marks
        if parts:
            self.runs += unpack_runs(parts)
            if len(self.runs) >= self._enough:
                self.runs = beyond(self.runs, unpack_marks(marks))
                self._enough = 64 + 2 * len(self.runs)


@dataclass
class Sifted:
    """What is known of the entries of one channel into a dead worker.

    Attributes:
        upto: that many, from the first, are done with.
        done: numbers of later ones that are.
        partly: of those of which some parts have been delivered: which.
    """

    upto: int = 0
    done: set[int] = field(default_factory=set[int])
    partly: dict[int, frozenset[Part]] = field(default_factory=dict[int, frozenset[Part]])


def sift(known: Sequence[tuple[bytes, Sequence[Run]]]) -> dict[int, Sifted]:
    """By channel, from all that anybody knows of a dead worker: (marks, runs beyond them)."""
    found: dict[int, Sifted] = {}
    for marks, _ in known:
        for end, count in unpack_marks(marks).items():
            sifted = found.setdefault(end, Sifted())
            sifted.upto = max(sifted.upto, count)
    parts: dict[tuple[int, int], set[Part]] = {}
    totals: dict[tuple[int, int], int] = {}
    for _, runs in known:
        for run in runs:
            upto = found.setdefault(run.end, Sifted()).upto
            for number in range(max(run.first, upto + 1), run.first + run.entries):
                parts.setdefault((run.end, number), set()).add((run.output, run.place))
                totals[run.end, number] = max(run.total, totals.get((run.end, number), 0))
    for (end, number), delivered in parts.items():
        if len(delivered) == totals[end, number]:
            found[end].done.add(number)
        else:
            found[end].partly[number] = frozenset(delivered)
    return found
