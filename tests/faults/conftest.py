"""These tests run on machines that are busy on purpose: a deadline is there against a hang alone."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DEADLINE = 240


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("timeout") is not None:  # somebody knows better
        return
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(DEADLINE))


@pytest.fixture
def no_process_left(no_process_left: None) -> Iterator[None]:
    """Nor, here, a thread of the library, a socket, or shared memory in this process."""
    before = belongings()
    yield
    deadline = time.monotonic() + 5.0
    while (kept := belongings() - before) and time.monotonic() < deadline:
        gc.collect()  # what an exception of the test still held
        time.sleep(0.01)  # a thread that ends tells nobody
    assert not kept, "left behind: " + "; ".join(sorted(kept))


def belongings() -> set[str]:
    """Of this process: the library's threads, sockets, and files that are memory."""
    threads = {f"{t.name} {t.ident}" for t in threading.enumerate() if t.name.startswith("pipeflow")}
    links: set[str] = set()
    for entry in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):  # that with which we look
            links.add(os.readlink(entry))
    return threads | {link for link in links if link.startswith(("socket:", "/memfd:", "/dev/shm/"))}
