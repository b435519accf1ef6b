"""A worker that dies is named within a second, and nothing stays behind (G4, G5, G10, G11, G13)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.engines.process import ProcessRun
from pipeflow.system import PipeSystem, stream_flow
from tests.conftest import descendants, is_permanent, outliving
from tests.functors import collector, count_up, double, inc

pytestmark = pytest.mark.usefixtures("no_process_left")

METHODS = ["fork", "forkserver", "spawn"]
# The long tier has them all.
SOME = ["fork", *(pytest.param(name, marks=pytest.mark.faults) for name in METHODS[1:])]


def pids_by_name(system: PipeSystem) -> dict[tuple[str, int], int]:
    """Where each worker of a running system is."""
    run: Any = system._run
    return {
        (run.plan.stages[worker.stage].name, worker.replica): process.pid
        for worker, process in run._processes.items()
    }


def wait_until_taken(system: PipeSystem, name: str, count: int, seconds: float = 150.0) -> None:
    """Until the pipe has taken so many items: the run is in full swing."""
    run: Any = system._run
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        taken = sum(
            reading.taken
            for worker, reading in run.readings().items()
            if run.plan.stages[worker.stage].name == name
        )
        if taken >= count:
            return
        time.sleep(0.005)  # between looks: the workers are processes
    raise AssertionError(f"{name} took fewer than {count} items in {seconds} s")


VICTIMS = [("source", 0), ("work", 0), ("work", 1), ("work", 2), ("sink", 0), ("idle", 0)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("victim", VICTIMS, ids=lambda victim: f"{victim[0]}{victim[1]}")
def test_kill_of_any_worker_ends_the_run_with_a_named_error(victim: tuple[str, int], method: str) -> None:
    # `idle` never receives anything: its switch sends all items the other way.
    flow = (
        pf.Source(count_up, "source")
        >> pf.Transform(inc, "work") * 3
        >> pf.Switch(lambda x: x >= 0, "sw")
        >> {True: pf.Sink(double, "sink"), False: pf.Sink(double, "idle")}
    )
    system = PipeSystem(flow).compile(settings=Settings(start_method=method))
    system.run()
    wait_until_taken(system, "sink", 100)
    pid = pids_by_name(system)[victim]
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    with pytest.raises(pf.WorkerDied) as caught:
        system.close()
    assert time.monotonic() - killed < 30  # a deadline against hanging; the second is measured in benchmarks/
    assert (caught.value.pipe, caught.value.replica, caught.value.pid) == (*victim, pid)
    assert "SIGKILL" in str(caught.value)


@pytest.mark.parametrize("method", SOME)
@pytest.mark.parametrize("code", [0, 3])
def test_os_exit_is_a_death_even_with_code_zero(code: int, method: str) -> None:
    def leave(x: int) -> int:
        if x == 5:
            os._exit(code)
        return x

    with pytest.raises(pf.WorkerDied, match=rf"pipe 'leave'.*exited with code {code}.*item 6"):
        run_to_end(pf.Source(range(100)) >> pf.Transform(leave) >> collector(), method)


def test_what_is_lost_with_it_is_counted(tmp_path: Path) -> None:
    gate = tmp_path / "open"

    def die(x: int) -> int:
        deadline = time.monotonic() + 60
        while not gate.exists() and time.monotonic() < deadline:
            time.sleep(0.005)  # the gate is a file: this is another process
        os.kill(os.getpid(), signal.SIGKILL)
        return x

    work = pf.Transform(die, "work").with_(buffer_size=5)
    system = PipeSystem(pf.Source(range(100), "src") >> work >> collector()).compile()
    system.run()
    run: Any = system._run
    deadline = time.monotonic() + 60
    while run.readings()[run.workers[0]].sent < 6 and time.monotonic() < deadline:
        time.sleep(0.005)  # until one item is in hand and five are in the stream
    gate.touch()
    with pytest.raises(
        pf.WorkerDied, match=r"item 1\. What it had in hand is lost, and 5 items that were on their way"
    ):
        system.close()


@pytest.mark.parametrize("method", SOME)
def test_a_crash_in_compiled_code_is_named(method: str) -> None:
    def crash(x: int) -> int:
        import ctypes

        ctypes.string_at(0)
        return x

    with pytest.raises(pf.WorkerDied, match=r"pipe 'crash'.*SIGSEGV"):
        run_to_end(pf.Source(range(3)) >> pf.Transform(crash) >> collector(), method)


@pytest.mark.parametrize("method", SOME)
def test_death_in_local_init_and_of_all_replicas_at_once(method: str) -> None:
    class Doomed:
        def local_init(self) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        def run(self, x: int) -> int:
            return x

    with pytest.raises(pf.WorkerDied, match="pipe 'doomed'"):
        run_to_end(pf.Source(range(100)) >> pf.Transform(Doomed(), "doomed") * 3 >> collector(), method)


def run_to_end(flow: Any, method: str | None = None) -> None:
    system = PipeSystem(flow).compile(settings=Settings(start_method=method))
    system.run()
    system.close()


def test_a_death_during_iteration_is_raised_in_the_loop() -> None:
    def die(x: int) -> int:
        if x == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    received: list[int] = []
    with pytest.raises(pf.WorkerDied, match="pipe 'die'"):
        received.extend(stream_flow(pf.Source(range(1000)) >> pf.Transform(die)))


def test_what_a_worker_has_said_is_heard_before_it_counts_as_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    hear, hear_out, ended = ProcessRun._hear, ProcessRun._hear_out, set[Any]()

    def late(run: Any, worker: Any, control: Any) -> None:
        if worker in ended:  # until then what it says stays in its line
            hear(run, worker, control)

    def out(run: Any, worker: Any) -> None:
        ended.add(worker)
        hear_out(run, worker)

    monkeypatch.setattr(ProcessRun, "_hear", late)
    monkeypatch.setattr(ProcessRun, "_hear_out", out)

    def bad(x: int) -> int:
        raise ValueError("bad")

    with pytest.raises(pf.PipeError, match=r"pipe 'bad'.*item 1.*ValueError: bad") as caught:
        run_to_end(pf.Source(range(3)) >> pf.Transform(bad) >> collector())
    assert not isinstance(caught.value, pf.WorkerDied)


def test_a_stuck_worker_does_not_keep_the_error_waiting() -> None:
    def stuck(x: int) -> int:
        if x == 1:
            threading.Event().wait()
        return x

    def bad(x: int) -> int:
        raise ValueError("bad")

    source = pf.Source(range(3))
    flow = source >> (pf.Transform(stuck) | pf.Transform(bad)) >> collector()
    began = time.monotonic()
    with pytest.raises(pf.PipeError, match="pipe 'bad'"):
        run_to_end(flow)
    assert time.monotonic() - began < 30


# ---------------------------------------------------------------- the caller's own end, seen from outside

SCRIPT = """
    import sys, time, threading
    import pipeflow as pf
    from pipeflow.engines._base import Settings
    from pipeflow.system import PipeSystem

    def endless():
        n = 0
        while True:
            yield n
            n += 1

    def work(x):
        if x == 200:
            print("ready", flush=True)
            {stuck}
        return x

    flow = pf.Source(endless) >> pf.Transform(work) * 2 >> pf.Sink(lambda x: None)
    system = PipeSystem(flow).compile(settings=Settings(start_method={method!r}))
    system.run()
    {body}
