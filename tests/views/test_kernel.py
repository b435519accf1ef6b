"""A run in a notebook's kernel: it is shown while it goes on, and interrupting the kernel ends it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DEADLINE = 30.0
METHODS = [
    "fork",
    pytest.param("forkserver", marks=pytest.mark.slow),
    pytest.param("spawn", marks=pytest.mark.slow),
]

SLOW = """
import os, time
import pipeflow as pf

def numbers(n=10_000):
    yield from range(n)

def slow(x):
    time.sleep(0.02)
    return x
"""


class Kernel:
    """A kernel of this Python, and what its cells have said."""

    def __init__(self, client: Any, manager: Any) -> None:
        self.client, self.manager = client, manager

    def begin(self, code: str) -> str:
        """Start a cell; its id."""
        return str(self.client.execute(code))

    def messages(self, cell: str) -> Iterator[dict[str, Any]]:
        """What a cell says, until it has ended."""
        deadline = time.monotonic() + DEADLINE
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != cell:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return
            yield message

    def run(self, code: str) -> list[dict[str, Any]]:
        """A cell from its beginning to its end."""
        return list(self.messages(self.begin(code)))

    def value(self, code: str) -> str:
        """The value of an expression, as text."""
        for message in self.run(code):
            if message["msg_type"] == "execute_result":
                return str(message["content"]["data"]["text/plain"])
        raise AssertionError(f"{code} has no value")


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    pytest.importorskip("ipykernel")
    manager_of = pytest.importorskip("jupyter_client.manager")
    folder = tmp_path / "kernels" / "mine"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "mine", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    manager = manager_of.KernelManager(kernel_name="mine")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=DEADLINE)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_the_panel_is_one_output_that_is_updated(no_process_left: None, kernel: Kernel) -> None:
    kernel.run(SLOW)
    said = kernel.run("report = (pf.Source(numbers(80)) >> slow >> pf.Sink(print, name='k')).run(); None")
    shown = [message for message in said if message["msg_type"] in ("display_data", "update_display_data")]
    assert [message["msg_type"] for message in shown[:2]] == ["display_data", "update_display_data"]
    assert len({message["content"]["transient"]["display_id"] for message in shown}) == 1
    last = shown[-1]["content"]["data"]["text/html"]
    assert "bottleneck" in last
    assert "ran " in last
    assert kernel.value("report.bottleneck") == "'slow'"


def written(said: list[dict[str, Any]]) -> str:
    """What a cell's standard output and error show."""
    return "".join(message["content"]["text"] for message in said if message["msg_type"] == "stream")


TALKING = """
import logging, os, sys, time
import pipeflow as pf

logging.basicConfig(format="%(message)s")

def talk(x):
    print("print", x)
    logging.getLogger("mine").warning("log %s", x)
    os.write(1, b"raw\\n")
    return x
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("method", METHODS)
def test_what_workers_write_is_shown_in_the_cell(no_process_left: None, kernel: Kernel, method: str) -> None:
    kernel.run(TALKING)
    line = (
        "(pf.Source([1, 2]) >> pf.Transform(talk) >> pf.Sink(repr, name='end')).run(start_method='%s'); None"
    )
    said = written(kernel.run(line % method)).splitlines()
    assert sorted(said) == sorted(
        f"talk: {text}" for x in (1, 2) for text in (f"print {x}", f"log {x}", "raw")
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_late_lines_are_shown_in_the_cell_that_began_the_run(
    no_process_left: None, kernel: Kernel, tmp_path: Path
) -> None:
    kernel.run(TALKING)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    began = kernel.begin(
        f"""
def late(x):
    open({str(gate)!r}).read()  # until a later cell lets it go on
    print("late", x)
    return x

system = pf.PipeSystem(pf.Source([1], name="one") >> late >> pf.Sink(repr, name="end")).compile()
system.run()
"""
    )
    assert not written(list(kernel.messages(began)))
    second = kernel.begin(f"open({str(gate)!r}, 'w').close(); system.close(); print('second')")
    texts: dict[str, str] = {}
    while "late" not in texts.get(began, "") or "second" not in texts.get(second, ""):
        message = kernel.client.get_iopub_msg(timeout=DEADLINE)
        if message["msg_type"] == "stream":
            cell = message["parent_header"]["msg_id"]
            texts[cell] = texts.get(cell, "") + message["content"]["text"]
    assert texts == {began: "late: late 1\n", second: "second\n"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("method", METHODS)
def test_interrupting_the_kernel_ends_the_run_and_nothing_else(
    no_process_left: None, kernel: Kernel, method: str
) -> None:
    kernel.run(SLOW)
    flow = "(pf.Source(numbers) >> pf.Transform(slow) * 2 >> pf.Sink(print, name='k'))"
    cell = kernel.begin(f"{flow}.run(start_method={method!r})")
    said: list[dict[str, Any]] = []
    for message in kernel.messages(cell):
        if message["msg_type"] == "stream" and not any(each["msg_type"] == "stream" for each in said):
            kernel.manager.interrupt_kernel()
        said.append(message)
    errors = [message["content"]["ename"] for message in said if message["msg_type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    text = "".join(
        m["content"]["text"] for m in said if m["msg_type"] == "stream" and m["content"]["name"] == "stderr"
    )
    assert "Traceback" not in text
    children = kernel.value("open(f'/proc/{os.getpid()}/task/{os.getpid()}/children').read().split()")
    alive = [pid for pid in json.loads(children.replace("'", '"')) if is_worker(int(pid))]
    assert alive == []
    assert kernel.value("sum(pf.Source(numbers(10)) >> pf.Transform(slow))") == "45"


def is_worker(pid: int) -> bool:
    """Whether the process is neither gone nor one of multiprocessing's own."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return bool(command) and b"multiprocessing." not in command and os.path.exists(f"/proc/{pid}")
