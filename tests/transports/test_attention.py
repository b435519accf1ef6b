"""A loop over a list ends after the entry in hand, without looking at a flag."""

from __future__ import annotations

from pipeflow.transports.attention import Attention


def seen(attention: Attention, part: list[int], call_at: int | None = None) -> list[int]:
    found: list[int] = []
    attention.to(part)
    for entry in part:
        found.append(entry)
        if entry == call_at:
            attention.call()
    attention.end()
    return found


def test_a_call_ends_the_loop_behind_the_entry_in_hand() -> None:
    assert seen(Attention(), [1, 2, 3, 4], call_at=2) == [1, 2]


def test_a_call_before_the_loop_leaves_it_one_entry() -> None:
    attention = Attention()
    attention.call()
    assert attention.needed
    assert seen(attention, [1, 2, 3]) == [1]
    attention.begin()
    assert seen(attention, [1, 2, 3]) == [1, 2, 3]


def test_a_list_is_forgotten_when_its_loop_has_ended() -> None:
    attention, part = Attention(), [1, 2]
    seen(attention, part)
    attention.call()
    assert part == [1, 2]