"""


def start(
    tmp_path: Path, body: str = "system.close()", stuck: str = "pass", method: str = "fork"
) -> tuple[subprocess.Popen[str], set[int]]:
    """The script above, running; with the processes it has by then."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT).format(body=body, stuck=stuck, method=method))
    return started(script)


def started(script: Path) -> tuple[subprocess.Popen[str], set[int]]:
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process, {pid for pid in descendants(process.pid) if not is_permanent(pid)}


STUCK = {"free": "pass", "asleep in C with the GIL": "import ctypes; ctypes.PyDLL(None).sleep(60)"}


@pytest.mark.parametrize("method", SOME)
@pytest.mark.parametrize("stuck", STUCK.values(), ids=STUCK)
@pytest.mark.parametrize("to_group", [True, False], ids=["group", "parent alone"])
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, to_group: bool, stuck: str, method: str) -> None:
    process, workers = start(tmp_path, stuck=stuck, method=method)
    if to_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert not outliving(workers, 2.0)
    assert "KeyboardInterrupt" in errors
    assert errors.count("Traceback") == 1, errors  # the caller's own, and no spray of the workers'
    assert process.returncode != 0


@pytest.mark.parametrize("method", SOME)
def test_an_interrupt_that_the_script_takes_itself_ends_no_worker(tmp_path: Path, method: str) -> None:
    body = (
        "import os, signal; signal.signal(signal.SIGINT, lambda *_: None); sys.stdin.readline(); "
        "os.killpg(0, signal.SIGINT); time.sleep(0.3); system.stop(); print(system.report.stopped)"
    )
    process, workers = start(tmp_path, body=body, method=method)
    said, errors = process.communicate("go\n", timeout=60)
    assert (said, errors, process.returncode) == ("True\n", "", 0)
    assert not outliving(workers, 2.0)


