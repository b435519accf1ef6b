"""What workers write, whoever writes it there, arrives at the caller, under every start method."""

from __future__ import annotations

import ctypes
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.engines._target import NAMES
from tests.engines.heard import Heard

ROOT = Path(__file__).parents[2]
METHODS = ["fork", "forkserver", "spawn"]
pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.filterwarnings("ignore:workers are forked"),
]

TALKING = """
import ctypes, logging, os, subprocess, sys
import pipeflow as pf

logging.basicConfig(format="%(message)s")
hold = sys.stdout.write

def talk(x):
    print("print")
    print("print err", file=sys.stderr)
    logging.getLogger("mine").warning("log")
    os.write(1, b"raw\\n")
    os.write(2, b"raw err\\n")
    ctypes.CDLL(None).puts(b"from C")
    subprocess.run(["echo", "from a child"])
    print("half a ", end="")
    print("line")
    sys.__stdout__.write("by its other name\\n")
    print("no end", end="")
    ctypes.CDLL(None).printf(b", nor in C")
    return x

if __name__ == "__main__":
    method, name = sys.argv[1:]
    print("before")
    ctypes.CDLL(None).puts(b"the caller's own from C")  # in a buffer until this process ends
    (pf.Source([1], name="one") >> pf.Transform(talk, name=name) >> pf.Sink(repr, name="end")).run(
        start_method=method
    )
    print("after")
"""
OUT = [
    "print", "raw", "from C", "from a child", "half a line", "by its other name", "no end, nor in C",
]  # fmt: skip
END = ["after", "the caller's own from C"]
ERR = ["print err", "log", "raw err"]


def script(path: Path, text: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path.write_text(text)
    return subprocess.run(
        [sys.executable, str(path), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "", **environment},
        capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_whoever_writes_is_heard_by_name(method: str, tmp_path: Path) -> None:
    done = script(tmp_path / "talking.py", TALKING, method, "talk", **{NAMES: "1"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["before", *(f"talk: {line}" for line in OUT), *END]
    assert sorted(done.stderr.splitlines()) == sorted(f"talk: {line}" for line in ERR)


@pytest.mark.parametrize("method", ["fork"])
def test_a_program_reads_what_was_written(method: str, tmp_path: Path) -> None:
    done = script(tmp_path / "talking.py", TALKING, method, "talk")
    assert done.stdout == "\n".join(["before", *OUT]) + "\n".join(END) + "\n"
    assert sorted(done.stderr.splitlines()) == sorted(ERR)


# ---------------------------------------------------------------- in this process


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Heard:
    """What arrives at the caller's stdout, with names."""
    monkeypatch.setenv(NAMES, "1")
    return Heard(capsys)


def talkative(n: int) -> Any:
    def talk(x: int) -> int:
        print("line", x, "of a good length, so that many of them don't fit into a pipe")
        return x

    return pf.Source(range(n), name="numbers") >> pf.Transform(talk) * 2 >> pf.Sink(repr, name="end")


def test_very_many_lines_are_all_there_and_whole(shown: Heard) -> None:
    talkative(100_000).run(start_method="fork")
    lines = shown.text.splitlines()
    assert len(lines) == 100_000
    whole = [re.fullmatch(r"talk\[[01]\]: line (\d+) of a good .* pipe", line) for line in lines]
    assert len({match[1] for match in whole if match is not None}) == 100_000


@pytest.mark.parametrize("method", METHODS)
def test_what_a_killed_worker_had_written_is_shown(method: str, shown: Heard) -> None:
    def last_words(x: int) -> int:
        print("hello", x)
        ctypes.CDLL(None).puts(b"from C")
        os.write(1, b"the last")
        os.kill(os.getpid(), signal.SIGKILL)
        return x

    flow = pf.Source([7], name="one") >> pf.Transform(last_words, name="dying") >> pf.Sink(repr, name="end")
    with pytest.raises(pf.PipeError, match="SIGKILL"):
        flow.run(start_method=method)
    assert shown.text == "dying: hello 7\ndying: from C\ndying: the last\n"


def test_all_is_shown_before_the_run_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            time.sleep(0.05)
            return super().write(text)

    stream = Slow()
    monkeypatch.setattr(sys, "stdout", stream)
    talkative(3).run(start_method="fork")
    assert len(stream.getvalue().splitlines()) == 3


def test_a_restarted_worker_is_heard_too(shown: Heard, tmp_path: Path) -> None:
    def once(x: int) -> int:
        print("hello", x)
        if x == 3 and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    again = pf.Transform(once, name="again").with_(on_crash="restart")
    (pf.Source(range(6), name="numbers") >> again >> pf.Sink(repr, name="end")).run()
    said = shown.text.splitlines()
    assert set(said) == {f"again: hello {x}" for x in range(6)}
    assert said.count("again: hello 3") == 2


def test_it_goes_where_stdout_was_when_the_run_began(shown: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    system = pf.PipeSystem(talkative(3)).compile(progress=False)
    system.run()
    later = io.StringIO()
    monkeypatch.setattr(sys, "stdout", later)
    system.close()
    assert len(shown.text.splitlines()) == 3
    assert not later.getvalue()


def test_logging_to_a_replaced_stream_under_fork(shown: Heard) -> None:
    before = sys.stdout
    handler = logging.StreamHandler(before)
    logger = logging.getLogger("tests.engines.output")
    logger.addHandler(handler)
    try:

        def log(x: int) -> int:
            logger.warning("logged %s", x)
            return x

        (pf.Source([1], name="one") >> log >> pf.Sink(repr, name="end")).run(start_method="fork")
    finally:
        logger.removeHandler(handler)
    assert shown.text == "log: logged 1\n"
    assert handler.stream is before


def test_a_daemon_that_a_functor_starts_does_not_hold_up_the_end(shown: Heard) -> None:
    def start(x: int) -> int:
        daemon = subprocess.Popen(["sleep", "600"])
        print(daemon.pid)
        return x

    begin = time.monotonic()
    (pf.Source([1], name="one") >> start >> pf.Sink(repr, name="end")).run(start_method="fork")
    seconds = time.monotonic() - begin
    os.kill(int(shown.text.removeprefix("start: ")), signal.SIGKILL)
    assert seconds < 20


def test_no_descriptor_and_no_thread_is_left(shown: Heard) -> None:
    def held() -> tuple[int, list[str]]:
        import threading

        return len(os.listdir("/proc/self/fd")), sorted(thread.name for thread in threading.enumerate())

    talkative(3).run(start_method="fork")
    before = held()
    for _ in range(3):
        talkative(3).run(start_method="fork")
    assert held() == before


def test_a_pipeline_that_prints_for_head_ends_with_it(tmp_path: Path) -> None:
    text = """
import itertools, pipeflow as pf
if __name__ == "__main__":
    try:
        (pf.Source(itertools.count, name="numbers") >> pf.Sink(print, name="show")).run()
    except pf.PipeError as error:
        import json, sys
        print(json.dumps([str(error), error.pipe]), file=sys.stderr)
"""
    (tmp_path / "endless.py").write_text(text)
    shell = subprocess.Popen(
        f"{sys.executable} {tmp_path / 'endless.py'} | head -3",
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        printed, complaints = shell.communicate(timeout=40)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)  # not the shell alone
        raise
    assert printed.split() == ["0", "1", "2"]
    said, pipe = json.loads(next(line for line in complaints.splitlines() if line.startswith("[")))
    assert pipe == "show"
    assert "BrokenPipeError" in said
