"""Items that can't travel, items that are too many or too large, and what stopping leaves time for (G12, G14,
G16, G23).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, run_flow, stream_flow
from tests.conftest import descendants
from tests.functors import Notes, collected, collector, inc, lock

pytestmark = pytest.mark.usefixtures("no_process_left")

METHODS = ["fork", "forkserver", "spawn"]


def locks() -> Iterator[Any]:
    yield threading.Lock()


@pytest.mark.parametrize("method", METHODS)
def test_an_item_that_cannot_be_pickled_is_an_error_of_its_maker(method: str) -> None:
    flow = pf.Source(range(10)) >> pf.Transform(lock, "maker") >> pf.Transform(inc) >> collector()
    with pytest.raises(pf.PipeError, match=r"pipe 'maker'.*item 1.*cannot pickle") as caught:
        run_flow(flow, start_method=method)
    assert not isinstance(caught.value, pf.WorkerDied)


@pytest.mark.parametrize(
    "source", [pf.Source(locks, "maker"), pf.Source(locks(), "maker")], ids=["in a worker", "of the caller"]
)
def test_so_it_is_of_a_source(source: Any) -> None:
    with pytest.raises(pf.PipeError, match=r"pipe 'maker'.*cannot pickle"):
        run_flow(source >> collector())


class Broken:
    """Raises where it is rebuilt."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __reduce__(self) -> Any:
        return (rebuild, (self.how,))


def rebuild(how: str) -> Any:
    if how == "exits":
        raise SystemExit(3)
    raise ValueError("can't be rebuilt")


def breaks(x: int) -> Any:
    return Broken("raises") if x == 5 else x


def exits(x: int) -> Any:
    return Broken("exits") if x == 5 else x


@pytest.mark.parametrize("make", [breaks, exits])
def test_an_item_that_cannot_be_rebuilt_is_an_error_of_its_reader(make: Any) -> None:
    flow = pf.Source(range(10)) >> pf.Transform(make, "maker") >> pf.Transform(id, "reader") >> collector()
    with pytest.raises(pf.PipeError, match="pipe 'reader'") as caught:
        run_flow(flow)
    assert not isinstance(caught.value, pf.WorkerDied)
    assert {breaks: "can't be rebuilt", exits: "SystemExit"}[make] in str(caught.value)


def test_so_it_is_in_the_loop_of_the_caller() -> None:
    with pytest.raises(
        pf.PipeError, match=r"item of pipe 'maker' can't be rebuilt in the caller: ValueError"
    ):
        list(stream_flow(pf.Source(range(10)) >> pf.Transform(breaks, "maker")))


def pss(pids: set[int]) -> int:
    """Bytes of memory, shared pages counted once."""
    found = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1]) << 10
    return found


def test_a_slow_sink_bounds_the_memory(tmp_path: Path) -> None:
    import numpy as np

    size, count, gate = 16 << 20, 30, tmp_path / "open"

    def slow(array: Any) -> None:
        deadline = time.monotonic() + 40
        while not gate.exists() and time.monotonic() < deadline:
            time.sleep(0.005)  # the gate is a file: the sink is a process

    before = descendants(os.getpid())
    source = pf.Source(lambda: (np.full(size, n, np.uint8) for n in range(count)), "src")
    system = PipeSystem(source >> pf.Transform(lambda a: a, "pass") >> pf.Sink(slow, "sink")).compile()
    system.run()
    run: Any = system._run
    made, still = 0, 0
    deadline = time.monotonic() + 30
    while still < 100 and time.monotonic() < deadline:
        now = run.readings()[run.workers[0]].item
        still = still + 1 if now == made and made else 0
        made = now
        time.sleep(0.005)  # between looks: the workers are processes
    used = pss(descendants(os.getpid()) - before)
    gate.touch()
    system.close()
    # Two streams of up to 4 MiB each, or one item where that is larger; one item in each hand; one on its way
    # into a stream.
    assert made < 10, f"{made} items of {count} were made while the sink was at its first"
    assert used < 12 * size + (200 << 20), f"{used >> 20} MiB"
    assert system.report is not None
    assert system.report["sink"].taken == count


@pytest.mark.parametrize("method", METHODS)
def test_stopping_runs_finally_and_local_term_in_their_own_process(tmp_path: Path, method: str) -> None:
    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            (tmp_path / "finally").write_text(str(os.getpid()))

    flow = pf.Source(endless, "src") >> pf.Transform(Notes(tmp_path), "work") >> pf.Sink(id, "sink")
    system = PipeSystem(flow).compile(settings=Settings(start_method=method, stop_timeout=20.0))
    system.run()
    run: Any = system._run
    deadline = time.monotonic() + 40
    while run.readings()[run.workers[2]].taken < 10 and time.monotonic() < deadline:
        time.sleep(0.005)  # between looks: the workers are processes
    pids = {run.plan.stages[worker.stage].name: process.pid for worker, process in run._processes.items()}
    system.stop()
    assert int((tmp_path / "finally").read_text()) == pids["src"]
    assert int((tmp_path / "term").read_text()) == pids["work"]


