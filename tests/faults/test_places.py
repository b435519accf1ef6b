"""Where a system may run: threads, two at once, daemonic processes, short of files or shared memory (G11,
G16, G20).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.system import run_flow
from tests.conftest import descendants, outliving
from tests.faults.test_scripts import run_script
from tests.functors import collected, collector, inc

pytestmark = pytest.mark.usefixtures("no_process_left")

FROM_A_THREAD = """
    import ctypes, sys, threading
    import pipeflow as pf
    from pipeflow.system import PipeSystem

    def stuck(x):
        print("ready", flush=True)
        ctypes.PyDLL(None).sleep(60)

    def endless():
        while True:
            yield 1

    def start():
        global system
        system = PipeSystem(pf.Source(endless) >> pf.Sink(stuck)).compile()
        system.run()

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()  # the workers outlive the thread that asked for them
    system.close()
"""


def test_workers_started_by_a_thread_end_with_their_parent_also_when_stuck(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(FROM_A_THREAD))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    workers = descendants(process.pid)
    assert len(workers) == 2
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert not outliving(workers, 2.0)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.filterwarnings("ignore:workers are forked while other threads run")
def test_two_systems_at_once_in_threads(method: str) -> None:
    def one(offset: int) -> list[int]:
        report = run_flow(
            pf.Source(range(offset, offset + 200)) >> pf.Transform(inc) * 2 >> collector(),
            start_method=method,
        )
        return sorted(collected(report))

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(one, [0, 1000])) == [list(range(1, 201)), list(range(1001, 1201))]


def test_a_failure_to_start_in_a_thread_is_raised_there() -> None:
    with ThreadPoolExecutor(1) as threads, pytest.raises(pf.GraphError, match="can't be sent to a worker"):  # noqa: PT012
        lock = threading.Lock()
        flow = pf.Source(range(3)) >> pf.Transform(lambda x: (x, lock)) >> collector()
        threads.submit(run_flow, flow, start_method="spawn", check=False).result(60)


SCRIPTS = {
    "daemonic": """
        import multiprocessing
        import pipeflow as pf
        from pipeflow.system import run_flow

        def work():
            try:
                run_flow(pf.Source(range(3)) >> pf.Sink(print))
            except pf.PipelineStateError as error:
                assert "daemonic" in str(error) and "engine='thread'" in str(error)
                report = run_flow(pf.Source(range(3)) >> pf.Sink(len and (lambda x: None), "s"), "thread")
                assert report["s"].taken == 3
                raise SystemExit(42)

        process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
        process.start()
        process.join()
        assert process.exitcode == 42, process.exitcode
    """,
    "too few descriptors": """
        import os, resource
        import pipeflow as pf
        from pipeflow.system import run_flow

        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
        flow = pf.Source(range(3)) >> pf.Transform(abs) * 8 >> pf.Transform(float) * 8 >> pf.Sink(id)
        before = len(os.listdir("/proc/self/fd"))
        try:
            run_flow(flow)
        except pf.GraphError as error:
            assert "file descriptors" in str(error) and "ulimit" in str(error), error
        else:
            raise AssertionError("it should have failed")
        assert len(os.listdir("/proc/self/fd")) == before
        assert run_flow(pf.Source(range(3)) >> pf.Sink(id, "s"))["s"].taken == 3
    """,
    "in a folder that is gone": """
        import os, tempfile
        import pipeflow as pf
        from pipeflow.system import run_flow

        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
        assert run_flow(pf.Source(range(3)) >> pf.Sink(id, "s"), start_method="fork")["s"].taken == 3
        try:
            run_flow(pf.Source(range(3)) >> pf.Sink(id), start_method="spawn")
        except pf.PipelineStateError as error:
            assert "folder has been removed" in str(error), error
        else:
            raise AssertionError("it should have failed")
        os.chdir("/")
        assert run_flow(pf.Source(range(3)) >> pf.Sink(id, "s"), start_method="spawn")["s"].taken == 3
    """,
    "fifteen runs leak nothing": """
        import os, threading
        import pipeflow as pf
        from pipeflow.system import run_flow, stream_flow

        def used():
            children = open(f"/proc/self/task/{os.getpid()}/children").read().split()
            # /dev/shm is everybody's; below there is a test that has one of its own
            descriptors = len(os.listdir("/proc/self/fd"))
            return descriptors, sorted(thread.name for thread in threading.enumerate()), len(children)

        def one(n):
            flow = pf.Source(range(20)) >> pf.Transform(abs) * 2
            if n % 3 == 0:
                run_flow(flow >> pf.Sink(id))
            elif n % 3 == 1:
                next(stream_flow(flow))
            else:
                try:
                    run_flow(pf.Source(range(20)) >> pf.Transform(lambda x: 1 // (x - 5)) >> pf.Sink(id))
                except pf.PipeError:
                    pass

        for n in range(3):
            one(n)
        before = used()
        for n in range(15):
            one(n)
        assert used() == before, (before, used())
    """,
    "a run that nobody holds any more": """
        import gc, os
        import pipeflow as pf
        from pipeflow.system import PipeSystem, stream_flow
        from tests.conftest import descendants, outliving

        def endless():
            while True:
                yield 1

        stream = stream_flow(pf.Source(endless) >> pf.Transform(abs) * 2)
        next(stream)
        workers = descendants(os.getpid())
        assert len(workers) == 3
        del stream
        gc.collect()
        assert not outliving(workers, 2.0)

        system = PipeSystem(pf.Source(endless) >> pf.Sink(id)).compile()
        system.run()
        workers = descendants(os.getpid())
        assert len(workers) == 2
        holder = [system]
        holder.append(holder)
        del system, holder
        gc.collect()
        assert not outliving(workers, 2.0)
    """,
    "what is the user's stays": """
        import logging, multiprocessing, signal, random
        from multiprocessing import spawn
        import pipeflow as pf
        from pipeflow.system import run_flow

        def mine(*_): pass
        signal.signal(signal.SIGTERM, mine); signal.signal(signal.SIGUSR1, mine)
        logging.basicConfig(level=logging.INFO)
        state, handlers = random.getstate(), list(logging.getLogger().handlers)
        prepared = spawn.get_preparation_data
        run_flow(pf.Source(range(3)) >> pf.Sink(id), start_method="forkserver")
        assert signal.getsignal(signal.SIGTERM) is mine and signal.getsignal(signal.SIGUSR1) is mine
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert random.getstate() == state and logging.getLogger().handlers == handlers
        assert logging.getLogger().level == logging.INFO
        assert multiprocessing.get_start_method(allow_none=True) is None
        assert spawn.get_preparation_data is prepared, "own processes know the script"
    """,
    "workers are forked before the library's own threads begin": """
        import os, threading
        import pipeflow as pf
        from pipeflow.system import run_flow

        fork, seen = os.fork, []

        def looking():
            seen.append([thread.name for thread in threading.enumerate()])
            return fork()

        os.fork = looking
        run_flow(pf.Source(range(3)) >> pf.Transform(abs) * 2 >> pf.Sink(id), start_method="fork")
        assert seen == [["MainThread"]] * 4, seen
        assert threading.active_count() == 1
    """,
    "a script that runs a pipeline as it is imported": """
        import multiprocessing
        import pipeflow as pf
        from pipeflow.system import run_flow

        def nothing():
            pass

        try:
            run_flow(pf.Source(range(3)) >> pf.Sink(id), start_method="spawn")
        except pf.PipelineStateError as error:
            assert "importing your script" in str(error) and "if __name__ == '__main__':" in str(error)
            raise SystemExit(42)
        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=nothing)
            process.start()
            process.join()
            assert process.exitcode == 42, process.exitcode
    """,
    "a module that runs a pipeline as it is imported": """
        import os, pathlib, sys, tempfile
        import pipeflow as pf

        with tempfile.TemporaryDirectory() as folder:
            module = pathlib.Path(folder, "runs_at_once.py")
            module.write_text(
                "import pipeflow as pf\\n"
                "from pipeflow.system import run_flow\\n"
                "def same(x): return x\\n"
                "run_flow(pf.Source(range(3)) >> pf.Transform(same) >> pf.Sink(id), start_method='spawn')\\n"
            )
            sys.path.insert(0, folder)
            try:
                import runs_at_once
            except pf.PipeError as error:
                assert "importing a module of yours" in str(error), error
                assert "if __name__ == '__main__':" in str(error)
            else:
                raise AssertionError("each worker has run a pipeline of its own")
    """,
    "a child that leaves the loop of its parent": """
        import os, sys
        import pipeflow as pf

        def endless():
            while True:
                yield 1

        with (pf.Source(endless) >> pf.Transform(abs)).stream() as stream:
            next(stream)
            child = os.fork()
            if child == 0:
                sys.exit(5)  # through the `with`
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
            assert next(stream) == 1
    """,
    "a stream that is collected in the thread that watches it": """
        import gc, os, threading, time
        import pipeflow as pf
        from pipeflow.engines.process import ProcessRun
        from tests.conftest import descendants, outliving

        def endless():
            while True:
                yield 1

        def drop():
            stream = (pf.Source(endless) >> pf.Transform(abs)).stream()
            next(stream)
            stream.itself = stream
            return stream._system._run

        def collecting(self):
            once(self)
            if not collected.is_set():
                gc.collect()
                collected.set()

        gc.disable()
        collected, once = threading.Event(), ProcessRun._once
        run = drop()
        workers = descendants(os.getpid())
        assert len(workers) == 2
        ProcessRun._once = collecting
        run._bell.send(b"!")
        assert collected.wait(60)
        assert run.wait(60)
        assert not outliving(workers, 2.0)
    """,
    "a stream that is collected while threading is locked": """
        import gc, os, threading
        import pipeflow as pf
        from pipeflow.system import ending, streaming
        from tests.conftest import descendants, outliving

        ending._PATIENCE = streaming._PATIENCE = 0.5  # what is waited for can't happen in time

        def endless():
            while True:
                yield 1

        def drop():
            stream = (pf.Source(endless) >> pf.Transform(abs)).stream(stop_timeout=0.1)
            next(stream)
            stream.itself = stream

        gc.disable()
        drop()
        workers = descendants(os.getpid())
        with threading._active_limbo_lock:  # as in the middle of threading.enumerate()
            gc.collect()
        assert not outliving(workers, 2.0)
    """,
    "where nobody may wait for children": """
        import multiprocessing, os, signal
        import pipeflow as pf
        from pipeflow.system import run_flow

        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        flow = pf.Source(range(3)) >> pf.Transform(abs) >> pf.Sink(id)
        run_flow(flow, start_method="fork")
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            run_flow(flow, start_method="fork")
        assert len(os.listdir("/proc/self/fd")) == before
        assert not multiprocessing.active_children()
    """,
    "a functor that takes all memory has failed": """
        import resource
        import pipeflow as pf
        from pipeflow.system import run_flow

        sizes = [1 << 20, 1 << 14, *range(480, -1, -16)]  # the last ones are of memory that Python keeps
        taken = [None] * len(sizes)

        def take_all(x):
            resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
            for place, size in enumerate(sizes):
                try:
                    kept = None
                    while True:
                        kept = (kept, bytes(size)) if size else (kept,)
                except MemoryError:
                    taken[place] = kept
            raise MemoryError

        try:
            run_flow(pf.Source(range(3)) >> pf.Transform(take_all, "take_all") >> pf.Sink(id))
        except pf.PipeError as error:
            assert not isinstance(error, pf.WorkerDied), error
            assert "pipe 'take_all'" in str(error) and "item 1" in str(error), error
            assert "MemoryError" in str(error), error  # there may be no room for its traceback
            raise SystemExit(0)
        raise SystemExit("it should have failed")
    """,
    "one clear warning of threads": """
        import threading, warnings
        import pipeflow as pf
        from pipeflow.system import run_flow

        gate = threading.Event()
        threading.Thread(target=gate.wait, name="mine", daemon=True).start()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(2):
                run_flow(pf.Source(range(3)) >> pf.Sink(id), start_method="fork")
            run_flow(pf.Source(range(3)) >> pf.Sink(id), start_method="spawn")
        [warning] = caught
        assert "mine" in str(warning.message) and "forkserver" in str(warning.message)
        gate.set()
    """,
}


@pytest.mark.parametrize("body", SCRIPTS.values(), ids=SCRIPTS)
def test_scripts(tmp_path: Path, body: str) -> None:
    done = run_script(tmp_path, textwrap.dedent(body))
    assert done.returncode == 0, done.stderr


@pytest.mark.faults
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_fifteen_runs_leak_nothing_under_the_other_start_methods(tmp_path: Path, method: str) -> None:
    body = SCRIPTS["fifteen runs leak nothing"]
    chosen = f"import multiprocessing\nmultiprocessing.set_start_method({method!r})\n"
    done = run_script(tmp_path, chosen + textwrap.dedent(body))
    assert done.returncode == 0, done.stderr


def test_workers_output_arrives_in_order_and_whole(tmp_path: Path) -> None:
    body = """
        import sys
        import pipeflow as pf
        from pipeflow.system import run_flow

        def speak(x):
            print("out", x, end="\\n" if x < 2 else " and no end of the line")
            print("err", x, file=sys.stderr)

        print("before")
        run_flow(pf.Source(range(3)) >> pf.Sink(speak))
        print("after")
    """
    done = run_script(tmp_path, textwrap.dedent(body))
    lines = ["before", "out 0", "out 1", "out 2 and no end of the lineafter", ""]
    assert sorted(done.stdout.split("\n")) == sorted(lines)
    assert done.stderr == "err 0\nerr 1\nerr 2\n"


@pytest.mark.faults
def test_items_of_600_mb_pass() -> None:
    import numpy as np

    def measure(array: Any) -> int:
        return int(array.nbytes)

    flow = (
        pf.Source(lambda: (np.zeros(600 << 20, np.uint8) for _ in range(2)))
        >> pf.Transform(measure)
        >> collector()
    )
    assert collected(run_flow(flow)) == [600 << 20] * 2


WITH_LITTLE_SHM = """
    import os
    import numpy as np
    import pipeflow as pf
    from pipeflow.system import run_flow, stream_flow

    assert os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize == 1 << 20
    for method in ("fork", "forkserver", "spawn"):
        source = pf.Source(lambda: (np.full(3 << 20, n, np.uint8) for n in range(6)))
        flow = source >> pf.Transform(np.copy) * 2
        received = sorted(int(array[-1]) for array in stream_flow(flow, start_method=method))
        assert received == list(range(6)), received
    print("passed", os.listdir("/dev/shm"))
"""


def test_large_items_pass_where_shared_memory_has_one_megabyte(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(WITH_LITTLE_SHM))
    mount = "mount -t tmpfs -o size=1m tmpfs /dev/shm"
    own = ["unshare", "--mount", "sh", "-c"]
    try:
        may = subprocess.run([*own, mount], capture_output=True).returncode == 0
    except FileNotFoundError:
        may = False
    if not may:
        pytest.skip("nothing may be mounted here")
    done = subprocess.run(
        [*own, f'{mount} && exec "$0" "$1"', sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "passed []\n"
