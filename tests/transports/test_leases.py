"""Large buffers in shared memory: nobody else sees what is written into one, and every slot comes back."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import FIELDS, Meter
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import leases, shared
from pipeflow.transports._base import ENDED
from pipeflow.transports.slots import IN_USE, SLOTS
from pipeflow.transports.sockets import SocketEndpoint
from tests.runtime.fakes import planned, source, stage_number
from tests.transports.rigs import (
    DEADLINE,
    RigMaker,
    SocketRig,
    consume,
    descriptors,
    eventually,
    produce,
    rigs_of,
    run,
    stream,
)

LARGE = 100_000

pytestmark = pytest.mark.skipif(not leases.available(), reason="no shared memory of this kind here")


@pytest.fixture
def rig() -> Iterator[RigMaker]:
    with rigs_of(SocketRig) as make:
        yield make


def memory_of(endpoint: SocketEndpoint) -> shared.Memory:
    """What it writes its large buffers into."""
    [memory] = endpoint._pump.leases.memories.values()
    return memory


def in_use(endpoint: SocketEndpoint) -> int:
    memory = memory_of(endpoint)
    assert memory.states is not None
    return bytes(memory.states).count(IN_USE)


def passing(rig: RigMaker, functor: Any, items: Any) -> tuple[Any, list[Any]]:
    """Through a run loop, as in a worker."""
    ends = rig(stream(["before"], ["pipe"]), stream(["pipe"], ["after"]))
    pipe = pf.Transform(functor, "pipe")
    plan = planned(source() >> pipe >> pf.Sink(print, "sink"))
    loop = RunLoop(plan, Worker(stage_number(plan, "pipe"), 0), ends["pipe"], Meter([0] * FIELDS, 0), pid=1)
    run(produce, ends["before"], items)
    working = run(loop.run)
    out = run(consume, ends["after"]).result(DEADLINE)
    working.result(DEADLINE)
    return ends, out


def test_arrays_come_through_shared_memory_and_go_back(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], (np.full(LARGE, k) for k in range(200)))
    seen: list[int] = []
    for _ in range(200):
        _, array = r["b"].receive()
        seen.append(int(array[0] + array[-1]) // 2)
        array[:] = -1
        r["b"].done(0)
        del array
    assert seen == list(range(200))
    assert r["b"].receive()[1] is ENDED
    made.result(DEADLINE)
    assert in_use(r["a"]) == 0
    assert memory_of(r["a"]).states is not None
    assert r["a"]._pump.leases._slots.bytes <= 8 * 110 * 8192


def test_what_is_kept_is_its_keepers_alone_and_nothing_waits_for_it(
    rig: RigMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is kept than there is room for: the rest comes as copies."""
    monkeypatch.setattr(leases, "BUDGET", 10 << 20)
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], (np.full(LARGE, float(k)) for k in range(40)))
    kept = run(consume, r["b"]).result(DEADLINE)
    made.result(DEADLINE)
    assert 5 <= in_use(r["a"]) <= 12
    for k, array in enumerate(kept):
        assert array.flags.writeable
        array += 1000
        assert (array == 1000 + k).all()
    assert all((array == 1000 + k).all() for k, array in enumerate(kept))
    del kept, array
    assert in_use(r["a"]) == 0


def test_a_source_may_use_its_array_again(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    array = np.zeros(LARGE)

    def again() -> Iterator[Any]:
        for k in range(20):
            array[:] = k
            yield array

    made = run(produce, r["a"], again())
    kept = run(consume, r["b"]).result(DEADLINE)
    assert [set(x) for x in kept] == [{float(k)} for k in range(20)]
    made.result(DEADLINE)


class Frozen:
    """Travels by protocol 5 alone, and nobody writes to it."""

    def __init__(self, data: Any) -> None:
        self.data = bytes(data)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return Frozen, (pickle.PickleBuffer(self.data),)


def test_what_can_only_travel_as_it_is_may_be_read_only(rig: RigMaker) -> None:
    items = [Frozen(bytes([k]) * 100_000) for k in range(3)]
    _, out = passing(rig, lambda item: item, items)
    assert [item.data for item in out] == [item.data for item in items]


def test_one_entry_for_two_streams_is_two_buffers(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]), stream([("a", 1)], ["c"]))
    array = np.zeros(LARGE)
    for output in (0, 1):
        r["a"].send(output, array)
    run(r["a"].finish)
    _, one = r["b"].receive()
    _, two = r["c"].receive()
    one += 1
    two += 2
    assert (one.max(), two.max(), array.max()) == (1, 2, 0)


