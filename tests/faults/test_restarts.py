"""After a crash: the dead worker is replaced, nothing is lost, nothing comes twice (G7, G8, G9)."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.runtime.recovery import Recovery
from pipeflow.system import PipeSystem, stream_flow
from tests.functors import Collect, collected, collector, double, inc, odd_only, signed

pytestmark = pytest.mark.usefixtures("no_process_left")

# The long tier has them all.
METHODS = ["fork", *(pytest.param(name, marks=pytest.mark.faults) for name in ("forkserver", "spawn"))]


class Once:
    """True for the first who asks in any process: `Once(path)()`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> bool:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True


class DieOn:
    """Ends its process with SIGKILL on certain items, once each."""

    def __init__(self, folder: Path, *items: int) -> None:
        self.folder, self.items = folder, items

    def run(self, x: int) -> int:
        if x in self.items and Once(self.folder / str(x))():
            os.kill(os.getpid(), signal.SIGKILL)
        return x + 1


def restarting(functor: Any, replicas: int = 1, **options: Any) -> pf.Transform[Any, Any]:
    return pf.Transform(functor, "work").with_(n_processes=replicas, on_crash="restart", **options)


def run(flow: Any, **options: Any) -> Any:
    system = PipeSystem(flow).compile(settings=Settings(**options))
    system.run()
    system.close()
    return system.report


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("replicas", [1, 3])
def test_a_dead_worker_is_replaced_and_its_items_run_again(
    tmp_path: Path, replicas: int, method: str
) -> None:
    work = restarting(DieOn(tmp_path, 20, 150), replicas)
    report = run(pf.Source(range(300)) >> work >> collector(), start_method=method)
    assert sorted(collected(report)) == list(range(1, 301))
    assert sum("was restarted" in note for note in report.notes) == 2


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_arms_of_a_fork_that_bring_different_numbers_of_items_end(tmp_path: Path, first: bool) -> None:
    """The join wants no more of the one before the other has ended, and that ends with its source."""
    for trial in range(6):
        folder = tmp_path / str(trial)
        folder.mkdir()
        hub = pf.Source(range(20)) >> restarting(DieOn(folder, 2, 8), 2)
        batches = hub >> pf.batch(2)
        arms = (batches, hub) if first else (hub, batches)
        with stream_flow(arms >> pf.Join(pairing="arrival")) as pairs:
            got = [pair[0 if first else 1] for pair in pairs]
        assert sorted(itertools.chain.from_iterable(got)) == list(range(1, 21))


@pytest.mark.faults
@pytest.mark.parametrize("capacity", [1, 3, None])
@pytest.mark.parametrize("item", [0, 1, 299])
def test_at_the_ends_and_with_small_buffers(tmp_path: Path, item: int, capacity: int | None) -> None:
    work = restarting(DieOn(tmp_path, item), 2, buffer_size=capacity)
    report = run(pf.Source(range(300)) >> work >> collector().with_(buffer_size=capacity))
    assert sorted(collected(report)) == list(range(1, 301))


def test_a_replaced_worker_sees_the_whole_input_when_it_has_no_sibling(tmp_path: Path) -> None:
    work = restarting(DieOn(tmp_path, *range(0, 90, 45)))
    assert collected(run(pf.Source(range(100)) >> work >> collector())) == list(range(1, 101))


def test_dropped_items_and_order_behind_replicas(tmp_path: Path) -> None:
    class Odd(DieOn):
        def run(self, x: int) -> Any:
            return odd_only(super().run(x) - 1)

    work = restarting(Odd(tmp_path, 31, 100), 3, ordered=True)
    assert collected(run(pf.Source(range(200)) >> work >> collector())) == list(range(1, 200, 2))


def test_a_join_behind_it_still_pairs_by_origin(tmp_path: Path) -> None:
    hub = pf.Source(range(120))
    flow = (hub >> restarting(DieOn(tmp_path, 40, 41), 2), hub >> pf.Transform(double)) >> pf.Transform(
        lambda a, b: (a, b)
    )
    report = run(flow >> collector())
    assert sorted(collected(report)) == [(x + 1, 2 * x) for x in range(120)]


