"""What waits to be sent: in order, whole, within the limits, whatever runs it is kept in."""

from __future__ import annotations

import math
import random
from array import array
from typing import Any

import pytest

from pipeflow.transports.backlog import CHUNK_BYTES, Backlog, Piece, one_by_one
from pipeflow.transports.codec import Chunk, encode, pack

WHOLE = [0, -1, 7, (1 << 63) - 1, -(1 << 63)]
FLOATING = [0.5, -0.0, math.inf, 1e308]


def arrived(pieces: list[Piece]) -> list[Any]:
    """What a reader makes of a message."""
    chunk = [piece[0] if isinstance(piece, tuple) else piece for piece in pieces]
    parts, body, _ = encode(chunk)
    return Chunk(memoryview(b"".join(body)), parts, []).take_all()


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def staged(chance: random.Random) -> list[Any]:
    """As a loop stages: exact numbers as they are, all else packed."""
    kind = chance.choice(
        [WHOLE, FLOATING, [*WHOLE, *FLOATING], [1, True, "s", None, 1 << 70, 2.0, [3], 4 + 0j]]
    )
    return chance.choices(kind, k=chance.randrange(1, 9))


def as_staged(item: Any) -> Any:
    return item if type(item) in (int, float) else pack(item)


@pytest.mark.parametrize("seed", range(40))
def test_everything_comes_out_in_order_and_as_it_was(seed: int) -> None:
    chance, backlog = random.Random(seed), Backlog()
    expected: list[Any] = []
    taken: list[Any] = []
    while len(taken) < 200:
        what = chance.random()
        if what < 0.3:
            items = staged(chance)
            before = backlog.bytes
            assert backlog.add_many([as_staged(item) for item in items]) == backlog.bytes - before > 0
            expected += items
        elif what < 0.5:
            backlog.add(pack(len(expected)))
            expected.append(len(expected))
        else:
            limit = chance.randrange(1, 6)
            pieces, count, size = backlog.front(limit)
            entries = one_by_one(pieces)
            assert count == len(entries) == min(limit, len(expected) - len(taken))
            assert size == sum(size for _, size in entries)
            if what < 0.6:  # its reader died: all of it comes again
                backlog.put_back(entries)
            else:
                taken += arrived(pieces)
        assert len(backlog) == len(expected) - len(taken)
    assert all(same(*pair) for pair in zip(taken, expected, strict=False))
    backlog.clear()
    assert (len(backlog), backlog.bytes, bool(backlog)) == (0, 0, False)


def test_numbers_are_one_run_and_a_message_takes_part_of_it() -> None:
    backlog = Backlog()
    backlog.add_many(list(range(10)))
    assert backlog.front(4) == ([array("q", range(4))], 4, 32)
    assert backlog.front(100) == ([array("q", range(4, 10))], 6, 48)


@pytest.mark.parametrize("odd", [1 << 63, -(1 << 63) - 1, 1 << 100_000], ids=["just", "below", "huge"])
def test_a_number_of_more_than_64_bits_counts_with_its_size(odd: int) -> None:
    backlog = Backlog()
    backlog.add_many([1, odd, 2])
    assert backlog.bytes == 16 + pack(odd)[1]
    assert arrived(backlog.front(9)[0]) == [1, odd, 2]


def test_a_message_is_bounded_in_bytes_by_entries_and_by_runs() -> None:
    backlog = Backlog()
    backlog.add(("large", CHUNK_BYTES - 24))
    backlog.add_many(list(range(10)))
    assert backlog.front(99)[1:] == (4, CHUNK_BYTES)
    backlog.add(("larger", CHUNK_BYTES + 1))
    assert backlog.front(99)[1:] == (7, 56)
    assert backlog.front(99)[1:] == (1, CHUNK_BYTES + 1), "one entry is a message whatever its size"


def test_true_is_not_sent_as_one() -> None:
    pieces: list[Piece] = [array("q", [1]), pack(True), array("d", [1.0])]
    assert [type(item) for item in arrived(pieces)] == [int, bool, float]
