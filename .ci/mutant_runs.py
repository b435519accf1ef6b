"""Running a mutant: in a forked process, against the tests that could notice it.

Most mutants are inside of a function. They are put into that function where all tests are collected already,
and meet the tests that run its statement, found beforehand: a test that does not run it can not notice.
What is left, what runs at import, meets all tests in a process that imports it.

How such a process ends: 0 when no test noticed, 1 when one did, less than 0 when a limit of time ended it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.abc
import importlib.util
import os
import pickle
import resource
import select
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from mutants import Mutant

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120.0
COMPUTING = 40
"""Seconds of the processor's time: all tests together take a fifth of it."""
BYTES = 4 << 30
# Plugins that write or shuffle are off; and what was loaded before the fork is no test.
OPTIONS = ["-x", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", "--timeout", "60"]
OPTIONS += [
    "-o",
    "faulthandler_timeout=0",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "--assert",
    "plain",
]
NOT_PUT = 4
"""How a process ends whose mutant can't be put into a living function."""

Lines = set[tuple[str, int]]


def own_tests(path: str) -> str:
    """The file that tests a module, by the layout that mirrors it."""
    folder, name = path.replace("pipeflow/", "tests/", 1).rsplit("/", 1)
    return f"{folder}/test_{name.lstrip('_')}"


def forked(work: Callable[[], int], seconds: float = SECONDS) -> int:
    """How a process of its own ends that does this work: its code, or minus the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            code = work()
        finally:
            os._exit(code)
    descriptor = os.pidfd_open(pid)
    ended, _, _ = select.select([descriptor], [], [], seconds)
    os.close(descriptor)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what a test had started
    return code


def limit_computing() -> None:
    """End this process when it computes for too long: a loop that has lost its end."""
    resource.setrlimit(resource.RLIMIT_CPU, (COMPUTING, COMPUTING))


# ---------------------------------------------------------------- inside of functions


class Collected:
    """A plugin for pytest: where it would run the tests it has collected, it runs mutants against them.

    Args:
        chosen: the mutants.
        ended: is told each mutant, and how its process ended.
    """

    def __init__(self, chosen: list[Mutant], ended: Callable[[Mutant, int], None]) -> None:
        self.chosen, self.ended = chosen, ended
        self.failed = self.sound = self.hasty = False

    def pytest_runtest_logreport(self, report: Any) -> None:
        """See pytest."""
        self.failed |= report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """See pytest; a mutant's process ends here, as writing the report takes longer than all the rest."""
        if self.hasty and call.excinfo and not isinstance(call.excinfo.value, pytest.skip.Exception):
            os._exit(1)

    def pytest_runtestloop(self, session: Any) -> bool:
        """See pytest; True says that it's done."""
        for mutant in self.chosen:
            importlib.import_module(mutant.module)
        gc.collect()
        gc.freeze()  # what is shared with the forked processes stays so
        seen = self._seen(session.items)
        self.sound = seen is not None
        if seen is not None:
            runs = by_line(lines for lines, _ in seen)
            for mutant in self.chosen:
                numbers = sorted(running(mutant, runs), key=lambda number: seen[number][1])
                items = [session.items[number] for number in numbers]
                items.sort(key=lambda item: not item.nodeid.startswith(own_tests(mutant.path)))
                self.ended(mutant, forked(functools.partial(self._with, mutant, items)))
        return True

    def _seen(self, items: list[Any]) -> list[tuple[Lines, float]] | None:
        """The lines that each test runs, and its seconds; None when one of them fails."""
        files = {str(ROOT / mutant.path): mutant.path for mutant in self.chosen}
        with tempfile.NamedTemporaryFile() as file:

            def work() -> int:
                found: list[tuple[Lines, float]] = []
                for item in items:
                    begin = time.monotonic()
                    lines = lines_run(functools.partial(self._fails, item), files)
                    found.append((lines, time.monotonic() - begin))
                Path(file.name).write_bytes(pickle.dumps(found))
                return int(self.failed)

            return pickle.loads(file.read()) if forked(work, 3600) == 0 else None

    def _with(self, mutant: Mutant, items: list[Any]) -> int:
        if not put_in(mutant):
            return NOT_PUT
        limit_computing()
        self.hasty = True
        return int(any(self._fails(item) for item in items))

    def _fails(self, item: Any) -> bool:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self.failed


def by_line(seen: Iterator[Lines]) -> dict[tuple[str, int], set[int]]:
    """The numbers of the tests that run a line."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    for number, lines in enumerate(seen):
        for line in lines:
            found[line].add(number)
    return found


def running(mutant: Mutant, runs: dict[tuple[str, int], set[int]]) -> set[int]:
    """The numbers of the tests that run a line of the mutant's statement."""
    first, last = mutant.spot.lines
    return {number for line in range(first, last + 1) for number in runs[mutant.path, line]}


def lines_run(work: Callable[[], object], files: dict[str, str]) -> Lines:
    """Do some work; the lines of these files that it ran."""
    lines: Lines = set()

    def of_file(frame: FrameType, event: str, arg: object) -> Any:
        path = files.get(frame.f_code.co_filename)
        if path is None:
            return None

        def of_line(frame: FrameType, event: str, arg: object) -> Any:
            lines.add((path, frame.f_lineno))
            return of_line

        return of_line(frame, event, arg)

    threading.settrace(of_file)
    sys.settrace(of_file)
    try:
        work()
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    return lines


def put_in(mutant: Mutant) -> bool:
    """Give the living function the mutant's code; False where that can't be done."""
    found: Any = sys.modules[mutant.module]
    changed: CodeType | None = mutant.code()
    for name in mutant.spot.within:
        found = vars(found).get(name)
        changed = next((c for c in changed.co_consts if isinstance(c, CodeType) and c.co_name == name), None)
        if found is None or changed is None:
            return False
    found = getattr(found, "fget", found)
    found = getattr(found, "__wrapped__", getattr(found, "__func__", found))
    if not isinstance(found, FunctionType) or found.__code__.co_firstlineno != changed.co_firstlineno:
        return False
    try:
        found.__code__ = changed.replace(co_filename=found.__code__.co_filename)
    except ValueError:
        return False  # it has another number of variables of functions around it
    return True


# ---------------------------------------------------------------- what runs at import


class Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module with its change in it."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:
        """See `importlib.abc.MetaPathFinder`; every module but this one is left to others."""
        if fullname != self.mutant.module:
            return None
        file = ROOT / self.mutant.path
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        spec_of = importlib.util.spec_from_file_location
        return spec_of(fullname, file, loader=self, submodule_search_locations=folders)

    def get_source(self, fullname: str) -> str:
        """See `importlib.abc.InspectLoader`."""
        return (ROOT / self.mutant.path).read_text()

    def get_code(self, fullname: str) -> CodeType:
        """See `importlib.abc.InspectLoader`."""
        return self.mutant.code()


def at_import(mutant: Mutant, tests: list[str]) -> int:
    """How a process ends that imports the mutant; to be called where nothing of the project is imported yet.

    Args:
        mutant: the change.
        tests: files and folders for pytest; the file of the module's own tests runs first.
    """

    def work() -> int:
        limit_computing()
        sys.meta_path.insert(0, Changed(mutant))
        own = own_tests(mutant.path)
        rounds = [[own], tests] if (ROOT / own).exists() else [tests]
        return int(any(pytest.main([*OPTIONS, *each]) != 0 for each in rounds))

    return forked(work)