class UntilTold:
    """Counts until a file is there."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self) -> Iterator[tuple[int]]:
        for x in itertools.count():
            yield (x,)
            if x % 10 == 0 and self.file.exists():
                return


def calm(recovery: Recovery) -> bool:
    """Nothing is being replaced, and everybody has what the last death had taken along."""
    return not recovery.dead and not any(recovery._exposed.values())


@pytest.mark.parametrize("replicas", [1, 2])
def test_two_restarted_pipes_in_a_row_die_in_turn(
    tmp_path: Path, replicas: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Recovery] = []
    connected = Recovery.connected
    monkeypatch.setattr(Recovery, "connected", lambda self, *a: found.append(self) or connected(self, *a))
    options: dict[str, Any] = {"n_processes": replicas, "on_crash": "restart", "buffer_size": 16}
    first = pf.Transform(signed, "first").with_(**options)
    second = pf.Transform(signed, "second").with_(**options)
    got, victims = [], [1, 2, 1, 2, 2]
    with stream_flow(pf.Source(UntilTold(tmp_path / "over")) >> first >> second) as items:
        for item in items:
            got.append(item[0])
            if len(found[0].restarts) == 5 - len(victims) and calm(found[0]):
                if not victims:
                    (tmp_path / "over").touch()
                else:
                    os.kill(item[victims.pop(0)], signal.SIGKILL)
    assert sorted(got) == list(range(len(got)))


class Append:
    """Writes each item into a file of its own process."""

    def __init__(self, folder: Path, *fatal: int) -> None:
        self.folder, self.fatal = folder, fatal

    def run(self, x: int) -> None:
        with open(self.folder / f"items.{os.getpid()}", "a") as file:
            file.write(f"{x}\n")
        if x in self.fatal and Once(self.folder / str(x))():
            os.kill(os.getpid(), signal.SIGKILL)


def test_an_idempotent_sink_gets_everything_at_least_once(tmp_path: Path) -> None:
    sink = pf.Sink(Append(tmp_path, 10, 60), "sink").with_(n_processes=2, on_crash="restart", idempotent=True)
    run(pf.Source(range(100)) >> sink)
    written = Counter(int(line) for file in tmp_path.glob("items.*") for line in file.read_text().split())
    assert set(written) == set(range(100))
    # What the first to die had in hand may have been done by the second, which had not said so when it died.
    assert sorted((written[10], written[60])) in ([2, 2], [2, 3])


def test_a_started_generator_and_a_loop_of_the_caller_may_be_the_neighbours(tmp_path: Path) -> None:
    from pipeflow.system import stream_flow

    started = (x for x in range(100))
    received = list(stream_flow(pf.Source(started) >> restarting(DieOn(tmp_path, 30), 2)))
    assert sorted(received) == list(range(1, 101))


def test_large_items_are_sent_again_whole(tmp_path: Path) -> None:
    import numpy as np

    class Big(DieOn):
        def run(self, array: Any) -> Any:
            super().run(int(array[0]))
            array += 1  # its own: what is sent again is as it was
            return array

    arrays = pf.Source(lambda: (np.full(300_000, n) for n in range(12)))
    report = run(arrays >> restarting(Big(tmp_path, 3, 7), 2) >> collector())
    assert sorted(int(a[0]) for a in collected(report)) == list(range(1, 13))
    assert all((a == a[0]).all() for a in collected(report))


def writable(array: Any) -> bool:
    return bool(array.flags.writeable)


@pytest.mark.parametrize(("options", "expected"), [({}, True), ({"readonly": True}, False)])
def test_large_arrays_are_the_workers_own_or_read_only(options: dict[str, Any], expected: bool) -> None:
    import numpy as np

    arrays = pf.Source(lambda: (np.full(100_000, n) for n in range(3)))
    report = run(arrays >> restarting(writable, **options) >> collector())
    assert collected(report) == [expected] * 3


# ---------------------------------------------------------------- several output streams


def either(x: int) -> str:
    return "odd" if x % 2 else "even"


class Choose(DieOn):
    def run(self, x: int) -> Any:
        return either(super().run(x) - 1)


class Divide(DieOn):
    def run(self, x: int) -> Any:
        return super().run(x), None if x % 5 == 0 else -x


class Fail(DieOn):
    def run(self, x: int) -> int:
        super().run(x)
        if x % 10 == 3:
            raise ValueError(x)
        return x


class Several(DieOn):
    def run(self, x: int) -> Any:
        return [super().run(x)] * (x % 3)


def item_of(failed: pf.FailedItem) -> Any:
    return failed.item


ALL = range(200)
FATAL = (20, 63, 150)


def copied(folder: Path) -> Any:
    work = restarting(DieOn(folder, *FATAL), 2)
    return work >> (collector("a").with_(n_processes=2) | collector("b").with_(buffer_size=1))


def divided(folder: Path) -> Any:
    return restarting(Divide(folder, *FATAL), 2) >> (collector("a"), collector("b").with_(buffer_size=1))


def chosen(folder: Path) -> Any:
    choose = pf.Switch(Choose(folder, *FATAL), "work").with_(n_processes=2, on_crash="restart")
    return choose >> {"odd": collector("a"), "even": collector("b").with_(buffer_size=1)}


def failing(folder: Path) -> Any:
    work = restarting(Fail(folder, *FATAL), 2)
    return (work >> collector("a")) | (work.errors >> pf.Transform(item_of) >> collector("b"))


def many(folder: Path) -> Any:
    work = pf.flat_map(Several(folder, *FATAL).run, name="work").with_(on_crash="restart")
    return work >> (collector("a") | collector("b"))


STREAMS: dict[Any, tuple[list[Any], list[Any]]] = {
    copied: ([x + 1 for x in ALL], [x + 1 for x in ALL]),
    divided: ([x + 1 for x in ALL], [-x for x in ALL if x % 5]),
    chosen: ([x for x in ALL if x % 2], [x for x in ALL if not x % 2]),
    failing: ([x for x in ALL if x % 10 != 3], [x for x in ALL if x % 10 == 3]),
    many: ([x + 1 for x in ALL for _ in range(x % 3)], [x + 1 for x in ALL for _ in range(x % 3)]),
}


@pytest.mark.parametrize("shape", STREAMS)
def test_what_goes_to_several_streams_comes_once_on_each(tmp_path: Path, shape: Any) -> None:
    report = run(pf.Source(ALL) >> shape(tmp_path))
    assert [sorted(collected(report, name)) for name in "ab"] == [sorted(due) for due in STREAMS[shape]]
    assert sum("was restarted" in note for note in report.notes) == len(FATAL)


def test_several_results_of_one_item_come_once_each(tmp_path: Path) -> None:
    work = pf.flat_map(Several(tmp_path, *FATAL).run, name="work").with_(on_crash="restart", n_processes=2)
    report = run(pf.Source(ALL) >> work >> collector())
    assert sorted(collected(report)) == [x + 1 for x in ALL for _ in range(x % 3)]


def test_a_writer_that_ended_before_the_death_is_accounted_for(tmp_path: Path) -> None:
    """It can't be asked any more how much of its items the dead worker was done with."""
    gate = tmp_path / "gate"

    def late() -> Iterator[int]:
        deadline = time.monotonic() + 60
        while not gate.exists() and time.monotonic() < deadline:
            time.sleep(0.005)  # the gate is a file: the sources are processes
        yield from range(100, 200)

    def early() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            gate.touch()

    work = restarting(DieOn(tmp_path, 110, 150))
    report = run((pf.Source(early) | pf.Source(late)) >> work >> collector())
    assert sorted(collected(report)) == [*range(1, 11), *range(101, 201)]
    assert report["work"].taken == 110


