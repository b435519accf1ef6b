"""Running a stretch in numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeflow.origins.schedule import Actor, run

FORK = Actor((), (0, 1))
JOIN = Actor((2, 1), ())


def stretch(consumes: int, produces: int) -> list[Actor]:
    """A fork, an arm that changes the count and changes it back, a direct arm, a join."""
    there = Actor((0,), (3,), consumes, produces)
    back = Actor((3,), (2,), produces, consumes)
    return [FORK, there, back, JOIN]


def test_a_direct_arm_waits_for_a_batch() -> None:
    free = run(stretch(8, 1), {}, hesitant=True)
    assert (free.blocked, free.peaks[1]) == (False, 8)
    assert run(stretch(8, 1), {1: 8}, hesitant=True).blocked is False
    assert run(stretch(8, 1), {1: 6}, hesitant=False).blocked is True


def test_one_for_one_needs_no_room() -> None:
    assert run(stretch(1, 1), {0: 1, 1: 1, 2: 1, 3: 1}, hesitant=True).blocked is False


def several_hands(workers: int) -> list[Actor]:
    """The direct arm has a pipe of its own, whose workers hold an item each."""
    there, back = Actor((0,), (3,), 6, 1), Actor((3,), (2,), 1, 6)
    return [FORK, there, back, Actor((1,), (4,), workers=workers), Actor((2, 4), ())]


def test_items_in_several_hands() -> None:
    assert run(several_hands(4), {1: 1, 4: 1}, hesitant=False).blocked is False
    assert run(several_hands(1), {1: 1, 4: 1}, hesitant=False).blocked is True


def test_too_long_to_say() -> None:
    growing = [FORK, Actor((0,), (2,), 2, 1), JOIN]
    assert run(growing, {}, hesitant=True).blocked is None


@given(st.integers(1, 12), st.integers(1, 5))
def test_the_peak_of_a_free_run_always_suffices(consumes: int, produces: int) -> None:
    actors = stretch(consumes, produces)
    peaks = run(actors, {}, hesitant=True).peaks
    assert run(actors, peaks, hesitant=True).blocked is False
    assert run(actors, peaks, hesitant=False).blocked is False


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 12))
def test_what_blocks_without_hesitation_blocks_with_it(consumes: int, produces: int, bound: int) -> None:
    actors = stretch(consumes, produces)
    if run(actors, {1: bound}, hesitant=False).blocked:
        assert run(actors, {1: bound}, hesitant=True).blocked
