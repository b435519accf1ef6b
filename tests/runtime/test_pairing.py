from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.runtime.pairing import ByArrival, ByKey, ByOrigin, PairingError, pairing_for

DROPPED = object()


def arrivals(arms):
    """Every order in which several arms can arrive: a list of port numbers."""
    ports = [port for port, arm in enumerate(arms) for _ in arm]
    return st.permutations(ports)


@st.composite
def by_origin(draw):
    count = draw(st.integers(0, 12))
    arms = [draw(st.permutations(range(count))) for _ in range(draw(st.integers(2, 3)))]
    drops = draw(st.sets(st.tuples(st.integers(0, len(arms) - 1), st.integers(0, max(0, count - 1)))))
    return arms, drops, draw(arrivals(arms))


@given(by_origin())
def test_by_origin_pairs_whatever_the_order_and_drops_partners(case) -> None:
    arms, drops, order = case
    pairing = ByOrigin([1] * len(arms))
    left = [iter(arm) for arm in arms]
    pairs, dropped = [], []
    for port in order:
        origin = next(left[port])
        if (port, origin) in drops:
            dropped += [origin] * pairing.drop(port, origin)
        elif pair := pairing.add(port, origin, (port, origin)):
            pairs.append(pair)
    lost = {origin for _, origin in drops if origin < len(arms[0])}
    assert sorted(dropped) == sorted(lost)  # said once for each
    assert sorted(pair[0][0] for pair in pairs) == [o for o in range(len(arms[0])) if o not in lost]
    assert all(
        [part for part, _ in ((p[1], p[0]) for p in pair)] == [(n, pair[0][0]) for n in range(len(arms))]
        for pair in pairs
    )
    assert pairing.left_over() == 0
    assert pairing.unpaired == sum(
        (port, origin) not in drops for origin in lost for port in range(len(arms))
    )


def test_two_items_of_one_origin_are_an_error() -> None:
    pairing = ByOrigin([1, 1])
    pairing.add(0, 5, "a")
    with pytest.raises(PairingError, match="one origin"):
        pairing.add(0, 5, "b")


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(0, 6), st.data())
def test_by_arrival_pairs_the_ith_with_the_ith(slots, rounds, data) -> None:
    arms = [list(range(need * rounds)) for need in slots]
    pairing, pairs = ByArrival(slots), []
    left = [iter(arm) for arm in arms]
    for port in data.draw(arrivals(arms)):
        item = next(left[port])
        pair = pairing.add(port, None, (port, item))
        pairs += [pair] if pair else []
    assert len(pairs) == rounds
    for number, pair in enumerate(pairs):
        expected = [(p, number * need + i) for p, need in enumerate(slots) for i in range(need)]
        assert [value for _, value in pair] == expected


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), max_size=40))
def test_by_key_is_first_in_first_out_for_each_key(events) -> None:
    pairing = ByKey([1, 1], lambda value: value[0], 100)
    waiting = defaultdict(lambda: ([], []))
    for number, (port, key) in enumerate(events):
        pair = pairing.add(port, None, (key, number))
        mine, others = waiting[key][port], waiting[key][1 - port]
        mine.append((key, number))
        if others:
            first = [(waiting[key][p]).pop(0) for p in (0, 1)]
            assert pair is not None
            assert [value for _, value in pair] == first
        else:
            assert pair is None
    assert pairing.left_over() == sum(len(arm) for arms in waiting.values() for arm in arms)


def test_by_key_says_when_too_many_wait() -> None:
    pairing = ByKey([1, 1], lambda value: value, 2)
    pairing.add(0, None, 1)
    pairing.add(0, None, 2)
    with pytest.raises(PairingError, match="waiting="):
        pairing.add(0, None, 3)


def test_a_port_with_an_item_in_hand_is_not_taken_from_until_its_partner_has_come() -> None:
    for how in ("origin", "arrival"):
        pairing = pairing_for(how, [1, 1])
        assert pairing.accepts([0, 1]) == [0, 1]
        pairing.add(0, 0, "a")
        assert pairing.accepts([0, 1]) == [1]
        assert pairing.accepts([0]) == [0], "but never from nobody"
        pairing.add(1, 0, "b")
        assert pairing.accepts([0, 1]) == [0, 1]
    three = pairing_for("arrival", [2, 1])
    three.add(0, None, "a")
    assert three.accepts([0, 1]) == [0, 1]


def test_by_origin_what_is_asked_for_may_come_behind_others() -> None:
    pairing = pairing_for("origin", [1, 1])
    pairing.add(0, 7, "a")
    assert pairing.in_step
    pairing.add(1, 3, "b")  # early: 7 is still to come, and behind 7 on the other side there is 3
    assert pairing.accepts([0, 1]) == [0, 1]
    assert not pairing.in_step
    pairing.add(1, 7, "b")
    assert pairing.accepts([0, 1]) == [0]


def test_of_three_those_that_another_waits_for_are_taken_from() -> None:
    pairing = pairing_for("origin", [1, 1, 1])
    pairing.add(0, 0, "a")
    assert pairing.accepts([0, 1, 2]) == [1, 2]
    pairing.add(1, 1, "b")
    assert pairing.accepts([0, 1, 2]) == [0, 1, 2]


def test_a_dropped_item_is_in_hand_too() -> None:
    pairing = pairing_for("origin", [1, 1])
    pairing.drop(0, 0)
    assert pairing.accepts([0, 1]) == [1]
    pairing.add(1, 0, "b")
    assert pairing.accepts([0, 1]) == [0, 1]


def test_the_end_of_an_arm_ends_pairing_when_nothing_of_it_waits() -> None:
    origin, key = ByOrigin([1, 1]), ByKey([1, 1], str, 5)
    origin.add(0, 1, "a")
    assert (origin.exhausted(0), origin.exhausted(1)) == (False, True)
    assert not key.exhausted(0)  # whoever is left over is to be counted
    assert ByArrival([2, 1]).exhausted(0)