def same(array: Any) -> Any:
    """On it goes."""
    return array


def test_what_only_passes_is_not_copied(rig: RigMaker) -> None:
    ends, out = passing(rig, same, (np.full(LARGE, k) for k in range(30)))
    assert [x[0] for x in out] == list(range(30))
    assert list(ends["pipe"]._pump.leases.memories) == list(ends["before"]._pump.leases.memories)
    assert in_use(ends["before"]) == 30
    del out
    assert in_use(ends["before"]) == 0


class Keeping:
    """Looks back at what it has sent on."""

    def __init__(self) -> None:
        self.last: Any = None
        self.seen: list[float] = []

    def run(self, array: Any) -> Any:
        if self.last is not None:
            self.seen.append(float(self.last[0]))
            self.last[:] = -1
        self.last = array
        return array


def test_what_the_functor_keeps_is_copied(rig: RigMaker) -> None:
    def scribble(array: Any) -> None:
        array[:] = -2

    functor = Keeping()
    ends = rig(stream(["before"], ["pipe"]), stream(["pipe"], ["after"]))
    plan = planned(source() >> pf.Transform(functor, "pipe") >> pf.Sink(print, "sink"))
    loop = RunLoop(plan, Worker(stage_number(plan, "pipe"), 0), ends["pipe"], Meter([0] * FIELDS, 0), pid=1)
    run(produce, ends["before"], (np.full(LARGE, float(k)) for k in range(30)))
    working = run(loop.run)
    got: list[float] = []
    consume(ends["after"], lambda array: (got.append(float(array[0])), scribble(array)))
    working.result(DEADLINE)
    assert got == [float(k) for k in range(30)]
    assert functor.seen == got[:-1]


def twice(array: Any) -> Any:
    """The same memory three times in one result, and a part of it."""
    return [array, array[: LARGE // 2 + 10], {"x": array.reshape(2, -1)}]


def test_parts_of_one_result_that_share_memory_arrive_apart(rig: RigMaker) -> None:
    _, out = passing(rig, twice, (np.full(LARGE, k) for k in range(5)))
    for k, (whole, part, other) in enumerate(out):
        assert (whole == k).all()
        whole[:] = -1
        assert (part == k).all()
        part[:] = -2
        assert (other["x"] == k).all()


def test_a_part_of_what_came_goes_on(rig: RigMaker) -> None:
    _, out = passing(rig, lambda x: x[5:-5], (np.arange(LARGE) + k for k in range(5)))
    assert all((x == np.arange(LARGE)[5:-5] + k).all() for k, x in enumerate(out))
    _, out = passing(rig, lambda x: x[:-5], (np.arange(LARGE) + k for k in range(5)))
    assert all((x == np.arange(LARGE)[:-5] + k).all() for k, x in enumerate(out))


def test_a_loop_over_one_memory_comes_back_to_its_owner(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 4), stream(["b"], ["a"], 4))
    r["a"].send(0, np.arange(LARGE))
    for _ in range(5):
        for name in "ba":
            _, array = r[name].receive()
            array += 1
            r[name].send(0, array)
            r[name].done(0)
    _, array = r["b"].receive()
    assert (array == np.arange(LARGE) + 10).all()


def test_what_a_closed_reader_did_not_take_goes_back(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], (np.zeros(LARGE) for _ in range(1000)))
    r["b"].receive()
    r["b"].done(0)
    r["b"].close_input(0)
    assert made.result(DEADLINE) < 1000
    eventually(lambda: not r["b"].poll() and in_use(r["a"]) <= 5)


def test_a_child_that_a_functor_forks_gives_nothing_back(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    r["a"].send(0, np.full(LARGE, 7))
    run(r["a"].finish)
    _, array = r["b"].receive()
    child = os.fork()
    if child == 0:
        del array
        os._exit(0)
    os.waitpid(child, 0)
    assert in_use(r["a"]) == 1
    assert (array == 7).all()


def test_without_memory_the_message_carries_it(rig: RigMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "memfd_create", refused)
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], (np.full(LARGE, k) for k in range(20)))
    assert [x[0] for x in run(consume, r["b"]).result(DEADLINE)] == list(range(20))
    made.result(DEADLINE)
    assert not r["b"]._pump.leases.memories


