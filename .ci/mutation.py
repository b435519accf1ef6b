#!/usr/bin/env python3
"""Change the checks and the supervisor in one place at a time, and see whether a test notices.

    python .ci/mutation.py                     every mutant
    python .ci/mutation.py --sample 600        so many, drawn by --seed (0)
    python .ci/mutation.py --only joins.py     of one file

Run in a checkout with the README's environment. Each mutant lives in a forked process, which gets the changed
module from an import hook: nothing is written. The tests of the module's own name run first, then the rest of
its folder. A mutant that ends in a failing test, an import error or a timeout is killed.

Lines that begin with "figure" are the result: the score of each file, and every survivor with its change.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import random
import resource
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 90.0
BYTES = 4 << 30
TARGETS = {"pipeflow/checks": "tests/checks", "pipeflow/runtime/supervisor.py": "tests/runtime"}
# Tests of time, of the machine's own processes, and of many random graphs: too slow to run a thousand times.
LEFT_OUT = ("test_speed.py", "test_any_graph.py")

COMPARED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Div: ast.Mult,
}  # fmt: skip


class Mutant(NamedTuple):
    """One change: where, what it was and is, and the whole module with it."""

    path: str
    line: int
    was: str
    now: str
    source: str


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    yield from of_expression(node)
    yield from of_statement(node)


def of_expression(node: ast.AST) -> Iterator[ast.AST]:
    """Another operator or constant, or a part instead of the whole."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        changed = copy.deepcopy(node)
        changed.ops[0] = COMPARED[type(node.ops[0])]()
        yield changed
    elif isinstance(node, ast.BoolOp):
        changed = copy.deepcopy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield changed
        yield copy.deepcopy(node.values[0])
        yield copy.deepcopy(node.values[-1])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
        changed = copy.deepcopy(node)
        changed.op = COUNTED[type(node.op)]()
        yield changed
    elif isinstance(node, ast.Constant):
        yield from constants(node)
    elif isinstance(node, ast.IfExp):
        yield copy.deepcopy(node.body)
        yield copy.deepcopy(node.orelse)


def of_statement(node: ast.AST) -> Iterator[ast.AST]:
    """Another branch, nothing returned, nothing done."""
    if isinstance(node, ast.If):
        for test in (ast.Constant(True), ast.Constant(False)):
            changed = copy.deepcopy(node)
            changed.test = test
            yield changed
    elif isinstance(node, ast.Return) and node.value is not None and not is_none(node.value):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and not is_text(node):
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.Break):
        yield ast.Continue()


def constants(node: ast.Constant) -> Iterator[ast.Constant]:
    """A flag turned over, a number one more, a text that nobody expects."""
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, (int, float)):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, str):
        yield ast.Constant(f"{node.value}~")


def is_none(node: ast.AST) -> bool:
    """The constant None."""
    return isinstance(node, ast.Constant) and node.value is None


def is_text(node: ast.AST) -> bool:
    """A docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_fixed(node: ast.AST) -> bool:
    """No test is expected to notice a change of it: a docstring, an import, ``__all__``."""
    listed = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    return listed or is_text(node) or isinstance(node, (ast.Import, ast.ImportFrom))


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node that may change, with its parent; not annotations, docstrings, imports or type variables."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment", "bases"):
            continue
        if isinstance(node, ast.If) and name == "body" and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not is_fixed(child):
                yield node, name, index, child
                yield from places(child)


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of a file."""
    tree = ast.parse(path.read_text())
    for parent, name, index, node in list(places(tree)):
        for changed in changes(node):
            ast.fix_missing_locations(ast.copy_location(changed, node))
            put(parent, name, index, changed)
            source = ast.unparse(tree)
            put(parent, name, index, node)
            yield Mutant(str(path.relative_to(ROOT)), node.lineno, short(node), short(changed), source)  # type: ignore[attr-defined]