IMPATIENT = """
import os, signal
from pipeflow.system import ending
from tests.conftest import descendants, outliving

ending.INTERRUPT_GRACE = 100.0  # longer than anybody waits: only a second interrupt ends it
wait = system._run.wait

def waiting(*timeout):
    print("waiting", flush=True)
    return wait(*timeout)

system._run.wait = waiting
sys.stdin.readline()
try:
    system.close()
except KeyboardInterrupt:
    print("left:", outliving(descendants(os.getpid()), 0.0))
"""


def test_a_second_interrupt_ends_at_once_who_is_stuck(tmp_path: Path) -> None:
    process, workers = start(tmp_path, body=IMPATIENT, stuck="time.sleep(60)")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    for _ in range(2):  # the second when the first has been taken: two that are pending would be one
        assert process.stdout.readline() == "waiting\n"
        os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    said, errors = process.communicate(timeout=100)
    assert time.monotonic() - began < 40
    assert said.startswith("waiting\nleft: []\n")
    assert (errors, process.returncode) == ("", 0)
    assert not outliving(workers, 0.0)


@pytest.mark.parametrize("method", SOME)
@pytest.mark.parametrize("stuck", STUCK.values(), ids=STUCK)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_the_workers_end_with_their_parent(
    tmp_path: Path, number: signal.Signals, stuck: str, method: str
) -> None:
    process, workers = start(tmp_path, stuck=stuck, method=method)
    assert len(workers) == 4
    os.kill(process.pid, number)
    process.wait(100)  # not for the end of its output, which what outlives it may hold
    assert not outliving(workers, 2.0)
    process.communicate(timeout=100)


RESTARTED = """
    import ctypes, itertools, os, signal
    import pipeflow as pf
    from pipeflow.engines._base import Settings
    from pipeflow.system import PipeSystem

    def work(x):
        if x < 200:
            return x
        try:
            os.close(os.open({file!r}, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            print("ready", flush=True)
            ctypes.PyDLL(None).sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)

    work = pf.Transform(work).with_(on_crash="restart")
    flow = pf.Source(itertools.count) >> work >> pf.Sink(id)
    system = PipeSystem(flow).compile(settings=Settings(start_method="fork"))
    system.run()
    system.close()
"""


def test_so_does_one_that_was_restarted_which_the_fork_server_makes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(RESTARTED).format(file=str(tmp_path / "died")))
    process, workers = started(script)
    assert len(workers) == 3
    process.kill()
    process.wait(100)
    assert not outliving(workers, 2.0)
    process.communicate(timeout=100)


@pytest.mark.parametrize("method", SOME)
@pytest.mark.parametrize("body", ["raise ValueError('mine')", "sys.exit(7)", "del system", "system.stop()"])
def test_however_the_caller_leaves_nothing_stays(tmp_path: Path, body: str, method: str) -> None:
    # It leaves when it is told to: the workers are in full swing then, and known.
    process, workers = start(tmp_path, body="sys.stdin.readline(); " + body, method=method)
    assert len(workers) == 4
    _, errors = process.communicate("leave\n", timeout=100)
    assert not outliving(workers, 2.0)
    assert "ValueError: mine" in errors or "mine" not in body
    assert process.returncode == {"raise ValueError('mine')": 1, "sys.exit(7)": 7}.get(body, 0)
