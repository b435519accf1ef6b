"""Where a part of the long tier works: a clean copy of the checkout, fresh environments, a log."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600.0
NO_TESTS_COLLECTED = 5


class NotRun(Exception):
    """This machine, or the project as it stands, has nothing to run for a part; says why."""


class Failed(Exception):
    """A command of a part failed."""


@dataclass(frozen=True)
class Place:
    """Where one part works: a temporary folder, a clean copy of the checkout in it, and a log."""

    folder: Path
    copy: Path
    log: list[str]

    def note(self, line: str) -> None:
        """Print a line and keep it for the results."""
        print(line, flush=True)
        self.log.append(line)

    def run(self, *command: str | Path, cwd: Path | None = None, hours: float = 1.0) -> int:
        """Run a command, pass its output on as it comes, and end its whole process group at the deadline."""
        process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd or self.copy, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ(),
        )  # fmt: skip
        deadline = threading.Timer(hours * HOUR, lambda: os.killpg(process.pid, signal.SIGKILL))
        deadline.start()
        try:
            for line in process.stdout or ():
                self.note(line.rstrip("\n"))
            return process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            deadline.cancel()

    def must(self, *command: str | Path, cwd: Path | None = None, hours: float = 1.0) -> None:
        """Run a command that has to succeed."""
        code = self.run(*command, cwd=cwd, hours=hours)
        if code:
            raise Failed(f"exit {code}: {' '.join(str(word) for word in command)}")

    def environment(
        self, *requirements: str | Path, python: str | Path = sys.executable, name: str = "env"
    ) -> Path:
        """Make a fresh virtual environment with these requirements; its python is returned."""
        self.must(python, "-m", "venv", self.folder / name)
        made = self.folder / name / "bin" / "python"
        self.must(made, "-m", "pip", "install", "-q", *requirements)
        return made

    def wheel(self, source: str = "--wheel", into: str = "dist") -> Path:
        """Build the wheel: from the tree, or with no `source` by way of the source archive."""
        python = self.folder / "build" / "bin" / "python"
        if not python.exists():
            self.environment("build", name="build")
        self.must(python, "-m", "build", *filter(None, [source]), "-o", self.folder / into, ".")
        return next((self.folder / into).glob("*.whl"))

    def tests(self, python: Path, *options: str, cwd: Path | None = None, hours: float = 1.0) -> None:
        """Run pytest; that there is nothing to run is no failure."""
        code = self.run(python, "-m", "pytest", *options, cwd=cwd, hours=hours)
        if code == NO_TESTS_COLLECTED:
            raise NotRun("there are no such tests yet")
        if code:
            raise Failed(f"pytest ended with exit code {code}")

    def tests_of_wheel(self, python: Path, name: str) -> None:
        """Run the tests in a folder without the sources, so that they can only see what is installed."""
        folder = self.folder / name
        folder.mkdir()
        for part in ("tests", "docs", "notebooks", "README.md", "CHANGELOG.md", "pyproject.toml"):
            source = self.copy / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
        of_sources = ("tests/test_layers.py", "tests/faults/test_mutations.py")
        # Properties are tried with more examples than usual; 3.13.0 can crash while it shows a busy thread.
        patient = ("--timeout", "600", "-o", "faulthandler_timeout=0")
        self.tests(python, *patient, *(f"--ignore={path}" for path in of_sources), cwd=folder)


def environ() -> dict[str, str]:
    """The caller's environment, without what would let another checkout or environment be seen."""
    # Without bytecode every worker that is spawned would compile everything anew.
    dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PIPEFLOW_HYPOTHESIS": "full", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}


def pythons_found() -> Iterator[Path]:
    """One interpreter for each minor version from 3.10 on: from pyenv, else from the path.

    PYTHONS="3.12 3.13" leaves the others out.
    """
    wanted = os.environ.get("PYTHONS", "").split()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for minor in range(10, 16):
        if wanted and f"3.{minor}" not in wanted:
            continue
        on_path = shutil.which(f"python3.{minor}")
        candidates = [*sorted(pyenv.glob(f"3.{minor}.*/bin/python")), *([Path(on_path)] if on_path else [])]
        yield from [path for path in candidates if can_make_environments(path)][:1]


def can_make_environments(python: Path) -> bool:
    """Debian's pythons come without ensurepip, pyenv's may be broken or be a shim of nothing."""
    tried = subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    return tried.returncode == 0


def version_of(python: Path | str) -> str:
    """What the interpreter calls itself, as `3.10.13`."""
    code = "import platform; print(platform.python_version())"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
