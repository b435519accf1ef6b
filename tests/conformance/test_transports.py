"""What every transport promises: the same suite over sockets and over memory."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipeflow.transports._base import ENDED, WOKEN, Stopped
from tests.transports.rigs import (
    DEADLINE,
    MemoryRig,
    PortableRig,
    Rig,
    RigMaker,
    SocketRig,
    consume,
    eventually,
    produce,
    rigs_of,
    run,
    stream,
)


@pytest.fixture(params=[SocketRig, PortableRig, MemoryRig], ids=["sockets", "portable", "memory"])
def rig(request: pytest.FixtureRequest) -> Iterator[RigMaker]:
    with rigs_of(request.param) as make:
        yield make


def test_one_writer_one_reader_in_order(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], range(5000))
    assert run(consume, r["b"]).result(DEADLINE) == list(range(5000))
    assert made.result(DEADLINE) == 5000
    assert r["a"].counts.outputs[0].written == r["b"].counts.inputs[0].read == 5000
    assert r["a"].counts.outputs[0].not_needed == 0


@pytest.mark.parametrize("capacity", [0, 1, 2, 3, 16, None])
def test_every_item_once_through_every_shape(rig: RigMaker, capacity: int | None) -> None:
    writers, readers = ["w0", "w1", "w2"], ["r0", "r1"]
    r = rig(stream(writers, readers, capacity))
    sources = [run(produce, r[w], [(w, i) for i in range(200)]) for w in writers]
    sinks = [run(consume, r[x]) for x in readers]
    got = [s.result(DEADLINE) for s in sinks]
    assert [s.result(DEADLINE) for s in sources] == [200] * 3
    assert sorted(got[0] + got[1]) == sorted((w, i) for w in writers for i in range(200))
    for items in got:
        for w in writers:
            assert [i for v, i in items if v == w] == sorted(i for v, i in items if v == w)


def test_a_chain_passes_end_on(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 3), stream(["b"], ["c"], 3))

    def middle() -> None:
        while (got := r["b"].receive())[1] is not ENDED:
            r["b"].send(0, got[1] + 1)
            r["b"].done(0)
        r["b"].finish()

    run(produce, r["a"], range(500))
    m = run(middle)
    assert run(consume, r["c"]).result(DEADLINE) == list(range(1, 501))
    m.result(DEADLINE)


def test_end_comes_once_per_port_and_after_everything(rig: RigMaker) -> None:
    r = rig(stream(["a"], [("c", 0)]), stream(["b"], [("c", 1)]))
    run(produce, r["a"], "xy")
    run(produce, r["b"], [])
    assert r["c"].receive([1]) == (1, ENDED)
    got = []
    for _ in range(2):
        got.append(r["c"].receive())
        r["c"].done(0)
    assert got == [(0, "x"), (0, "y")]
    assert r["c"].receive() == (0, ENDED)
    assert not r["c"].poll()


def test_end_waits_for_what_is_in_hand(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    source = run(produce, r["a"], [1])
    assert r["b"].receive() == (0, 1)
    assert not r["b"].poll()
    assert not source.done()
    r["b"].done(0)
    assert r["b"].receive() == (0, ENDED)
    source.result(DEADLINE)


@pytest.mark.parametrize(("early", "late"), ["bc", "cb"])
def test_an_output_does_not_wait_for_the_end_of_another(rig: RigMaker, early: str, late: str) -> None:
    """A join may wait for the end of one before it is done with the other."""
    r = rig(stream(["a"], ["b"]), stream([("a", 1)], ["c"]))
    for output in (0, 1):
        r["a"].send(output, "x")
    ended = run(r["a"].finish)
    for name in (early, late):
        assert r[name].receive() == (0, "x")
    r[early].done(0)
    assert run(r[early].receive).result(DEADLINE) == (0, ENDED)
    assert not r[late].poll()
    assert not ended.done()
    r[late].done(0)
    assert r[late].receive() == (0, ENDED)
    ended.result(DEADLINE)


def test_an_interrupt_is_what_comes_out_of_a_wait_also_while_another_thread_has_the_lock(
    rig: RigMaker,
) -> None:
    """It was an error of the lock, which the caller let go of without having it."""
    r = rig(stream(["a"], ["b"]))
    waiting, heard = threading.Event(), threading.Semaphore(0)
    main = threading.get_ident()
    r["b"].on_wait = lambda _: waiting.set()

    def handle(number: int, frame: object) -> None:
        heard.release()
        raise KeyboardInterrupt

    def signal_it() -> bool:
        signal.pthread_kill(main, signal.SIGUSR1)
        return heard.acquire(timeout=0.1)  # one that comes just before a thread sleeps doesn't wake it

    def send() -> None:
        waiting.wait(DEADLINE)
        with r["b"]._lock:
            eventually(signal_it)  # ends the wait
            eventually(signal_it)  # comes where the lock is waited for

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        sent = run(send)
        with pytest.raises(KeyboardInterrupt):
            r["b"].receive()
        sent.result(DEADLINE)
    finally:
        signal.signal(signal.SIGUSR1, before)
    with r["b"]._lock:
        r["b"].on_wait = lambda _: None
    run(produce, r["a"], [1])
    assert run(consume, r["b"]).result(DEADLINE) == [1]


@pytest.mark.parametrize(
    "value", [None, False, 0, "", (), ValueError("x"), KeyboardInterrupt, ENDED, WOKEN, ...]
)
def test_no_value_is_special(rig: RigMaker, value: Any) -> None:
    r = rig(stream(["a"], ["b"]))
    run(produce, r["a"], [value, [value]])
    got = run(consume, r["b"]).result(DEADLINE) if value not in (ENDED, WOKEN) else None
    if got is None:
        port, item = r["b"].receive()
        assert (port, item) == (0, value)
    else:
        assert repr(got) == repr([value, [value]])


def ahead(r: Rig, writers: list[str], total: int) -> list[int]:
    """How many sends of each writer return while nobody reads."""
    counts = [0] * len(writers)

    def source(k: int) -> None:
        for item in range(total):
            r[writers[k]].send(0, item)
            counts[k] += 1

    for k in range(len(writers)):
        run(source, k)
    return counts


@pytest.mark.parametrize("capacity", [0, 1, 3, 8])
def test_a_strict_bound_is_kept_and_used_to_the_item(rig: RigMaker, capacity: int) -> None:
    r = rig(stream(["a"], ["b"], capacity))
    counts = ahead(r, ["a"], 100)
    r["b"].receive()
    eventually(lambda: counts[0] == capacity + 1)
    eventually(lambda: r["a"].state == "blocked")
    assert counts[0] == capacity + 1
    r["b"].done(0)
    run(r["b"].receive)
    eventually(lambda: counts[0] == capacity + 2)
    eventually(lambda: r["a"].state == "blocked")
    assert counts[0] == capacity + 2


def test_in_memory_a_stream_without_a_capacity_holds_64() -> None:
    with rigs_of(MemoryRig) as make:
        r = make(stream(["a"], ["b"]))
        counts = ahead(r, ["a"], 200)
        r["b"].receive()
        eventually(lambda: counts[0] == 64 + 1)
        eventually(lambda: r["a"].state == "blocked")
        assert counts[0] == 64 + 1
        r["a"].stop()


@pytest.mark.parametrize("readers", [1, 3])
@pytest.mark.parametrize("writers", [1, 2])
def test_a_stream_grows_to_the_item(rig: RigMaker, writers: int, readers: int) -> None:
    names, sinks = [f"w{k}" for k in range(writers)], [f"r{k}" for k in range(readers)]
    r = rig(stream(names, sinks, 2))
    counts = ahead(r, names, 100)
    for total in (2, 8, 20):
        for name in sinks:
            r[name].grow(0, total)  # the first is no growth, and growing is said to each reader
        for name in sinks:
            r[name].poll()
        eventually(lambda: sum(counts) == total + readers)  # noqa: B023
        eventually(lambda: all(r[name].state == "blocked" for name in names))
        assert sum(counts) == total + readers


@pytest.mark.parametrize("capacity", [0, 1, 3, 7])
@pytest.mark.parametrize("writers", [1, 2, 5])
@pytest.mark.parametrize("readers", [1, 3])
def test_the_bound_holds_for_any_number_of_ends(
    rig: RigMaker, capacity: int, writers: int, readers: int
) -> None:
    names, sinks = [f"w{k}" for k in range(writers)], [f"r{k}" for k in range(readers)]
    r = rig(stream(names, sinks, capacity))
    lock = threading.Lock()
    seen = {"sent": 0, "done": 0, "most": 0}

    def source(name: str) -> None:
        for item in range(60):
            r[name].send(0, item)
            with lock:
                seen["sent"] += 1
                seen["most"] = max(seen["most"], seen["sent"] - seen["done"])
        r[name].finish()

    def before_done(_: object) -> None:
        with lock:
            seen["done"] += 1

    made = [run(source, name) for name in names]
    got = [run(consume, r[name], before_done) for name in sinks]
    assert sum(len(g.result(DEADLINE)) for g in got) == 60 * writers
    for m in made:
        m.result(DEADLINE)
    assert seen["most"] <= capacity + readers


def test_readers_compete_by_demand(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["fast", "stuck"], 8))
    made = run(produce, r["a"], range(300))
    release = threading.Event()
    stuck = run(consume, r["stuck"], lambda _: release.wait(DEADLINE))
    fast = run(consume, r["fast"], lambda item: release.set() if item == "never" else None)
    eventually(lambda: r["fast"].counts.inputs[0].read >= 297)
    release.set()
    few = len(stuck.result(DEADLINE))
    assert 1 <= few <= 3
    assert len(fast.result(DEADLINE)) == 300 - few
    made.result(DEADLINE)


def test_a_reader_that_turns_slow_keeps_little(rig: RigMaker) -> None:
    """It is stuck for good after a fast phase: all but what it was dealt ahead goes to the other."""
    total = 60_000
    r = rig(stream(["a"], ["turns", "stays"]))
    stuck = threading.Event()
    seen = iter(range(total))

    def turn(_: object) -> None:
        if next(seen) == 2000:
            stuck.wait(DEADLINE)

    run(consume, r["turns"], turn)
    run(consume, r["stays"])
    run(produce, r["a"], range(total))
    eventually(lambda: r["stays"].counts.inputs[0].read >= total - 2001 - 8000)
    assert r["turns"].counts.inputs[0].read <= 2001
    stuck.set()


def test_close_input_turns_writers_away_and_counts(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 5))
    made = run(produce, r["a"], range(10**9))
    for _ in range(3):
        r["b"].receive()
        r["b"].done(0)
    r["b"].close_input(0)
    assert made.result(DEADLINE) < 100
    assert not r["a"].wanted()
    counts = r["a"].counts.outputs[0]
    assert r["b"].counts.inputs[0].read == 3
    assert counts.written == 3 + counts.not_needed
    assert not r["b"].poll()


def test_one_of_two_readers_may_leave(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b", "c"], 4))
    r["b"].close_input(0)
    made = run(produce, r["a"], range(200))
    got = run(consume, r["c"]).result(DEADLINE)
    assert made.result(DEADLINE) == 200
    counts = r["a"].counts.outputs[0]
    assert len(got) == 200 - counts.not_needed
    assert counts.not_needed <= 6
    assert r["a"].wanted()


def test_a_stream_nobody_reads_takes_everything_as_not_needed(rig: RigMaker) -> None:
    r = rig(stream(["a"], []))
    assert not r["a"].send(0, 1)
    assert r["a"].wanted()
    r["a"].finish()
    assert r["a"].counts.outputs[0].not_needed == 1


def test_a_stream_nobody_writes_ends(rig: RigMaker) -> None:
    r = rig(stream([], ["b"]))
    assert r["b"].receive() == (0, ENDED)


def test_stop_while_blocked_on_full(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 2))
    made = run(produce, r["a"], range(100))
    eventually(lambda: r["a"].state == "blocked")
    r.stop("a")
    with pytest.raises(Stopped):
        made.result(DEADLINE)
    with pytest.raises(Stopped):
        r["a"].send(0, 1)


def test_stop_while_blocked_on_empty(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 2))
    got = run(consume, r["b"])
    eventually(lambda: r["b"].state == "waiting")
    r.stop("b")
    with pytest.raises(Stopped):
        got.result(DEADLINE)


def test_stop_reaches_a_source_that_is_never_blocked(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], iter(int, 1))
    run(consume, r["b"])
    r.stop("a")
    with pytest.raises(Stopped):
        made.result(DEADLINE)


def test_stop_reaches_one_that_sends_nothing(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    assert r["a"].wanted()

    def ask() -> None:
        while r["a"].wanted():
            pass

    asked = run(ask)
    r.stop("a")
    with pytest.raises(Stopped):
        asked.result(DEADLINE)


def test_stop_while_finishing(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], [1])
    eventually(lambda: r["a"].state == "blocked")
    r.stop("a")
    with pytest.raises(Stopped):
        made.result(DEADLINE)


def test_wake_ends_a_wait_and_is_remembered(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    got = run(r["b"].receive)
    eventually(lambda: r["b"].state == "waiting")
    r["b"].wake()
    assert got.result(DEADLINE) == (-1, WOKEN)
    r["b"].wake()
    assert r["b"].poll()
    assert r["b"].receive() == (-1, WOKEN)
    assert not r["b"].poll()


def test_reports_and_commands(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    heard: list[Any] = []
    r["b"].commands = heard.append
    r["b"].report(("hello", 1))
    assert eventually(lambda: r.reports("b")) == [("hello", 1)]
    run(r["b"].receive)
    r.post("b", "do this")
    eventually(lambda: heard == ["do this"])


def test_commands_reach_a_worker_that_is_never_blocked(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    heard: list[Any] = []
    r["a"].commands = heard.append
    run(produce, r["a"], iter(int, 1))
    run(consume, r["b"])
    r.post("a", "do this")
    eventually(lambda: heard == ["do this"])


def test_on_block_tells_when_and_where_and_when_it_is_over(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 1))
    told: list[Any] = []
    r["a"].on_block = lambda state, output: told.append((state, output))
    made = run(produce, r["a"], range(3))
    eventually(lambda: told == [("blocked", 0)])
    consume(r["b"])
    made.result(DEADLINE)
    assert told[:2] == [("blocked", 0), ("busy", 0)]


def test_items_before_a_pause_are_not_held_back(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    pause = threading.Event()

    def source() -> Iterator[int]:
        yield from range(1000)
        pause.wait(DEADLINE)

    made = run(produce, r["a"], source())
    for k in range(1000):
        assert r["b"].receive() == (0, k)
        r["b"].done(0)
    assert not pause.is_set()
    pause.set()
    made.result(DEADLINE)


def test_results_before_a_slow_item_are_not_held_back(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]), stream(["b"], ["c"]))
    pause = threading.Event()

    def middle() -> None:
        while (got := r["b"].receive())[1] is not ENDED:
            if got[1] == 777:
                pause.wait(DEADLINE)
            r["b"].send(0, got[1])
            r["b"].done(0)
        r["b"].finish()

    run(produce, r["a"], range(1000))
    run(middle)
    for k in range(777):
        assert r["c"].receive() == (0, k)
        r["c"].done(0)
    pause.set()
    assert consume(r["c"]) == list(range(777, 1000))


def test_a_large_item(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    array = np.arange(100 << 20, dtype=np.uint8)
    made = run(produce, r["a"], [array, b"x" * (8 << 20), "end"])
    got = run(consume, r["b"]).result(DEADLINE)
    assert (got[0] == array).all()
    assert got[1] == b"x" * (8 << 20)
    assert got[2] == "end"
    made.result(DEADLINE)


def test_a_worker_runs_ahead_of_a_busy_reader_with_large_items(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 3))
    counts = [0]

    def source() -> None:
        for k in range(4):
            r["a"].send(0, bytes(4 << 20))
            counts[0] = k + 1

    run(source)
    eventually(lambda: counts[0] == 4)


def test_a_loop_of_full_streams_of_large_items_moves(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 4), stream(["b"], ["a"], 4))

    def turn(name: str) -> int:
        for _ in range(4):
            r[name].send(0, bytes(2 << 20))
        for _ in range(20):
            _, item = r[name].receive()
            r[name].send(0, item)
            r[name].done(0)
        return 20

    assert [f.result(DEADLINE) for f in (run(turn, "a"), run(turn, "b"))] == [20, 20]


def test_merged_writers_all_get_through_a_tiny_buffer_while_one_idles(rig: RigMaker) -> None:
    r = rig(stream(["a", "b", "idle"], ["x", "y"], 0))
    run(r["idle"].send, 0, "first")
    sources = [run(produce, r[w], [w] * 100) for w in "ab"]
    got: list[Any] = []
    for name in "xy":
        run(consume, r[name], got.append)
    eventually(lambda: len(got) == 201)
    for source in sources:
        source.result(DEADLINE)


def test_lent_credit_does_not_stay_with_a_busy_writer(rig: RigMaker) -> None:
    """Both readers lend to a writer that needs one. It and its reader then are busy: the other must serve."""
    r = rig(stream(["a", "b", "c"], ["x", "y"], 0))
    release = threading.Event()
    taken: list[Any] = []

    def busy_with_a(item: Any) -> None:
        taken.append(item)
        if item == "a":
            release.wait(DEADLINE)

    def once() -> None:
        r["a"].send(0, "a")
        release.wait(DEADLINE)

    for name in "xy":
        run(consume, r[name], busy_with_a)
    eventually(lambda: r["x"].state == r["y"].state == "waiting")
    run(once)
    eventually(lambda: taken == ["a"])
    sources = [run(produce, r[w], [w] * 50) for w in "bc"]
    for source in sources:
        source.result(DEADLINE)
    assert not release.is_set()
    release.set()


def test_a_busy_reader_still_lends_its_buffer(rig: RigMaker) -> None:
    r = rig(stream(["a", "b", "c", "d", "e"], ["x"], 3))
    counts = ahead(r, list("abcde"), 5)
    r["x"].receive()
    eventually(lambda: sum(counts) == 4)


def test_close_while_the_other_side_lives_gives_everything_back(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"], 2))
    run(produce, r["a"], range(2))
    assert consume(r["b"]) == [0, 1]
    r["b"].close()
    r["b"].close()
    eventually(lambda: r["a"].state == "busy")


def test_state_is_plain(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    assert r["a"].state == "busy"
    got = run(consume, r["b"])
    eventually(lambda: r["b"].state == "waiting")
    run(produce, r["a"], [1])
    got.result(DEADLINE)
    assert r["b"].state == "busy"


def test_done_without_an_entry_is_an_error(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    with pytest.raises(RuntimeError, match="without an entry"):
        r["b"].done(0)


def test_receive_of_some_ports_leaves_the_others(rig: RigMaker) -> None:
    r = rig(stream(["a"], [("c", 0)]), stream(["b"], [("c", 1)]))
    run(produce, r["a"], [1])
    run(produce, r["b"], [2])
    assert r["c"].receive([1]) == (1, 2)
    assert r["c"].receive({0}) == (0, 1)
    assert not r["c"].poll([0])


def test_ports_take_turns(rig: RigMaker) -> None:
    r = rig(stream(["a"], [("c", 0)], 50), stream(["b"], [("c", 1)], 50))
    made = [run(produce, r["a"], range(40)), run(produce, r["b"], range(40))]
    eventually(lambda: r["a"].counts.outputs[0].written == r["b"].counts.outputs[0].written == 40)
    ports = []
    for _ in range(40):
        port, _ = r["c"].receive()
        r["c"].done(port)
        ports.append(port)
    assert 10 <= sum(ports) <= 30
    consume(r["c"])
    for m in made:
        m.result(DEADLINE)


def test_done_out_of_turn_concerns_the_writer_of_its_ticket(rig: RigMaker) -> None:
    r = rig(stream(["a", "b"], ["c"], 3))
    for name in "ab":
        for item in range(2):
            r[name].send(0, (name, item))
        r[name].flush()
    tickets: dict[str, list[int]] = {"a": [], "b": []}
    for _ in range(4):
        _, (name, _) = r["c"].receive()
        tickets[name].append(r["c"].ticket(0))
    assert tickets["a"][0] == tickets["a"][1] != tickets["b"][0]
    made = {name: run(r[name].finish) for name in "ab"}
    for ticket in tickets["b"]:
        r["c"].done(0, ticket)
    r["c"].poll()
    made["b"].result(DEADLINE)
    assert not made["a"].done()
    for ticket in tickets["a"]:
        r["c"].done(0, ticket)
    assert r["c"].receive() == (0, ENDED)
