"""Engine "ray" on real clusters: deaths of workers and nodes, placement, the cluster left as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, run_flow, stream_flow
from tests.functors import collected, collector, count_to, inc

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]


def until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for a file, or whatever else another process does."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return found


class Slow:
    """Passes items on, says where it is, and how far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def local_init(self) -> None:
        self.seen = 0
        Path(self.folder, f"pid{os.getpid()}").touch()

    def run(self, x: int) -> int:
        self.seen += 1
        if self.seen == 20:
            Path(self.folder, f"at_work{os.getpid()}").touch()
        time.sleep(0.002)
        return x


def pids(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("at_work")) for path in folder.glob("at_work*")]


@pytest.mark.parametrize(("number", "kills"), [(1, 3), (2, 3), (3, 3), (4, 1)])
def test_killed_workers_are_replaced_and_nothing_is_lost(
    ray_cluster: str, tmp_path: Path, number: int, kills: int
) -> None:
    work = pf.Transform(Slow(tmp_path), "work").with_(n_processes=2, on_crash="restart")
    system = PipeSystem(pf.Source(range(3000), "s") >> work >> collector()).compile(engine="ray")
    system.run()
    killed: list[int] = []
    while len(killed) < kills:
        pid = until(lambda: next((pid for pid in pids(tmp_path) if pid not in killed), None))
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)
    system.close()
    assert sorted(collected(system.report)) == list(range(3000))
    assert sum("was restarted" in note for note in system.report.notes) == kills


def test_a_killed_worker_ends_the_run_and_is_named(ray_cluster: str, tmp_path: Path) -> None:
    work = pf.Transform(Slow(tmp_path), "work")
    system = PipeSystem(pf.Source(range(3000), "s") >> work >> collector()).compile(engine="ray")
    system.run()
    (pid,) = until(lambda: pids(tmp_path))
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(pf.WorkerDied, match=rf"pipe 'work', pid {pid}, died"):
        system.close()
    assert time.monotonic() - began < 20


def test_an_idle_worker_s_death_is_seen(ray_cluster: str, tmp_path: Path) -> None:
    gate = tmp_path / "open"

    def waits(x: int) -> int:
        until(gate.exists)
        return x

    idle = pf.Transform(Slow(tmp_path), "idle")
    system = PipeSystem(pf.Source(range(3), "s") >> waits >> idle >> collector()).compile(engine="ray")
    system.run()
    (path,) = until(lambda: list(tmp_path.glob("pid*")))
    os.kill(int(path.name.removeprefix("pid")), signal.SIGKILL)
    with pytest.raises(pf.WorkerDied, match="pipe 'idle'"):
        system.close()


def test_an_item_that_kills_is_reported(ray_cluster: str) -> None:
    def dies(x: int) -> int:
        if x == 7:
            os._exit(1)
        return x

    flow = pf.Source(range(20), "s") >> pf.Transform(dies, "dies").with_(on_crash="restart") >> collector()
    with pytest.raises(pf.WorkerDied, match=r"'dies'.*on item 8.*had ended another worker before"):
        run_flow(flow, "ray")


# ---------------------------------------------------------------- nodes