def test_memory_that_can_not_be_mapped_is_read(rig: RigMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    r = rig(stream(["a"], ["b"]))
    mapped = shared._map

    def refused(*arguments: Any) -> Any:
        if r["a"]._pump.leases.memories:
            raise OSError(12, "Cannot allocate memory")
        return mapped(*arguments)

    monkeypatch.setattr(shared, "_map", refused)
    made = run(produce, r["a"], (np.full(LARGE, k) for k in range(20)))
    kept = run(consume, r["b"]).result(DEADLINE)
    made.result(DEADLINE)
    assert [x[-1] for x in kept] == list(range(20))
    assert in_use(r["a"]) == 0
    assert not r["b"]._pump.leases.memories


CYCLE = """
import gc
import numpy as np
from pipeflow.transports import leases, shared
from pipeflow.transports.codec import Packed

class Looks:
    def __del__(self):
        seen.append(sum(self.view))

gc.disable()
seen = []
for turn in range(20):
    writer = leases.Leases(1)
    [placed] = writer.settle(Packed(b"", (memoryview(np.ones(40_000, np.uint8)),))).buffers
    reader = leases.Leases(None)
    reader.add(1, leases.os.dup(writer.memories[1].descriptor))
    writer.close()
    reader.close()
    memory = reader.memories[1]
    memory.looks = [Looks() for _ in range(5)]
    for one in memory.looks:
        one.view, one.again = reader.lease(placed), memory
    del one, reader, writer, memory
    assert len(seen) == 5 * turn
    gc.collect()
assert seen == [40_000] * 100, seen
assert open("/proc/self/maps").read().count("pipeflow slots") == 2
shared._unmap_unused()
assert "pipeflow slots" not in open("/proc/self/maps").read()
"""


def test_memory_outlives_the_finalizers_of_a_cycle_of_garbage() -> None:
    subprocess.run([sys.executable, "-X", "faulthandler", "-c", CYCLE], timeout=60, check=True)


def test_what_is_let_go_after_the_run_takes_no_memory() -> None:
    with rigs_of(SocketRig) as make:
        r = make(stream(["a"], ["b"]))
        made = run(produce, r["a"], (np.full(LARGE, k) for k in range(3)))
        kept = consume(r["b"])  # type: ignore[arg-type]
        made.result(DEADLINE)
        memory = os.dup(memory_of(r["b"]).descriptor)  # type: ignore[arg-type]
    assert 512 * os.fstat(memory).st_blocks >= 3 * 8 * LARGE
    del kept[1:]
    assert 8 * LARGE <= 512 * os.fstat(memory).st_blocks < 2 * 8 * LARGE
    assert set(kept[0]) == {0}
    os.close(memory)


def test_descriptors_are_closed_while_arrays_are_kept() -> None:
    before = descriptors()
    with rigs_of(SocketRig) as make:
        r = make(stream(["a"], ["b"]))
        made = run(produce, r["a"], (np.full(LARGE, k) for k in range(3)))
        kept = consume(r["b"])  # type: ignore[arg-type]
        made.result(DEADLINE)
    eventually(lambda: descriptors() <= before)
    assert [int(x.sum()) // LARGE for x in kept] == [0, 1, 2]
    kept[0] += 5
    assert kept[0][-1] == 5


def test_leases_of_many_threads_come_back(rig: RigMaker) -> None:
    """Views may die in any thread."""
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], (np.full(LARGE, k) for k in range(100)))
    threads = []
    for _ in range(100):
        _, array = r["b"].receive()
        threads.append(threading.Thread(target=array.sum))
        threads[-1].start()
        del array
        r["b"].done(0)
    for thread in threads:
        thread.join(DEADLINE)
    made.result(DEADLINE)
    del threads, thread
    eventually(lambda: in_use(r["a"]) == 0)
    assert memory_of(r["a"]).view.nbytes == SLOTS + shared.ROOM
