"""Stream: the description of an edge, and what it holds before a run."""

from __future__ import annotations

import pickle
import queue
from typing import Any

import numpy as np
import pytest

from pipeflow import CompositionError, PipelineStateError, Stream


def test_defaults_are_the_documented_ones() -> None:
    stream = Stream()
    assert (stream.name, stream.timeout, stream.monitor) == ("stream", None, False)
    assert stream.queue_type == "multiprocessing.Queue"
    assert stream.buffer_size is None, "3 items, or more while they fit in 4 MiB"


@pytest.mark.parametrize(
    "known", ["multiprocessing.Queue", "multiprocessing.SimpleQueue", "MULTIPROCESSING.queue"]
)
def test_both_queue_types_in_any_case(known: str) -> None:
    assert Stream(queue_type=known).queue_type == known


def test_an_unknown_queue_type_names_the_valid_ones() -> None:
    with pytest.raises(CompositionError, match=r"'queue\.Queue'.*valid are 'multiprocessing\.Queue' and"):
        Stream("s", queue_type="queue.Queue")


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "3"])
def test_a_wrong_buffer_size_is_refused_where_it_was_written(wrong: object) -> None:
    with pytest.raises(CompositionError, match=r"Stream 's': buffer_size must be a whole number"):
        Stream("s", buffer_size=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["x", -1, True, float("nan"), [1]])
def test_a_wrong_timeout_is_refused_where_it_was_written(wrong: object) -> None:
    with pytest.raises(CompositionError, match=r"Stream 's': timeout must be a number of seconds, not"):
        Stream("s", timeout=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("good", [None, 0, 2, 0.5, float("inf"), np.int64(3), np.float32(0.5)])
def test_a_timeout_is_any_number_of_seconds(good: Any) -> None:
    assert Stream("s", timeout=good).timeout == good


def test_a_name_in_other_words_is_text_where_it_is_shown() -> None:
    """The documented classes take any name; only in a chain it must be text (tests/test_compose.py)."""
    odd: list[Any] = [64, 0, None, ""]
    assert [(Stream(name).name, Stream(name).label) for name in odd] == [
        (64, "64"),
        (0, "0"),
        (None, ""),
        ("", ""),
    ]


def test_how_full_it_is_before_a_run() -> None:
    stream = Stream(buffer_size=4)
    assert (stream.empty(), stream.full(), stream.capacity()) == (True, False, 0.0)
    stream.q.put("a")
    assert (stream.empty(), stream.full(), stream.capacity()) == (False, False, 25.0)
    for item in "bcd":
        stream.q.put_nowait(item)
    assert (stream.full(), stream.capacity(), stream.q.qsize()) == (True, 100.0, 4)
    stream.flush()
    assert stream.empty()


def test_without_a_buffer_size_three_items_fill_it() -> None:
    stream = Stream()
    for item in range(3):
        stream.q.put(item, True, 1)
    assert stream.full()
    assert stream.capacity() == 100.0


def test_seeds_can_be_taken_back_in_order() -> None:
    stream = Stream()
    stream.q.put(1)
    stream.q.put(2)
    assert (stream.q.get(), stream.q.get_nowait()) == (1, 2)
    with pytest.raises(queue.Empty):
        stream.q.get()
    assert stream.q.empty()
    assert not stream.q.full()


def test_none_is_no_seed() -> None:
    stream = Stream()
    stream.q.put(None)
    assert stream.empty()


def test_seeds_stay_for_the_next_run() -> None:
    stream = Stream()
    stream.q.put("seed")
    stream.q.begin(lambda: True)
    assert stream.q.items == ["seed"]


def test_what_is_put_after_a_run_takes_the_place_of_the_old_seeds() -> None:
    stream = Stream()
    stream.q.put("old")
    stream.q.begin(lambda: True)
    stream.q.put("new")
    stream.q.put("newer")
    assert stream.q.items == ["new", "newer"]


def test_a_running_system_takes_no_seeds() -> None:
    stream = Stream()
    stream.q.put("seed")
    stream.q.begin(lambda: False)
    with pytest.raises(PipelineStateError, match="let a Source make them"):
        stream.q.put("late")
    assert stream.q.items == ["seed"]


def test_identity_and_seeds_survive_pickling() -> None:
    stream = Stream("s", buffer_size=2)
    stream.q.put("seed")
    stream.q.begin(lambda: True)  # a function that can't be pickled
    twin = pickle.loads(pickle.dumps(stream))
    assert twin == stream
    assert hash(twin) == hash(stream)
    assert twin.q.items == ["seed"]
    assert Stream("s", buffer_size=2) != stream
    assert repr(stream) == "Stream('s', buffer_size=2)"
