"""What engine "ray" adds to Ray, with as much of Ray as it uses played in threads: no cluster is needed."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow import engines
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, run_flow, stream_flow
from tests.engines import fake_ray
from tests.functors import Boom, collected, collector, count_to, double, inc, odd_only, pair, rebatch

OVER_RAY = ("library", "run", "coordinator", "dispatch", "remote", "host", "cluster", "desk")


@pytest.fixture(autouse=True)
def on_fake_ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    package = importlib.import_module("pipeflow.engines.ray")
    names = [f"{package.__name__}.{name}" for name in OVER_RAY]
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    module = fake_ray.as_module()
    module.__spec__ = importlib.machinery.ModuleSpec("ray", None)
    monkeypatch.setitem(sys.modules, "ray", module)
    monkeypatch.setitem(sys.modules, "ray.util.scheduling_strategies", fake_ray.strategies())
    monkeypatch.setattr(fake_ray, "started", [])
    yield
    for name in names:
        sys.modules.pop(name, None)
        monkeypatch.delattr(package, name.rpartition(".")[2], raising=False)
    sys.modules.update(kept)


def src(n: int = 10, name: str = "src") -> pf.Source[int]:
    return pf.Source(range(n), name)


def run(flow: Any, **options: Any) -> Any:
    return run_flow(flow, "ray", **options)


def until(true: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait for another thread."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


# ---------------------------------------------------------------- what it delivers


def test_a_diamond_behind_replicas() -> None:
    hub = src(300) >> pf.Transform(double, "hub") * 2
    arms = (hub >> pf.Transform(inc) * 2, hub >> pf.Transform(odd_only, "none"))
    assert collected(run(arms >> pf.Transform(pair) >> collector())) == []
    arms = (hub >> pf.Transform(inc) * 2, hub >> pf.Transform(double, "d"))
    report = run(arms >> pf.Transform(pair) >> collector())
    assert sorted(collected(report)) == [(2 * x + 1, 4 * x) for x in range(300)]
    assert report["hub"].taken == 300


def test_order_is_kept_and_restored() -> None:
    assert collected(run(src(500) >> inc >> double >> collector())) == [2 * (x + 1) for x in range(500)]
    ordered = pf.Transform(odd_only).with_(n_processes=3, ordered=True)
    assert list(stream_flow(src(200) >> ordered, "ray")) == list(range(1, 200, 2))


@pytest.mark.parametrize("size", [1, 2, 7])
def test_small_buffers_of_every_kind_of_pipe(size: int) -> None:
    work = pf.Transform(inc).with_(buffer_size=size, n_processes=2)
    lists = pf.Regulator(rebatch).with_(buffer_size=size)
    sink = collector().with_(buffer_size=size)
    report = run(src(50) >> work >> lists >> pf.unbatch() >> sink)
    assert sorted(collected(report)) == list(range(1, 51))


def test_take_ends_a_source_and_the_rest_was_not_needed() -> None:
    endless = pf.Source(lambda: iter(int, 1), "endless")
    report = run(endless >> inc >> pf.take(5) >> collector())
    assert collected(report) == [1] * 5
    assert report["endless"].sent > 5
    assert report["endless"].not_needed >= 0


def test_a_loop_ends_when_nothing_is_in_it() -> None:
    loop = pf.Feedback(init=[])
    back = {True: collector(), False: loop}
    flow = (src() | loop) >> pf.Transform(lambda x: x + 3) >> pf.Switch(lambda x: x > 20) >> back
    assert Counter(collected(run(flow))) == Counter([21, 22, 23] * 3 + [21])


def grown(settings: Settings) -> Any:
    loop = pf.Feedback(init=[]).with_(buffer_size=1)

    def branch() -> Iterator[Any]:
        n = yield
        yield n - 1
        yield n - 1

    over = pf.Switch(lambda n: n <= 0).with_(buffer_size=1)
    flow = (
        (src(6) | loop)
        >> pf.Regulator(branch).with_(buffer_size=1)
        >> over
        >> {True: collector(), False: loop}
    )
    system = PipeSystem(flow).compile(engine="ray", settings=settings)
    system.run()
    return system


def test_a_stream_grows_where_everybody_waits_for_room() -> None:
    system = grown(Settings())
    system.close()
    assert len(collected(system.report)) == 2 + sum(2**n for n in range(1, 6))
    assert any("was given room for" in note for note in system.report.notes)


def test_growing_can_be_turned_off() -> None:
    system = grown(Settings(grow=False, stop_timeout=1.0))
    run: Any = system._run
    assert not run.wait(0.5)
    system.stop()
    assert system.report.stopped


def test_the_caller_may_take_what_others_left_long_ago() -> None:
    letters = pf.Source("abcdefghij", "letters")
    received = []
    for item in stream_flow((src(), letters) >> pf.Join(), "ray"):
        received.append(item)
    assert received == list(zip(range(10), "abcdefghij", strict=True))


def test_the_caller_is_served_when_all_workers_have_ended() -> None:
    items = iter(stream_flow(src(6) >> pf.Transform(inc).with_(buffer_size=1), "ray"))
    first = next(items)
    active: Any = items._system._run  # type: ignore[attr-defined]
    until(lambda: active._concluded)
    assert [first, *items] == [1, 2, 3, 4, 5, 6]


def test_an_object_that_is_used_again_is_as_it_was_when_sent() -> None:
    def refill() -> Iterator[Any]:
        held: list[int] = []
        small, large = np.zeros(1000), np.zeros(1 << 16)
        for n in range(8):
            held.append(n)
            small[:], large[:] = n, n
            yield from (held, small, large)

    received = list(stream_flow(pf.Source(refill, "camera"), "ray"))
    assert [len(each) for each in received[::3]] == list(range(1, 9))
    assert (
        [each.max() for each in received[1::3]] == [each.min() for each in received[2::3]] == list(range(8))
    )


def test_a_started_generator_is_pulled_in_this_process() -> None:
    items = [object() for _ in range(3)]
    names = pf.Source((id(item) for item in items), "started")
    assert collected(run(names >> collector())) == [id(item) for item in items]


def test_numbers_of_the_report() -> None:
    report = run(src(100) >> pf.Transform(odd_only) >> collector())
    assert [(p.taken, p.sent, p.dropped) for p in report.pipes] == [(100, 100, 0), (100, 50, 50), (50, 0, 0)]
    assert report.engine == "ray"


# ---------------------------------------------------------------- deaths


class Victim:
    """Has its actor killed when it comes to an item, so many times in a run."""

    deaths: list[int]

    def __init__(self, at: int, times: int) -> None:
        self.at, self.times = at, times

    def run(self, x: int) -> int:
        if x == self.at and len(Victim.deaths) < self.times:
            Victim.deaths.append(x)
            for actor in fake_ray.started:
                if actor._kind.__name__ == "victim" and not actor._dead.is_set():
                    actor.die()
                    break
        return x


@pytest.fixture
def deaths() -> list[int]:
    Victim.deaths = []
    return Victim.deaths


def test_the_death_of_a_worker_that_has_nothing_to_do_is_seen() -> None:
    opened = threading.Event()
    waiting.append(opened)
    system = PipeSystem(pf.Source(range(2), "s") >> pf.Transform(held) >> collector("idle")).compile(
        engine="ray"
    )
    system.run()
    idle = next(actor for actor in fake_ray.started if actor._kind.__name__ == "idle")
    idle.die()
    with pytest.raises(pf.WorkerDied, match="pipe 'idle'"):
        system.close()
    opened.set()
    waiting.clear()


waiting: list[threading.Event] = []


def held(x: int) -> int:
    assert waiting[0].wait(30)
    return x


@pytest.mark.parametrize("n_processes", [1, 2])
def test_a_replaced_worker_s_items_come_once(deaths: list[int], n_processes: int) -> None:
    work = pf.Transform(Victim(150, 1), "victim").with_(on_crash="restart", n_processes=n_processes)
    report = run(src(400) >> work >> collector())
    assert sorted(collected(report)) == list(range(400))
    if n_processes == 1:
        assert collected(report) == list(range(400))
    assert report["victim"].taken == 400
    assert any("was restarted" in note for note in report.notes)


def test_an_item_that_kills_again_and_again_is_reported(deaths: list[int]) -> None:
    work = pf.Transform(Victim(40, 99), "victim").with_(on_crash="restart")
    with pytest.raises(pf.WorkerDied, match=r"'victim'.*on item 41.*had ended another worker before"):
        run(src(100) >> work >> collector())
    assert len(deaths) == 3  # within a batch, then alone, then alone again


def test_without_restart_a_death_ends_the_run(deaths: list[int]) -> None:
    with pytest.raises(pf.WorkerDied, match="pipe 'victim'"):
        run(src(100) >> pf.Transform(Victim(40, 1), "victim") >> collector())


def test_results_that_are_gone_with_a_machine_end_the_run_and_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fake_ray, "lost", {"maker"})
    with pytest.raises(pf.PipeError, match=r"pipe 'k'.*from 'maker' was kept on a machine that is gone"):
        run(src() >> pf.Transform(inc, "maker") >> collector())


def test_the_coordinator_is_where_the_caller_is() -> None:
    from pipeflow.engines.ray import library

    assert library.beside_the_caller() == ("here", False)  # a soft one is not always heeded


# ---------------------------------------------------------------- before the start


def test_without_ray_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(pf.GraphError, match=r"pip install 'pipeflow\[ray\]'"):
        engines.load("ray")
    with pytest.raises(pf.GraphError, match="Nothing was started"):
        (src() >> collector()).run(engine="ray")


def test_what_no_node_has_is_refused() -> None:
    work = pf.Transform(inc, "work")
    for asked, said in [
        ({"num_cpus": 5}, "5 CPU, and no node"),
        ({"num_gpus": 1, "label_selector": {"kind": "small"}}, "1 GPU, kind=small, and no node"),
        ({"resources": {"disk": 1}}, "1 disk, and no node"),
    ]:
        with pytest.raises(pf.GraphError, match=said):
            run(src() >> work.with_(resources=asked) >> collector())
    with pytest.raises(pf.GraphError, match=r"6 CPU in all, and the cluster has 4"):
        run(src() >> work.with_(n_processes=2, resources={"num_cpus": 3}) >> collector())
    assert fake_ray.started == []
    assert run(
        src() >> work.with_(resources={"num_gpus": 1, "label_selector": {"kind": "large"}}) >> collector()
    )


def test_what_a_new_worker_would_not_know_is_refused() -> None:
    hub = (src(5) | src(5, "s2")) >> pf.Transform(inc, "hub").with_(on_crash="restart")
    flow = (hub >> pf.Transform(double), hub >> pf.Transform(inc, "i")) >> pf.Transform(pair) >> collector()
    with pytest.raises(pf.GraphError, match="PF601"):
        run(flow)
    with pytest.raises(pf.GraphError, match=r"'hub'.*numbers its results for a join"):
        run(flow, check=False)


def test_a_functor_that_can_t_travel_is_named_before_anything_is_started() -> None:
    lock = threading.Lock()
    with pytest.raises(pf.GraphError, match=r"'stuck'.*can't be sent to a worker"):
        run(src() >> pf.Transform(lambda x: lock and x, "stuck") >> collector(), check=False)
    assert fake_ray.started == []


def test_a_failure_in_the_middle_and_a_later_run() -> None:
    def fails(x: int) -> int:
        if x == 77:
            raise Boom("no")
        return x

    with pytest.raises(pf.PipeError, match=r"pipe 'fails'.*on item 78 \(77\): .*Boom: no") as caught:
        run(src(500) >> fails >> collector())
    assert isinstance(caught.value.__cause__, Boom)
    assert collected(run(pf.Source(count_to, "s", init_kwargs={"n": 3}) >> inc >> collector())) == [1, 2, 3]
