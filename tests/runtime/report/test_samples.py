from __future__ import annotations

import threading

import pytest

from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.runtime.report.samples import Sample, Sampler, Span, active, spans
from tests.runtime.report.reports import reading

WORKER = Worker(0, 0)


def series(*looks: tuple[float, Reading]) -> tuple[Sample, ...]:
    return tuple(Sample(seconds, {WORKER: read}) for seconds, read in looks)


def rounded(found: list[Span]) -> list[tuple[float, ...]]:
    return [tuple(round(number, 3) for number in (*span, span.rest)) for span in found]


def test_the_difference_of_two_looks_is_a_span() -> None:
    looks = series((0.0, reading()), (2.0, reading(5, busy=1.0, waiting=0.5, blocked=0.3)))
    assert rounded(spans(looks, WORKER)) == [(0.0, 2.0, 0.5, 0.25, 0.15, 5, 0.1)]


def test_a_long_call_is_spread_over_the_time_it_took() -> None:
    looks = series((0.0, reading()), (1.0, reading()), (2.0, reading()), (3.0, reading(1, busy=2.5)))
    assert [span.busy for span in spans(looks, WORKER)] == pytest.approx([0.5, 1.0, 1.0])


def test_parts_never_add_up_to_more_than_the_time() -> None:
    looks = series(
        (0.0, reading()), (1.0, reading(busy=0.2)), (2.0, reading(busy=1.2, waiting=0.8, blocked=0.9))
    )
    for span in spans(looks, WORKER):
        assert span.busy + span.waiting + span.blocked <= 1.0 + 1e-9
    assert sum(span.waiting for span in spans(looks, WORKER)) == pytest.approx(0.8)


def test_a_worker_that_has_ended_has_no_more_spans() -> None:
    over = reading(1, busy=1.0, state="over")
    assert len(spans(series((0.0, reading()), (1.0, over), (2.0, over)), WORKER)) == 1


def test_a_source_is_counted_by_the_item_in_hand() -> None:
    looks = series((0.0, reading(item=0)), (1.0, reading(item=11)), (2.0, reading(20, item=0)))
    assert [span.taken for span in spans(looks, WORKER)] == [10, 10]


def test_unknown_workers_and_standing_clocks_have_no_spans() -> None:
    assert spans(series((0.0, reading()), (0.0, reading())), WORKER) == []
    assert spans(series((0.0, reading()), (1.0, reading())), Worker(7, 0)) == []


def test_work_begins_and_ends_where_something_changes() -> None:
    idle, busy, done = reading(), reading(3, busy=0.5, item=4), reading(9, busy=1.0)
    looks = series((0.0, idle), (1.0, idle), (2.0, busy), (3.0, busy), (4.0, done), (5.0, done))
    assert active(looks) == 3.0
    assert active(looks[:2]) is None
    assert active(()) is None
    assert active(series((0.0, busy), (1.0, done))) == 1.0


def test_work_that_the_first_look_shows_has_begun_then() -> None:
    """A thread takes its first item before anybody looks, and the meter stands until its call ends."""
    called, done = reading(item=1), reading(2, busy=2.0)
    assert active(series((0.0, called), (1.0, called), (2.0, done))) == 2.0
    assert active(series((0.0, called), (1.0, called))) is None, "no end of it was seen"


def test_who_waits_for_others_to_start_is_not_at_work() -> None:
    """The source's process has filled its streams before those behind it are there."""
    done = reading(4, busy=2.0)
    for ahead in (reading(3, state="blocked", item=4), reading(3, state="waiting"), reading(3)):
        assert active(series((0.0, ahead), (1.0, ahead), (2.0, done))) == 1.0


def test_waiting_is_no_work() -> None:
    assert active(series((0.0, reading()), (1.0, reading(waiting=1.0)))) is None


def test_the_sampler_looks_at_the_start_and_at_the_end() -> None:
    now = iter([0.0, 10.0, 10.0, 13.0])
    sampler = Sampler(lambda: {WORKER: reading()}, pause=3600, clock=lambda: next(now))
    sampler.start()
    assert [sample.seconds for sample in sampler.stop()] == [0.0, 3.0]
    assert len(sampler.stop()) == 2


def test_the_sampler_looks_in_between() -> None:
    third = threading.Event()
    looks: list[int] = []

    def readings() -> dict[Worker, Reading]:
        looks.append(1)
        if len(looks) == 3:
            third.set()
        return {}

    sampler = Sampler(readings, pause=0.001)
    sampler.start()
    assert third.wait(10)
    sampler.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "pipeflow sampler"]


def test_long_runs_keep_the_same_number_of_samples() -> None:
    ticks = iter(range(10_000))
    sampler = Sampler(dict, pause=0.5, most=16, clock=lambda: float(next(ticks)))
    for _ in range(200):
        sampler.look()
    assert sampler.pause > 0.5
    samples = sampler.stop()
    assert len(samples) <= 16
    seconds = [sample.seconds for sample in samples]
    assert seconds == sorted(seconds)
    assert seconds[0] <= 1


def test_stopping_one_that_never_started() -> None:
    assert len(Sampler(dict).stop()) == 1
