#!/usr/bin/env python3
"""Change the checks and the supervisor in one place at a time, and see whether a test notices.

    python .ci/mutation.py                     every mutant
    python .ci/mutation.py --sample 600        so many, drawn by --seed (0)
    python .ci/mutation.py --only joins.py     of one file

Run in a checkout with the README's environment; nothing is written. A mutant is killed by a failing test, an
error, or a limit of time (those are counted apart).

Lines that begin with "figure" are the result: the score of each file, and every survivor with its change.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pickle
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from mutant_runs import NOT_PUT, OPTIONS, ROOT, Collected, at_import
from mutants import Mutant, mutants

TARGETS = {"pipeflow/checks": "tests/checks", "pipeflow/runtime/supervisor.py": "tests/runtime"}
# Tests of time, of runs that lock up, and of many random graphs: too slow to run a thousand times.
LEFT_OUT = ("test_speed.py", "test_locking.py", "test_any_graph.py")
OF_SUPERVISOR = ("supervisor", "supervisor_states", "ending_loops", "recovery", "waits")


def tests_of(target: str) -> list[str]:
    """The tests of a target, as pytest is told."""
    folder = TARGETS[target]
    if target.endswith("supervisor.py"):
        return [f"{folder}/test_{name}.py" for name in OF_SUPERVISOR]
    return [folder, *(f"--ignore={folder}/{name}" for name in LEFT_OUT)]


class Score:
    """What became of the mutants that were run."""

    def __init__(self) -> None:
        self.run: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.limited = 0

    def add(self, mutant: Mutant, code: int) -> None:
        """Count one, and say so when it survived; `code` is how its process ended."""
        self.run[mutant.path] += 1
        self.limited += code < 0
        if code == 0:
            self.left[mutant.path] += 1
            print(f"figure survived {mutant}", flush=True)

    def report(self) -> float:
        """Print the score of each file and target; the worst target's, in percent."""
        for path, number in sorted(self.run.items()):
            print(f"figure {number - self.left[path]:4} of {number:4} killed  {path}")
        print(f"figure {self.limited} of them killed by a limit of time")
        scores = [100.0]
        for target in TARGETS:
            number = sum(count for path, count in self.run.items() if path.startswith(target))
            if number:
                killed = number - sum(count for path, count in self.left.items() if path.startswith(target))
                scores.append(100 * killed / number)
                print(f"figure score {scores[-1]:.1f} %: {killed} of {number} killed  {target}", flush=True)
        return min(scores)


def drawn(said: argparse.Namespace) -> list[Mutant]:
    """The mutants to run, in any order."""
    paths = [path for target in TARGETS for path in [ROOT / target, *sorted((ROOT / target).rglob("*.py"))]]
    wanted = [path for path in paths if path.is_file() and said.only in str(path)]
    found = [mutant for path in wanted for mutant in mutants(path, ROOT)]
    number = said.sample if 0 < said.sample < len(found) else len(found)
    some = random.Random(said.seed).sample(found, number)
    print(f"figure {len(found)} mutants, {len(some)} of them run (seed {said.seed})", flush=True)
    return some


def run_in_functions(target: str, chosen: list[Mutant], score: Score) -> tuple[Score, list[Mutant]] | None:
    """Run mutants that are inside of functions, in a process that may import the project.

    Args:
        target: what they are mutants of.
        chosen: the mutants.
        score: what became of others.

    Returns:
        The score with these, and those that have to be imported; None when the tests fail without any change.
    """
    with tempfile.NamedTemporaryFile() as file:
        pid = os.fork()
        if pid == 0:
            code = 2
            try:
                code = write_ends(target, chosen, score, Path(file.name))
            finally:
                os._exit(code)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
            return None
        score, later = pickle.loads(file.read())
        return score, [chosen[number] for number in later]


def write_ends(target: str, chosen: list[Mutant], score: Score, to: Path) -> int:
    """Do what `run_in_functions` says; 0 when the tests pass without any change."""
    later: list[int] = []

    def ended(mutant: Mutant, code: int) -> None:
        if code == NOT_PUT:
            later.append(next(number for number, each in enumerate(chosen) if each is mutant))
        else:
            score.add(mutant, code)

    collected = Collected(chosen, ended)
    pytest.main([*OPTIONS, *tests_of(target)], plugins=[collected])
    to.write_bytes(pickle.dumps((score, later)))
    return 0 if collected.sound else 2


def main() -> int:
    """0 when the score is as high as asked for; 2 when the tests fail without any change."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, default=0, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of a file's name")
    parser.add_argument("--at-least", type=float, default=0.0, help="fail below this score, in percent")
    said = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for package in ("hypothesis", "networkx", "numpy", "pytest"):
        importlib.import_module(package)  # loaded once, for all the processes that are forked
    chosen, score, begin = drawn(said), Score(), time.monotonic()
    for target in TARGETS:
        of_target = [mutant for mutant in chosen if mutant.path.startswith(target)]
        if of_target:
            ended = run_in_functions(target, [mutant for mutant in of_target if mutant.spot.within], score)
            if ended is None:
                print(f"the tests of {target} fail without any change", flush=True)
                return 2
            score, later = ended
            for mutant in [*later, *(mutant for mutant in of_target if not mutant.spot.within)]:
                score.add(mutant, at_import(mutant, tests_of(target)))
    worst = score.report()
    print(f"{time.monotonic() - begin:.0f} s", flush=True)
    return int(worst < said.at_least)


if __name__ == "__main__":
    sys.exit(main())
