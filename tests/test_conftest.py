"""The fixture `no_process_left` can tell a process that stays from one that has gone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import descendants, outliving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# Starts a child of its own, says so, and both stay until their input is closed.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
print(child.pid, flush=True)
sys.stdin.read()
child.wait()
"""


def test_children_of_children_are_seen_until_they_end() -> None:
    before = descendants(os.getpid())
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        grandchild = int(parent.stdout.readline())
        started = descendants(os.getpid()) - before
        assert started == {parent.pid, grandchild}
        assert len(outliving(started, seconds=0.0)) == 2
        assert parent.stdin is not None
        parent.stdin.close()
        assert outliving(started, seconds=20.0) == []


def test_a_process_that_nobody_has_waited_for_is_no_longer_running() -> None:
    zombie = subprocess.Popen([sys.executable, "-c", "pass"])
    assert outliving({zombie.pid}, seconds=20.0) == []
    zombie.wait()


def test_what_multiprocessing_keeps_is_not_counted() -> None:
    code = "import sys; sys.stdin.read()  # multiprocessing.forkserver"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as permanent:
        assert outliving({permanent.pid}, seconds=0.0) == []
