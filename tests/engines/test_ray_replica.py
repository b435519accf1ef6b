"""One worker as a task server: an order in, an answer and batches out. No cluster, and no Ray."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.engines.ray import batches
from pipeflow.engines.ray.births import Birth
from pipeflow.engines.ray.drawn import DrawnEndpoint
from pipeflow.engines.ray.endpoint import BatchEndpoint
from pipeflow.engines.ray.orders import SLICE, Order, Part, Status
from pipeflow.engines.ray.replica import Replica
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from pipeflow.runtime.identity import become
from pipeflow.runtime.messages import Worker
from pipeflow.transports import Unpicklable
from tests.functors import collector, inc


@pytest.fixture(autouse=True)
def nobody_afterwards() -> Iterator[None]:
    yield
    become(None)


def replica(functor: Any, **options: Any) -> Replica:
    """The worker of the pipe in the middle, begun."""
    flow = pf.Source(range(3), "s") >> pf.Transform(functor, "work").with_(**options) >> collector()
    plan = compile_plan(build_graph(flow))
    made = Replica(lambda: Birth(plan, Worker(1, 0), None, own_process=False))
    made.work(Order(room={0: 1}))
    return made


def order(count: int, *, start: int = 0, room: int = 100, **said: Any) -> Order:
    return Order(parts=(Part(0, 1, start, count, 0),), room={0: room}, **said)


def entries(batch: Any) -> list[Any]:
    return [batches.opened(entry) for entry in batches.unsealed(batch)]


def test_an_order_is_answered_with_a_batch() -> None:
    status, batch = replica(inc).work(order(3), batches.sealed([1, 2, 3]))
    assert (status.done, status.sent, status.idle, entries(batch)) == ((3,), (3,), True, [2, 3, 4])
    assert (status.work.taken, status.work.read, status.work.written) == (3, {0: 3}, {0: 3})


def test_no_more_is_made_than_there_is_room_for() -> None:
    worker = replica(inc)
    status, batch = worker.work(order(3, room=2), batches.sealed([1, 2, 3]))
    assert (status.done, entries(batch)) == ((2,), [2, 3])
    status, batch = worker.work(order(3, start=2, resumes=True), batches.sealed([1, 2, 3]))
    assert (status.done, entries(batch)) == ((1,), [4])


def test_a_batch_that_turns_slow_is_cut_short_and_nothing_overtakes_its_rest() -> None:
    def slow(x: int) -> int:
        time.sleep(SLICE * 0.6)
        return x

    worker = replica(slow)
    status, batch = worker.work(order(6), batches.sealed(list(range(6))))
    assert 1 <= status.done[0] < 6
    assert entries(batch) == list(range(status.done[0]))
    refused, none = worker.work(order(1), batches.sealed([77]))
    assert (refused.refused_order, refused.done, none) == (True, (0,), [])
    again, _ = worker.work(order(6, start=status.done[0], resumes=True), batches.sealed(list(range(6))))
    assert again.done[0] >= 1


def test_what_may_be_given_to_another_worker_is_never_left_in_the_middle_of_an_item() -> None:
    worker = replica(lambda x: np.full(1 << 17, x), on_crash="restart")
    status, batch = worker.work(order(3), batches.sealed([1, 2, 3]))
    assert status.held == ()
    assert len(entries(batch)) == status.done[0] >= 1


def test_what_was_received_and_not_fed_comes_again_whichever_batch_it_is_of() -> None:
    endpoint = BatchEndpoint(1, 1)
    parts = (Part(0, 1, 0, 1, 0), Part(0, 2, 0, 2, 0))
    endpoint.load(Order(parts=parts, room={0: 9}), [["a"], ["b", "c"]])
    received = [endpoint.receive()[1], *endpoint.bulk.more(0)]
    endpoint.bulk.give_back(0, len(received))
    assert (received, endpoint.received) == (["a"], [0, 0])
    assert [endpoint.receive()[1], *endpoint.bulk.more(0)] == ["a"]
    assert [endpoint.receive()[1], *endpoint.bulk.more(0)] == ["b", "c"]
    endpoint.bulk.give_back(0, 1)
    assert endpoint.received == [1, 1]


def test_an_order_is_begun_however_late_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = replica(inc)
    monkeypatch.setattr("pipeflow.engines.ray.replica.SLICE", -1.0)
    status, batch = worker.work(order(3), batches.sealed([1, 2, 3]))
    assert (status.done[0], len(entries(batch))) in ((1, 1), (3, 3))


def test_a_failure_is_a_report_and_the_end() -> None:
    def fails(x: int) -> int:
        raise ValueError(x)

    status, _ = replica(fails).work(order(1), batches.sealed([5]))
    assert status.over
    assert len(status.reports) == 1
    assert status.work.taken == 1


def test_a_functor_that_can_t_be_rebuilt_is_a_report() -> None:
    def born() -> Birth:
        raise ImportError("no module named 'mine'")

    status: Status = Replica(born).work(Order())[0]
    assert status.over
    assert b"no module named" in status.reports[0]


def test_a_source_goes_on_when_its_large_entry_has_been_fetched() -> None:
    endpoint = DrawnEndpoint(1)
    gone_on = threading.Event()

    def source() -> None:
        endpoint.put(0, *batches.pack(np.zeros(1 << 20)))
        gone_on.set()

    thread = threading.Thread(target=source, daemon=True)
    thread.start()
    endpoint.draw(Order(room={0: 5}), 5.0, 5.0)
    assert not gone_on.wait(0.05)
    (outbox,), _ = endpoint.empty()
    assert len(outbox) == 1
    endpoint.draw(Order(room={0: 5}), 0.01, 0.01)
    assert gone_on.wait(5)
    thread.join()


# ---------------------------------------------------------------- batches

VALUES: list[Any] = [
    0,
    1 << 80,
    True,
    None,
    1.5,
    2j,
    "a",
    "\ud800",
    b"x",
    (1, [2]),
    {"k": {3}},
    "long" * 5000,
]


def test_entries_arrive_as_they_were() -> None:
    batch = batches.sealed([batches.pack(value)[0] for value in VALUES])
    assert entries(batch) == VALUES


def test_what_is_packed_no_longer_changes() -> None:
    numbers, image = [1], np.zeros(10_000, dtype=np.uint8)
    packed = [batches.pack(numbers)[0], batches.pack(image)[0]]
    numbers.append(2)
    image += 1
    first, second = entries(batches.sealed(packed))
    assert (first, second.max()) == ([1], 0)


def test_large_buffers_travel_beside_the_pickle_and_arrive_writable() -> None:
    image = np.arange(1 << 20, dtype=np.uint8)
    packed, size = batches.pack(image)
    sealed = batches.sealed([packed])
    assert size >= image.nbytes
    assert len(sealed[0]) < 1000
    (arrived,) = entries(sealed)
    arrived[0] = 9
    assert image[0] == 0
    view = batches.opened(batches.unsealed(sealed)[0], readonly=True)
    assert view.tobytes() == image.tobytes()


def test_what_can_t_be_pickled_says_so() -> None:
    with pytest.raises(Unpicklable, match="generator"):
        batches.pack(x for x in "abc")


def test_to_say_that_it_is_there_a_worker_needs_none_of_the_user_s_code() -> None:
    def born() -> Birth:
        pytest.fail("it is not begun yet")

    waits = Replica(born)
    assert waits.work(Order(ping=True)) == (Status(pid=os.getpid(), ping=True),)
    assert waits.work(Order(leave=True))[0].reports == (), "nothing went wrong meanwhile"
