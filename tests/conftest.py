"""What every test may use: hypothesis profiles, no process left behind, figures that are kept."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.clusters import ray_cluster  # noqa: F401 - a fixture

# A case may start processes, so its time says nothing about its size: no deadline per case. The whole test
# has one, from pytest-timeout. PIPEFLOW_HYPOTHESIS=full is the long tier's choice.
settings.register_profile(
    "default", deadline=None, max_examples=50, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("full", settings.get_profile("default"), max_examples=2000)
settings.load_profile(os.environ.get("PIPEFLOW_HYPOTHESIS", "default"))

# Shells start what runs in the background with SIGINT ignored, and children inherit that. Tests of Ctrl-C, in
# processes of their own too, need the signal to arrive.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# multiprocessing's own, one of each, living as long as we do; everything else must be gone.
PERMANENT = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a measured figure, `figure("misses: 3 of 4000")`: printed at the end, kept by the long tier."""
    said = request.config.stash.setdefault(FIGURES, [])
    return lambda text: said.append(f"figure {request.node.name}: {text}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)


@pytest.fixture
def no_process_left() -> Iterator[None]:
    """Fail a test when a process that it started is alive five seconds after its end."""
    before = descendants(os.getpid())
    yield
    left = outliving(descendants(os.getpid()) - before, seconds=5.0)
    assert not left, "processes left behind: " + "; ".join(left)


def descendants(pid: int) -> set[int]:
    """Children and their children: whoever was orphaned meanwhile belongs to init and is not seen."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            listed = {int(word) for word in children.read_text().split()}
        except OSError:  # the thread ended while we looked
            continue
        found |= listed.union(*(descendants(child) for child in listed))
    return found


def outliving(pids: set[int], seconds: float) -> list[str]:
    """Those among `pids` that have not ended in time, with their command lines."""
    deadline = time.monotonic() + seconds
    return [
        f"{pid} {command_line(pid)}"
        for pid in sorted(pids)
        if not is_permanent(pid) and not ends_before(pid, deadline)
    ]


def is_permanent(pid: int) -> bool:
    """One of those that multiprocessing keeps. A worker that the fork server made has its command line; an
    orphan is nobody's server.
    """
    if not any(name in command_line(pid) for name in PERMANENT):
        return False
    parent = parent_of(pid)
    return parent > 1 and "multiprocessing.forkserver" not in command_line(parent)


def parent_of(pid: int) -> int:
    """0 when there is no such process any more."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[1])


def command_line(pid: int) -> str:
    """Empty when there is no such process any more, or only its entry."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(bytes(1), b" ").decode(errors="replace")
    except OSError:
        return ""


def ends_before(pid: int, deadline: float) -> bool:
    """True when the process has ended by then, waited for or not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
    finally:
        os.close(descriptor)
    return bool(ready)
