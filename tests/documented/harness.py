"""Running a program of `programs` against the ancestor or against pipeflow, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a program did.

    Attributes:
        delivered: what its sinks received, by the name of the sink, in the order of arrival.
        code: its exit code; None when it had not ended in time and was killed.
        errors: what it wrote to stderr.
    """

    delivered: dict[str, list[Any]] = field(default_factory=dict)
    code: int | None = None
    errors: str = ""

    @property
    def hung(self) -> bool:
        """Whether it had to be killed."""
        return self.code is None

    def sorted(self) -> dict[str, list[Any]]:
        """What was delivered where, whatever the order."""
        return {where: sorted(items, key=repr) for where, items in self.delivered.items()}


def run(program: str, package: str, *arguments: str, deadline: float = 25.0, **environment: str) -> Outcome:
    """Run a program with all the processes it starts, for at most `deadline` seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.documented.programs.{program}", package, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    code: int | None
    try:
        output, errors = process.communicate(timeout=deadline)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the children that it waits for, too
        output, errors = process.communicate()
        code = None
    return Outcome(_delivered(output), code, errors)


def _delivered(output: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for line in output.splitlines():
        where, item = json.loads(line)
        found.setdefault(where, []).append(item)
    return found