class Idles:
    """Has begun, and gives nothing for ever: it polls something where nothing comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, _: int = 0) -> Iterator[int | None]:
        try:
            yield 1
            while True:
                time.sleep(0.001)
                yield None
        finally:
            (self.folder / "finally").touch()


IDLE = {
    "source": lambda idles: pf.Source(idles, "idle"),
    "source with a timeout": lambda idles: pf.Source(idles, "idle").with_(timeout=100.0),
    "results of one item": lambda idles: pf.Source([1]) >> pf.flat_map(idles, "idle"),
    "results of one item, with a timeout": lambda idles: (
        pf.Source([1]) >> pf.flat_map(idles, "idle").with_(timeout=100.0)
    ),
}


@pytest.mark.parametrize("engine", ["process", "thread"])
@pytest.mark.parametrize("make", IDLE.values(), ids=IDLE)
def test_a_generator_that_gives_nothing_hears_that_it_is_to_stop(
    tmp_path: Path, make: Any, engine: str
) -> None:
    with make(Idles(tmp_path)).stream(engine=engine, stop_timeout=20.0) as items:
        assert next(items) == 1
    assert (tmp_path / "finally").exists()


class Fails:
    """Gives one item, and fails for ever."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, 0

    def local_init(self) -> None:
        """Nothing: it only makes it a class of the documented form."""

    def run(self, item: int) -> int:
        self.made += 1
        if self.made > 1:
            raise ValueError
        return item

    def local_term(self) -> None:
        (self.folder / "let go").touch()


class Items:
    """As a source: an iterator, which an exception does not end."""

    def __init__(self, folder: Path) -> None:
        self.fails = Fails(folder)
        self.local_init, self.local_term = self.fails.local_init, self.fails.local_term

    def run(self) -> Iterator[int]:
        return self

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        time.sleep(0.001)
        return self.fails.run(1)


FAILING = {
    "source": lambda folder: pf.Source(Items(folder), ignore_exceptions=[ValueError]),
    "source with a timeout": lambda folder: pf.Source(Items(folder), ignore_exceptions=[ValueError]).with_(
        timeout=100.0
    ),
    "retries": lambda folder: pf.Source([1, 2]) >> pf.Transform(Fails(folder)).with_(retries=1000),
}


@pytest.mark.parametrize("engine", ["process", "thread"])
@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING)
def test_what_fails_for_ever_hears_that_it_is_to_stop(tmp_path: Path, make: Any, engine: str) -> None:
    with make(tmp_path).stream(engine=engine, stop_timeout=20.0) as items:
        assert next(items) == 1
    assert (tmp_path / "let go").exists()


class Draws:
    """A random number, drawn where it is made ready."""

    def local_init(self) -> None:
        import random

        self.drawn = random.random()

    def run(self, x: int) -> None:
        return None

    def local_term(self) -> float:
        return self.drawn


def test_replicas_draw_different_numbers_and_a_seed_gives_them_again() -> None:
    def drawn(**options: Any) -> set[float]:
        flow = pf.Source(range(6)) >> pf.Sink(Draws(), "draw").with_(n_processes=3)
        return set(run_flow(flow, start_method="fork", **options).results["draw"])

    first = drawn(seed=7)
    assert len(first) == 3
    assert drawn(seed=7) == first
    assert not drawn() & first


def test_collecting_everything_still_works_afterwards() -> None:
    with pytest.raises(pf.PipeError):
        run_flow(pf.Source(range(10)) >> pf.Transform(lock, "maker") >> collector())
    assert collected(run_flow(pf.Source(range(10)) >> collector())) == list(range(10))


@pytest.mark.parametrize("iterated", [False, True], ids=["in a worker", "in the caller's loop"])
def test_what_waits_for_its_turn_beyond_the_bound_is_in_the_report(tmp_path: Path, iterated: bool) -> None:
    gate = tmp_path / "open"

    def slow_first(x: int) -> int:
        deadline = time.monotonic() + 60
        while x == 0 and not gate.exists() and time.monotonic() < deadline:
            time.sleep(0.005)  # the gate is a file: the worker is a process
        if x == 150:
            gate.touch()
        return x

    first = pf.Transform(slow_first, "first").with_(n_processes=2, ordered=True)
    second = pf.Transform(inc, "second").with_(n_processes=2, ordered=True)
    flow = pf.Source(range(300), "src") >> first >> second
    if iterated:
        stream = stream_flow(flow)
        received, report = list(stream), stream.report
    else:
        report = run_flow(flow >> collector())
        received = collected(report)
    assert received == list(range(1, 301))
    assert report is not None
    [note] = [note for note in report.notes if "had to come first" in note]
    assert int(note.split()[2]) > 3  # the automatic bound; how many there are is a matter of who is faster