NODES = """
import os, sys, time
from pathlib import Path
import ray
import pipeflow as pf
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from tests.clusters import HeldCluster

class Model:
    def local_init(self):
        self.gpus = ray.get_gpu_ids()
        self.node = ray.get_runtime_context().get_node_id()

    def run(self, x):
        return (x, self.node, self.gpus)

class Slow:
    def __init__(self, folder):
        self.folder = folder

    def local_init(self):
        self.seen, self.node = 0, ray.get_runtime_context().get_node_id()

    def run(self, x):
        self.seen += 1
        if self.seen == 20:
            Path(self.folder, self.node).touch()
        time.sleep(0.002)
        return x

cluster = HeldCluster({"num_cpus": 4})
ray.init(address=cluster.address)  # of the first node: later it could be either, and one is killed
cluster.add_node({"num_cpus": 2, "num_gpus": 1, "resources": {"second": 1}, "labels": {"kind": "gpu"}})
second = next(n["NodeID"] for n in ray.nodes() if "second" in n["Resources"])
first = next(n["NodeID"] for n in ray.nodes() if "second" not in n["Resources"])
where = dict(num_cpus=0, num_gpus=1, label_selector={"kind": "gpu"})
flow = pf.Source(range(50)) >> pf.Transform(Model(), "model").with_(resources=where)
assert list(flow.stream("ray")) == [(x, second, [0]) for x in range(50)]
print("placed", flush=True)

@ray.remote(num_cpus=2)
class Hog:
    def there(self):
        pass

# There is room for one worker on each node, and on the first for both when the hog has gone.
stays = dict(num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(first, soft=False))
hog = Hog.options(scheduling_strategy=stays["scheduling_strategy"]).remote()
ray.get(hog.there.remote())
folder = sys.argv[1]
whole = dict(num_cpus=2)
work = pf.Transform(Slow(folder), "work").with_(n_processes=2, on_crash="restart", resources=whole)
received = []
flow = pf.Source(range(4000), "s").with_(resources=stays) >> work
with flow.stream("ray", engine_options=dict(start_timeout=120)) as items:
    for item in items:
        received.append(item)
        if cluster and Path(folder, second).exists():
            ray.kill(hog)
            cluster.kill_node(1)
            killed, cluster = cluster, None
assert cluster is None, "nobody worked on the second node"
assert sorted(received) == list(range(4000)), (len(received), len(set(received)))
print("survived", [note for note in items.report.notes if "restarted" in note], flush=True)
ray.shutdown()
killed.close()
"""


@pytest.mark.timeout(300)
def test_two_nodes_and_the_death_of_one(tmp_path: Path) -> None:
    done = script(NODES, str(tmp_path), seconds=280)
    assert "placed\n" in done.stdout, done.stdout + done.stderr
    assert "survived [\"'work'" in done.stdout, done.stdout + done.stderr


def script(text: str, *args: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    environment = dict(os.environ, PYTHONPATH=root, RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
    return subprocess.run(
        [sys.executable, "-c", text, *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment,
        cwd=root,
    )


# ---------------------------------------------------------------- the cluster

OWN = """
import ray
import pipeflow as pf

class Shouts:
    def run(self, x):
        print(f"item {x}", flush=True)
        return x

options = dict(num_cpus=2, object_store_memory=100 << 20)
flow = pf.Source(lambda: range(3), "s") >> pf.Transform(Shouts(), "shouts") >> pf.Sink(lambda x: None, "k")
"""


def test_a_cluster_of_its_own_is_shut_down() -> None:
    text = """
flow.run(engine="ray", engine_options=options)
assert not ray.is_initialized()
print("left")
"""
    done = script(OWN + text)
    assert done.returncode == 0, done.stderr
    assert "left\n" in done.stdout


def test_what_is_printed_on_a_cluster_carries_the_pipe_s_name() -> None:
    """Ray brings it, after a while: so the cluster stays until it was seen."""
    text = """
ray.init(**options)
flow.run(engine="ray")
input()
"""
    command = [sys.executable, "-u", "-c", OWN + text]
    both = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2])), start_new_session=True,
    )  # fmt: skip
    assert both.stdin is not None
    assert both.stdout is not None
    with both:
        end = threading.Timer(100, os.killpg, (both.pid, signal.SIGKILL))
        end.start()
        seen = next((line for line in both.stdout if "item 2" in line), "it never came")
        both.stdin.write("\n")
        both.stdin.flush()
        both.stdout.read()
        end.cancel()
    assert "shouts" in seen


def test_a_connected_cluster_is_respected(ray_cluster: str) -> None:
    import ray  # pyright: ignore[reportMissingImports]

    assert run_flow(pf.Source(range(3), "s") >> inc >> collector(), "ray", address=ray_cluster).results["k"]
    assert ray.is_initialized()
    with pytest.raises(pf.PipelineStateError, match="connected to the Ray cluster at"):
        run_flow(pf.Source(range(3), "s") >> inc >> collector(), "ray", address="192.0.2.1:6379")