def test_arms_behind_a_restarted_pipe_meet_again(tmp_path: Path) -> None:
    hub = pf.Source(ALL)
    work = restarting(DieOn(tmp_path, *FATAL), 2)
    arms = (hub >> work >> pf.Transform(double), work >> pf.Transform(inc), hub >> pf.Transform(inc, "third"))
    report = run(arms >> pf.Transform(lambda *parts: parts) >> collector())
    assert sorted(collected(report)) == [(2 * x + 2, x + 2, x + 1) for x in ALL]


@pytest.mark.parametrize("fatal", [(5, 15), (10, 30), (60, 120)], ids=str)
def test_a_stream_that_wants_no_more_leaves_the_other_alone(tmp_path: Path, fatal: tuple[int, int]) -> None:
    """Its reader ends while a writer is being replaced: before, after, or between being connected to it and
    hearing of that.
    """
    work = restarting(DieOn(tmp_path, *fatal), 2)
    second = pf.Transform(inc, "second").with_(on_crash="restart")
    flow = pf.Source(ALL) >> work >> ((second >> pf.take(5) >> collector("a")) | collector("b"))
    report = run(flow)
    assert len(collected(report, "a")) == 5
    assert sorted(collected(report, "b")) == [x + 1 for x in ALL]


# ---------------------------------------------------------------- what is not survived


