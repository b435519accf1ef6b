"""Functors that do what nobody expects of them: the run ends, and says whose fault it was."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import multiprocessing
import os
import queue
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._base import Settings
from pipeflow.system import PipeSystem, run_flow, stream_flow
from pipeflow.views.progress import Watched
from tests.functors import Collect, collected, collector

pytestmark = pytest.mark.usefixtures("no_process_left")


class Unshowable(Exception):
    """Ends the interpreter when it is shown."""

    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__


def test_a_result_that_cannot_be_rebuilt_is_an_error_of_its_sink() -> None:
    class Ends(Collect):
        def local_term(self) -> Any:
            return Bomb()

    with pytest.raises(pf.PipeError, match=r"pipe 'sink'.*local_term.*result can't be rebuilt.*no"):
        run_flow(pf.Source(range(3)) >> pf.Sink(Ends(), "sink"))


class Bomb:
    def __reduce__(self) -> Any:
        return (refuse, ())


def refuse() -> Any:
    raise ValueError("no")


def test_a_generator_of_the_caller_that_hangs_does_not_keep_the_error_waiting() -> None:
    gate = threading.Event()

    def started() -> Iterator[int]:
        yield 1
        gate.wait(60)
        yield 2

    flow = pf.Source(started(), "src") >> pf.Transform(lambda x: 1 // 0, "bad") >> collector()
    began = time.monotonic()
    with pytest.raises(pf.PipeError, match="pipe 'bad'") as caught:
        run_flow(flow)
    assert time.monotonic() - began < 15
    assert any("still in its generator" in note for note in caught.value.report.notes)
    [thread] = [thread for thread in threading.enumerate() if thread.name == "pipeflow src"]
    gate.set()
    thread.join(30)  # and it ends without a word: nobody is there to hear it
    assert not thread.is_alive()


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_a_coroutine_that_says_it_was_cancelled_has_failed(engine: str) -> None:
    async def cancelled(x: int) -> int:
        if x == 3:
            raise asyncio.CancelledError
        return x

    with pytest.raises(pf.PipeError, match=r"pipe 'work'.*item 4.*CancelledError"):
        run_flow(pf.Source(range(10)) >> pf.Transform(cancelled, "work") >> collector(), engine)


@pytest.mark.parametrize(
    "method", ["fork", *(pytest.param(name, marks=pytest.mark.faults) for name in ("forkserver", "spawn"))]
)
def test_a_death_is_seen_while_children_of_the_functor_live_on(tmp_path: Path, method: str) -> None:
    gate = tmp_path / "open"

    def leave_a_child(x: int) -> int:
        if os.fork() == 0:
            deadline = time.monotonic() + 60
            while not gate.exists() and time.monotonic() < deadline:
                time.sleep(0.01)  # the gate is a file: it is in another process
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)
        return x

    try:
        began = time.monotonic()
        with pytest.raises(pf.WorkerDied, match=r"pipe 'work'.*SIGKILL.*item 1"):
            run_flow(
                pf.Source(range(3)) >> pf.Transform(leave_a_child, "work") >> collector(), start_method=method
            )
        assert time.monotonic() - began < 15
    finally:
        gate.touch()


@pytest.mark.parametrize("engine", ["thread", "process"])
def test_an_exception_that_ends_the_interpreter_when_it_is_shown(engine: str) -> None:
    def fail(x: int) -> int:
        raise Unshowable

    with pytest.raises(pf.PipeError, match=r"pipe 'work'.*item 1.*Unshowable") as caught:
        run_flow(pf.Source(range(3)) >> pf.Transform(fail, "work") >> collector(), engine)
    assert not isinstance(caught.value, pf.WorkerDied)


def test_a_child_that_the_script_forks_may_end_as_it_likes() -> None:
    def slowly() -> Iterator[int]:
        for x in range(40):
            time.sleep(0.02)
            yield x

    system = PipeSystem(pf.Source(slowly, "src") >> collector()).compile()
    system.run()
    child = subprocess_of_a_fork()
    assert os.waitpid(child, 0)[1] == 0
    system.close()
    assert collected(system.report) == list(range(40))


def subprocess_of_a_fork() -> int:
    """A child that runs what multiprocessing has registered for an exit, as `sys.exit` would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12: there are threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            from multiprocessing import util

            util._exit_function()
            code = 0
        finally:
            os._exit(code)
    return pid


def test_two_threads_may_end_the_same_run() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    system = PipeSystem(pf.Source(endless, "src") >> collector()).compile(settings=Settings(stop_timeout=5.0))
    system.run()
    errors: list[BaseException] = []

    def close() -> None:
        try:
            system.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=close) for _ in range(3)]
    for thread in threads:
        thread.start()
    system.stop()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert system.report is not None
    assert system.report.stopped


