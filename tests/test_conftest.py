"""The fixture `no_process_left` can tell a process that stays from one that has gone."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from tests.conftest import command_line, descendants, is_permanent, outliving, parent_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# Says who it is and stays until its input is closed. A process being started shows no command line yet.
STAYING = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STAYING!r}])"


def test_children_of_children_are_seen_until_they_end() -> None:
    before = descendants(os.getpid())
    with staying(PARENT) as parent:
        grandchild = said_by(parent)
        started = descendants(os.getpid()) - before
        assert started == {parent.pid, grandchild}
        assert len(outliving(started, seconds=0.0)) == 2
        parent.communicate()  # closes its input
        assert outliving(started, seconds=20.0) == []


def test_a_process_that_nobody_has_waited_for_is_no_longer_running() -> None:
    zombie = subprocess.Popen([sys.executable, "-c", "pass"])
    assert outliving({zombie.pid}, seconds=20.0) == []
    zombie.wait()


def test_what_multiprocessing_keeps_is_not_counted() -> None:
    with staying(f"{STAYING}  # multiprocessing.forkserver") as permanent:
        assert said_by(permanent) == permanent.pid
        assert outliving({permanent.pid}, seconds=0.0) == []


def test_what_a_fork_server_has_made_is_counted() -> None:
    worker = multiprocessing.get_context("forkserver").Process(target=time.sleep, args=(60,))
    worker.start()
    assert worker.pid is not None
    assert "multiprocessing.forkserver" in command_line(worker.pid)
    assert len(outliving({worker.pid}, seconds=0.0)) == 1
    assert is_permanent(parent_of(worker.pid))
    worker.kill()
    assert outliving({worker.pid}, seconds=20.0) == []
    worker.join()


def staying(code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said_by(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())