def test_the_default_is_to_fail(tmp_path: Path) -> None:
    with pytest.raises(pf.WorkerDied, match=r"pipe 'work'.*SIGKILL.*item 6"):
        run(pf.Source(range(10)) >> pf.Transform(DieOn(tmp_path, 5), "work") >> collector())


def test_an_item_that_ends_two_workers_is_reported(tmp_path: Path) -> None:
    def poison(x: int) -> int:
        if x == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    with pytest.raises(
        pf.WorkerDied, match=r"pipe 'work'.*the item it had in hand had ended another worker"
    ) as failed:
        run(pf.Source(range(50)) >> restarting(poison, 3) >> collector())
    assert failed.value.item_repr == "7"


class Dated:
    """What can't be shown without running code of its own."""

    def __init__(self, number: int) -> None:
        self.number = number


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize(
    ("make", "shown"), [(float, "7.0"), (lambda n: {"number": n}, "{'number': 7}"), (Dated, None)]
)
def test_and_shown_where_it_is_plain_data(
    make: Callable[[int], Any], shown: str | None, ordered: bool
) -> None:
    def poison(x: Any) -> Any:
        if x.number == 7 if isinstance(x, Dated) else x == make(7):
            os._exit(3)
        return x

    work = restarting(poison, 1).with_(ordered=ordered)
    with pytest.raises(pf.WorkerDied, match="had ended another worker before") as failed:
        run(pf.Source([make(n) for n in range(20)]) >> work >> collector())
    assert failed.value.item_repr == shown
    assert failed.value.item is not None
    assert failed.value.item >= 8, "counted over both workers"


def test_three_restarts_in_a_minute_and_no_more(tmp_path: Path) -> None:
    work = restarting(DieOn(tmp_path, 10, 20, 30, 40), 2)
    with pytest.raises(pf.WorkerDied, match="restarted 3 times within 60 s"):
        run(pf.Source(range(100)) >> work >> collector())


def test_death_of_a_source_or_a_sink_still_ends_the_run(tmp_path: Path) -> None:
    flow = pf.Source(range(100)) >> restarting(inc, 2) >> pf.Sink(Append(tmp_path, 50), "sink")
    with pytest.raises(pf.WorkerDied, match="pipe 'sink'"):
        run(flow)


REFUSED = {
    "idempotent": lambda _: pf.Source(range(3)) >> pf.Sink(Collect()).with_(on_crash="restart"),
    "async": lambda _: (
        pf.Source(range(3)) >> pf.Transform(later, "work").with_(on_crash="restart") >> collector()
    ),
}


async def later(x: int) -> int:
    return x


@pytest.mark.parametrize("why", REFUSED)
def test_what_could_not_be_run_again_is_refused(why: str) -> None:
    with pytest.raises(pf.GraphError, match=why):
        run(REFUSED[why](restarting(inc)))