def put(parent: ast.AST, name: str, index: int | None, node: ast.AST) -> None:
    """Set a field of a node, or an entry of it."""
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def short(node: ast.AST) -> str:
    """Its code, cut."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."


class Changed(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Gives one module with its change in it."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.module = mutant.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:
        """See `importlib.abc.MetaPathFinder`; every module but this one is left to others."""
        if fullname != self.module:
            return None
        file = ROOT / self.mutant.path
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        spec_of = importlib.util.spec_from_file_location
        return spec_of(fullname, file, loader=self, submodule_search_locations=folders)

    def get_filename(self, fullname: str) -> str:
        """See `importlib.abc.SourceLoader`."""
        return str(ROOT / self.mutant.path)

    def get_data(self, path: str) -> bytes:
        """The changed source."""
        return self.mutant.source.encode()

    def path_stats(self, path: str) -> dict[str, float]:
        """See `importlib.abc.SourceLoader`."""
        raise OSError("no cached code")


def tests_of(path: str) -> list[list[str]]:
    """The tests to run, a list after the other: those of the same name, then all of the folder."""
    folder = next(tests for target, tests in TARGETS.items() if path.startswith(target))
    if path.endswith("supervisor.py"):
        names = ("supervisor", "supervisor_states", "ending_loops", "recovery", "waits")
        return [[f"tests/runtime/test_{name}.py" for name in names]]
    own = (
        ROOT
        / folder
        / Path(path).relative_to("pipeflow/checks").parent
        / f"test_{Path(path).name.lstrip('_')}"
    )
    rest = [folder, *(f"--ignore={folder}/{name}" for name in LEFT_OUT)]
    return [[str(own.relative_to(ROOT))], rest] if own.exists() else [rest]


def child(mutant: Mutant) -> int:
    """In the forked process: 0 when no test noticed."""
    import pytest

    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    sys.meta_path.insert(0, Changed(mutant))
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", "--timeout", "60"]
    # What was loaded before the fork is no test.
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for tests in tests_of(mutant.path):
        if pytest.main([*options, *tests]) != 0:
            return 1
    return 0


def survives(mutant: Mutant) -> bool:
    """Run its tests in a process of its own."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setsid()
            code = child(mutant)
        finally:
            os._exit(code)
    descriptor = os.pidfd_open(pid)
    ended, _, _ = select.select([descriptor], [], [], SECONDS)
    os.close(descriptor)
    if not ended:
        os.killpg(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return status == 0


def report(run: Counter[str], left: Counter[str]) -> float:
    """Print the score of each file and target; the worst target's, in percent."""
    for path, number in sorted(run.items()):
        print(f"figure {number - left[path]:4} of {number:4} killed  {path}", flush=True)
    scores = [100.0]
    for target in TARGETS:
        number = sum(count for path, count in run.items() if path.startswith(target))
        if number:
            killed = number - sum(count for path, count in left.items() if path.startswith(target))
            scores.append(100 * killed / number)
            print(f"figure score {scores[-1]:.1f} %: {killed} of {number} killed  {target}", flush=True)
    return min(scores)


def drawn(said: argparse.Namespace) -> list[Mutant]:
    """The mutants to run, in any order: so a run that is cut short has seen some of every file."""
    paths = [path for target in TARGETS for path in [ROOT / target, *sorted((ROOT / target).rglob("*.py"))]]
    wanted = [path for path in paths if path.is_file() and said.only in str(path)]
    found = [mutant for path in wanted for mutant in mutants(path)]
    number = said.sample if 0 < said.sample < len(found) else len(found)
    some = random.Random(said.seed).sample(found, number)
    print(f"figure {len(found)} mutants, {len(some)} of them run (seed {said.seed})", flush=True)
    return some


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
    chosen = drawn(said)
    one_of_each = {str(tests_of(mutant.path)[-1]): mutant.path for mutant in chosen}
    for path in one_of_each.values():
        if not survives(Mutant(path, 0, "", "", (ROOT / path).read_text())):
            print(f"the tests of {path} fail without any change", flush=True)
            return 2
    begin = time.monotonic()
    run: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for mutant in chosen:
        run[mutant.path] += 1
        if survives(mutant):
            left[mutant.path] += 1
            print(f"figure survived {mutant.path}:{mutant.line}  {mutant.was}  ->  {mutant.now}", flush=True)
    score = report(run, left)
    print(f"{time.monotonic() - begin:.0f} s", flush=True)
    return int(score < said.at_least)


if __name__ == "__main__":
    sys.exit(main())