def test_a_failure_is_raised_in_one_of_two_threads() -> None:
    gate = threading.Event()

    def source() -> Iterator[int]:
        gate.wait(30)
        raise ValueError("bad")
        yield

    system = PipeSystem(pf.Source(source(), "src") >> collector()).compile()
    system.run()
    errors: list[BaseException] = []

    def close() -> None:
        try:
            system.close()
        except pf.PipeError as error:
            errors.append(error)

    threads = [threading.Thread(target=close) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(30)
    assert len(errors) == 1


def test_a_run_that_was_hard_to_end_leaves_the_next_one_alone() -> None:
    with pytest.raises(pf.PipeError):
        run_flow(pf.Source(range(3)) >> pf.Transform(lambda x: 1 // 0, "bad") >> collector())
    assert collected(run_flow(pf.Source(range(3)) >> collector())) == [0, 1, 2]


def test_a_child_that_comes_back_from_its_functor_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    def fork(x: int) -> int:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        return x

    flow = pf.Source(range(30)) >> pf.Transform(fork, "forks") >> collector()
    assert collected(run_flow(flow, start_method="fork")) == list(range(30))
    said = capfd.readouterr().err
    assert said.count("came out of the functor") == 30
    assert "Traceback" not in said


def test_a_forked_worker_that_may_have_children_runs_a_flow() -> None:
    def nested(x: int) -> list[int]:
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
        return list(stream_flow(pf.Source(range(x)) >> pf.Transform(abs), start_method="fork"))

    flow = pf.Source(range(3)) >> pf.Transform(nested, "nested") >> collector()
    assert collected(run_flow(flow, start_method="fork")) == [[], [0], [0, 1]]


class Queued(logging.Handler):
    """Its records are taken by a thread, which fork does not copy."""

    def __init__(self) -> None:
        super().__init__()
        self.records: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            self.records.get()
            self.records.task_done()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.put(record)

    def flush(self) -> None:
        self.records.join()


@pytest.mark.filterwarnings("ignore:workers are forked while other threads run")
def test_a_handler_of_logging_that_waits_for_its_thread_ends_no_run() -> None:
    def log(x: int) -> int:
        logging.getLogger().warning("%s", x)
        return x

    handler = Queued()
    logging.getLogger().addHandler(handler)
    try:
        flow = pf.Source(range(3)) >> pf.Transform(log) >> collector()
        assert collected(run_flow(flow, start_method="fork")) == [0, 1, 2]
    finally:
        logging.getLogger().removeHandler(handler)


def test_what_a_handler_holds_back_is_written_once(tmp_path: Path) -> None:
    target = logging.FileHandler(tmp_path / "log")
    handler = logging.handlers.MemoryHandler(100, target=target)
    logger = logging.getLogger("tests.held")
    logger.addHandler(handler)
    try:
        logger.warning("once")
        flow = pf.Source(range(3)) >> pf.Sink(lambda x: logger.warning("%s", x))
        run_flow(flow, start_method="fork")
    finally:
        logger.removeHandler(handler)
        handler.close()
        target.close()
    assert sorted((tmp_path / "log").read_text().split()) == ["0", "1", "2", "once"]


def test_an_interrupt_just_after_the_start_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object) -> None:
        started(self)
        raise KeyboardInterrupt

    def endless() -> Iterator[int]:
        while True:
            yield 1

    started = Watched.start
    before = (len(os.listdir("/proc/self/fd")), threading.active_count())
    monkeypatch.setattr(Watched, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_flow(pf.Source(endless) >> collector())
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


class Odd(str):
    """Text that can't travel, and not even be measured."""

    def __len__(self) -> int:
        raise RuntimeError

    def __reduce__(self) -> Any:
        raise RuntimeError


class OddError(Exception):
    def __str__(self) -> str:
        return Odd("an odd text")


class OddItem:
    def __repr__(self) -> str:
        return Odd("an odd item")


@pytest.mark.parametrize("engine", ["thread", "process"])
def test_texts_that_are_more_than_text(engine: str) -> None:
    def fail(x: OddItem) -> int:
        raise OddError

    with pytest.raises(pf.PipeError, match=r"pipe 'work'.*an odd item.*OddError: an odd text") as caught:
        run_flow(pf.Source([OddItem()]) >> pf.Transform(fail, "work") >> collector(), engine)
    assert not isinstance(caught.value, pf.WorkerDied)


def test_an_error_of_ours_that_a_functor_raises_has_a_traceback() -> None:
    def nested(x: int) -> int:
        raise pf.PipelineStateError("no")

    with pytest.raises(pf.PipeError, match="PipelineStateError: no") as caught:
        run_flow(pf.Source(range(3)) >> pf.Transform(nested) >> collector())
    assert "in nested" in caught.value.worker_traceback


class NeverTwice:
    def run(self, x: int) -> int:
        return x

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("there is one of me")


@pytest.mark.parametrize("engine", ["inline", "thread"])
def test_a_functor_that_cannot_be_copied_is_named(engine: str) -> None:
    flow = pf.Source(range(3)) >> pf.Transform(NeverTwice(), "work") * 2 >> collector()
    with pytest.raises(pf.GraphError, match=r"'work'.*can't be copied.*there is one of me"):
        run_flow(flow, engine)


def test_a_failed_item_that_cannot_be_sent_says_what_it_failed_on() -> None:
    def spoil(x: list[Any]) -> list[Any]:
        x.append(threading.Lock())
        if x:
            raise ValueError("spoilt")
        return x

    work = pf.Transform(spoil, "work")
    flow = pf.Source([[1]]) >> work >> pf.Discard() | work.errors >> collector()
    with pytest.raises(pf.PipeError, match=r"pipe 'work'.*failed on item 1.*cannot pickle") as caught:
        run_flow(flow)
    assert "ValueError: spoilt" in caught.value.worker_traceback