def test_what_no_node_has_is_an_error_before_the_start(ray_cluster: str) -> None:
    big = pf.Transform(inc, "big").with_(resources={"num_gpus": 3})
    with pytest.raises(pf.GraphError, match=r"(?s)'big'.*asks for 3 GPU.*no node.*wait for ever"):
        run_flow(pf.Source(range(3), "s") >> big >> collector(), "ray")
    many = pf.Transform(inc, "many").with_(n_processes=3, resources={"num_cpus": 2})
    with pytest.raises(pf.GraphError, match=r"6 CPU in all, and the cluster has 4: many \* 3"):
        run_flow(pf.Source(range(3), "s") >> many >> collector(), "ray")
    odd = pf.Transform(inc, "odd").with_(resources={"colour": "red"})
    with pytest.raises(pf.GraphError, match=r"'odd'.*not what Ray takes"):
        run_flow(pf.Source(range(3), "s") >> odd >> collector(), "ray")


def test_waiting_for_a_place_has_an_end(ray_cluster: str) -> None:
    import ray  # pyright: ignore[reportMissingImports]

    @ray.remote(num_cpus=4)
    class Hog:
        def there(self) -> None:
            pass

    hog = Hog.remote()
    ray.get(hog.there.remote())
    try:
        one = pf.Transform(inc, "one").with_(resources={"num_cpus": 1})
        flow = pf.Source(range(3), "s").with_(resources={"num_cpus": 0}) >> one
        flow = flow >> collector().with_(resources={"num_cpus": 0})
        with pytest.raises(pf.GraphError, match=r"no place in the cluster for workers of .*'one'"):
            run_flow(flow, "ray", engine_options={"start_timeout": 8})
    finally:
        ray.kill(hog)


# ---------------------------------------------------------------- items


def refill() -> Any:
    """One buffer for all items, as a camera has it."""
    small, large = np.zeros(100), np.zeros(1 << 17)
    for n in range(6):
        small[:], large[:] = n, n
        yield small
        yield large


def test_a_buffer_that_is_used_again_is_as_it_was_when_sent(ray_cluster: str) -> None:
    again = pf.Transform(lambda x: (float(x.min()), float(x.max())))
    received = list(stream_flow(pf.Source(refill, "camera") >> again, "ray"))
    assert received == [(float(n), float(n)) for n in range(6) for _ in range(2)]


def test_readonly_arrays_are_not_copied(ray_cluster: str) -> None:
    def writable(x: Any) -> bool:
        return bool(x.flags.writeable)

    arrays = pf.Source(refill, "camera")
    seen = pf.Transform(writable).with_(readonly=True)
    assert list(stream_flow(arrays >> seen, "ray"))[1::2] == [False] * 6
    assert list(stream_flow(arrays >> pf.Transform(writable), "ray")) == [True] * 12


def test_ctrl_c_ends_it(ray_cluster: str) -> None:
    flow = pf.Source(lambda: iter(int, 1), "endless") >> inc >> pf.Sink(lambda x: None, "k")
    system = PipeSystem(flow).compile(engine="ray", settings=Settings())
    system.run()
    main = threading.main_thread().ident
    threading.Timer(1.0, signal.pthread_kill, [main, signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        system.close()
    assert not system.running


def test_a_started_generator_is_pulled_here(ray_cluster: str) -> None:
    pulled = threading.get_ident()
    report = run_flow(pf.Source(count_to(2000), "started") >> inc >> collector(), "ray")
    assert collected(report) == list(range(1, 2001))
    assert pulled == threading.get_ident()


def test_a_timeout_is_an_error(ray_cluster: str) -> None:
    def hangs(x: int) -> int:
        time.sleep(0 if x < 3 else 600)
        return x

    flow = pf.Source(range(9), "s") >> pf.Transform(hangs).with_(timeout=1.0) >> collector()
    with pytest.raises(pf.PipeError, match=r"'hangs'.*on item 4.*timeout of 1 s"):
        run_flow(flow, "ray")
