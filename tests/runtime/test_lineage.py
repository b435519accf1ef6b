"""What is delivered, and where a run that goes on begins."""

from __future__ import annotations

import pickle
import random
from typing import Any

import pytest

from pipeflow.runtime.lineage import Progress, Traced, gathered, paths_of


def item(index: int, value: Any = "x", **more: Any) -> Traced:
    """The source's item of that index; its state is the number of items made."""
    return Traced(value, ((index,),), states=((index, index + 1),), **more)


def test_items_in_order() -> None:
    progress = Progress()
    assert [progress.deliver(item(index, index * 10)) for index in range(3)] == [0, 10, 20]
    assert (progress.state, progress.ahead, progress.items) == (3, [], 3)


def test_an_item_that_came_early_is_ahead() -> None:
    progress = Progress()
    progress.deliver(item(0))
    progress.deliver(item(2))
    progress.deliver(item(5))
    assert (progress.state, progress.ahead) == (1, [[1], [4]])
    progress.deliver(item(1))
    assert (progress.state, progress.ahead) == (3, [[2]])


def test_a_dropped_item_is_dealt_with_once_that_is_said() -> None:
    progress = Progress()
    later = item(2, counts=(((0,), 0), ((1,), 0)))
    later.states = ((0, 1), (1, 2), (2, 3))
    progress.deliver(later)
    assert (progress.state, progress.ahead) == (3, [])


def test_an_item_is_delivered_with_its_last_part() -> None:
    progress = Progress()
    progress.deliver(Traced("b", ((0, 1),), counts=(((0,), 3),), states=((0, 1),)))
    progress.deliver(Traced("a", ((0, 0),)))
    assert (progress.state, progress.ahead) == (None, [[0, 0], [0, 1]])
    progress.deliver(Traced("c", ((0, 2),)))
    assert (progress.state, progress.ahead) == (1, [])


def test_parts_of_parts() -> None:
    progress = Progress()
    progress.deliver(Traced("a", ((0, 0, 0),), counts=(((0,), 2), ((0, 0), 1)), states=((0, 1),)))
    assert progress.ahead == [[0, 0]]
    progress.deliver(Traced("b", ((0, 1, 1),)))
    progress.deliver(Traced("c", ((0, 1, 0),), counts=(((0, 1), 2),)))
    assert (progress.state, progress.ahead) == (1, [])


def test_what_was_said_twice_after_a_crash_changes_nothing() -> None:
    progress = Progress()
    progress.deliver(item(0, counts=(((1,), 0),)))
    progress.deliver(item(2, counts=(((1,), 0), ((0,), 0))))
    progress.deliver(Traced("z", ((3,),), states=((1, 2), (3, 4))))
    progress.deliver(item(4, counts=(((1,), 0),)))
    assert (progress.state, progress.ahead) == (5, [])


def test_a_batch_is_made_of_all_its_items_and_says_all_they_had_to_say() -> None:
    batch = gathered([item(0, 1), [item(2, 2, counts=(((1,), 0),)), item(3, 3)]])
    assert batch.value == [1, [2, 3]]
    assert batch.paths == ((0,), (2,), (3,))
    assert batch.counts == (((1,), 0),)
    assert batch.states == ((0, 1), (2, 3), (3, 4))


def test_going_on_counts_from_where_the_source_stands() -> None:
    first = Progress()
    for index in (0, 1, 3, 6):
        first.deliver(item(index))
    second = Progress(first.state, paths_of(first.ahead), first.items)
    assert second.ahead == [[1], [4]]
    second.deliver(Traced("x", ((0,),), states=((0, 3),)))
    second.deliver(Traced("x", ((2,),), states=((1, 4), (2, 5))))
    assert (second.state, second.ahead, second.items) == (5, [[1]], 6)


@pytest.mark.parametrize("seed", range(20))
def test_any_order_ends_at_the_end(seed: int) -> None:
    order = list(range(50))
    random.Random(seed).shuffle(order)
    progress = Progress()
    for index in order:
        progress.deliver(item(index))
    assert (progress.state, progress.ahead, progress.items) == (50, [], 50)


def test_an_item_travels_and_shows_its_value() -> None:
    there = pickle.loads(pickle.dumps(item(3, "shown", delivered=frozenset({(3, 1)}))))
    assert repr(there) == "'shown'"
    assert (there.paths, there.states, there.delivered) == (((3,),), ((3, 4),), {(3, 1)})


@pytest.mark.parametrize("said", [None, 5, [5], [[]], [["a"]], "ab"])
def test_what_are_no_paths(said: Any) -> None:
    with pytest.raises(ValueError, match="not a list of paths"):
        paths_of(said)
