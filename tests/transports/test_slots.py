"""Which slot is in use: no two buffers ever share one, and room that is given back is used again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeflow.transports.slots import GIVEN_BACK, PAGE, Slots, rounded


def slots(states: int = 64, room: int = 64 * PAGE, budget: int = 64 * PAGE) -> tuple[Slots, bytearray, list]:
    discarded: list[tuple[int, int]] = []
    own = bytearray(states)
    return Slots(own, room, budget, lambda *what: discarded.append(what)), own, discarded


@given(st.integers(1, 1 << 40))
def test_a_slot_is_whole_pages_and_at_most_an_eighth_larger(length: int) -> None:
    size = rounded(length)
    assert size >= length
    assert size % PAGE == 0
    assert size <= max(length + length // 8 + 1, length + PAGE)


@given(st.lists(st.one_of(st.integers(1, 9 * PAGE), st.sampled_from(["back"])), max_size=60), st.randoms())
def test_what_is_in_use_never_overlaps_and_keeps_the_budget(steps: list[Any], chance: Any) -> None:
    own, states, _ = slots(states=16, budget=40 * PAGE)
    used: dict[int, tuple[int, int]] = {}
    for step in steps:
        if step == "back":
            if used:
                states[chance.choice(list(used))] = GIVEN_BACK
                used = {number: place for number, place in used.items() if states[number] != GIVEN_BACK}
            continue
        taken = own.take(step)
        if taken is None:
            continue
        number, offset = taken
        assert number not in used
        used[number] = (offset, offset + step)
        spans = sorted(used.values())
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert sum(rounded(end - start) for start, end in spans) <= own.bytes <= 40 * PAGE


def test_the_one_given_back_last_is_used_first() -> None:
    own, states, _ = slots()
    a, b = own.take(PAGE), own.take(PAGE)
    assert a is not None
    assert b is not None
    states[a[0]] = states[b[0]] = GIVEN_BACK
    assert own.take(PAGE) == b
    assert own.take(PAGE) == a


def test_full_is_no_error_and_room_comes_back() -> None:
    own, states, _ = slots(states=2)
    first, second = own.take(1), own.take(1)
    assert first is not None
    assert second is not None
    assert own.take(1) is None
    states[second[0]] = GIVEN_BACK
    assert own.take(1) == second


def test_memory_of_another_size_is_discarded_when_the_budget_is_used_up() -> None:
    own, states, discarded = slots(budget=8 * PAGE)
    taken = [own.take(PAGE) for _ in range(8)]
    for place in taken:
        assert place is not None
        states[place[0]] = GIVEN_BACK
    assert own.take(4 * PAGE) is not None
    assert len(discarded) == 4
    assert own.bytes == 8 * PAGE


def test_what_is_in_use_is_never_discarded() -> None:
    own, _, discarded = slots(budget=4 * PAGE)
    assert own.take(4 * PAGE) is not None
    assert own.take(PAGE) is None
    assert own.take(5 * PAGE) is None
    assert not discarded
