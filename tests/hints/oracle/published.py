# ruff: noqa: E501
"""The second comparison: functions of published, annotated packages, as their authors wrote them.

Two questions. Which calls ``f(g(x))`` in their own source would be flagged (none should)? And of random pairs of
their functions that mypy and pyright both refuse, which are not flagged (2 % at most) or called good (0.5 %)?

    python -m tests.hints.oracle.published [--pairs 4000] [--seed N] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import inspect
import io
import json
import keyword
import pkgutil
import random
import secrets
import subprocess
import sys
import tempfile
import types
import typing as t
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeflow.hints import UNKNOWN, FunctorFacts, assignable, read, strip_none
from pipeflow.hints.items import returned
from pipeflow.hints.rebuilding import variables

PACKAGES = [
    "anyio", "attr", "attrs", "black", "cattrs", "click", "fastapi", "flask", "httpx", "hypothesis", "jinja2",
    "marshmallow", "packaging", "pandas", "pendulum", "PIL", "polars", "pydantic", "rich", "starlette", "structlog",
    "textual", "trio", "typer", "uvicorn", "virtualenv", "websockets", "werkzeug", "xarray",
]  # fmt: skip
SKIP = ("__main__", "test", "tests", "_tests", "conftest", "vendor", "_vendor", "cli", "seed", "demo")
HEADER = """import typing as t
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
R = TypeVar("R")
some: Any = object()
def ret(f: Callable[..., R]) -> R: ...
def ret_async(f: Callable[..., Awaitable[R]]) -> R: ...
"""


@dataclass
class Function:
    name: str  # where it can be imported from
    value: Any
    facts: FunctorFacts


@dataclass
class Edge:
    producer: Function
    consumer: Function
    position: int = 0
    composes: bool = False
    through_name: bool = False  # by a local name, which may have been narrowed between (isinstance, is None)
    verdict: str = ""
    certain: bool = False
    reason: str = ""
    mypy: str = ""
    pyright: str = ""
    valid: bool = True

    @property
    def line(self) -> str:
        ret = "ret_async" if inspect.iscoroutinefunction(self.producer.value) else "ret"
        before = "some, " * self.position
        return f"{self.consumer.name}({before}{ret}({self.producer.name}), *some, **some)"

    def judge(self) -> None:
        taken = self.consumer.facts.parameters[self.position].annotation
        given = returned(self.producer.facts)
        answer = assignable(strip_none(given) if self.through_name else given, taken)
        self.verdict, self.certain, self.reason = answer.verdict, answer.certain, answer.reason


@dataclass
class Score:
    seed: int
    functions: int
    packages: int
    composing: list[Edge] = field(default_factory=list)
    pairs: list[Edge] = field(default_factory=list)

    @property
    def good(self) -> list[Edge]:
        return [e for e in self.pairs if e.valid and not e.mypy and not e.pyright]

    @property
    def differ(self) -> list[Edge]:
        return [e for e in self.pairs if e.valid and bool(e.mypy) != bool(e.pyright)]

    @property
    def bad(self) -> list[Edge]:
        return [e for e in self.pairs if e.valid and e.mypy and e.pyright]

    @property
    def false_alarms(self) -> list[Edge]:
        """What composes, by the authors' source or by both checkers, and is flagged all the same."""
        direct = [e for e in self.composing if not e.through_name and not (e.mypy and e.pyright)]
        named = [e for e in self.composing if e.through_name and not e.mypy and not e.pyright]
        return [e for e in (*direct, *named, *self.good) if e.verdict == "mismatch"]

    @property
    def missed(self) -> list[Edge]:
        return [e for e in self.bad if e.verdict != "mismatch"]

    @property
    def called_ok(self) -> list[Edge]:
        return [e for e in self.bad if e.verdict == "ok"]

    def problems(self) -> list[str]:
        """The bars that are not kept."""
        bars = {
            "fewer than 20 packages": self.packages >= 20,
            "fewer than 100 composing calls": len(self.composing) >= 100,
            "a composing call is flagged": not any(edge.composes for edge in self.false_alarms),
            # Of a random call of an overloaded function the checkers know too little, and let it through.
            "false alarms": len(self.false_alarms) <= 0.005 * len(self.pairs),
            "too few bad pairs": len(self.bad) >= 0.2 * len(self.pairs),
            "not flagged": len(self.missed) <= 0.02 * len(self.bad),
            "called good": len(self.called_ok) <= 0.005 * len(self.bad),
        }
        return [name for name, kept in bars.items() if not kept]

    def summary(self) -> str:
        bad = max(1, len(self.bad))
        told = sum(1 for e in self.composing if e.verdict == "ok")
        return (
            f"seed {self.seed}: {self.functions} annotated functions of {self.packages} packages\n"
            f"{len(self.composing)} calls in their source compose: {told} called good, "
            f"{sum(1 for e in self.composing if e.verdict == 'mismatch')} flagged\n"
            f"{len(self.good)} random pairs are good, {len(self.bad)} bad for both checkers, on {len(self.differ)} they differ: false alarms {len(self.false_alarms)}, "
            f"not flagged {len(self.missed)} ({100 * len(self.missed) / bad:.2f} %), "
            f"called good {len(self.called_ok)} ({100 * len(self.called_ok) / bad:.2f} %)"
        )

    def listing(self, *, differ: bool = False) -> str:
        lines: list[str] = []
        for title, edges in (("FALSE ALARM", self.false_alarms), ("NOT FLAGGED", self.missed)):
            for e in edges:
                lines.append(f"{title} {e.line}\n    we: {e.verdict}: {e.reason}\n    mypy: {e.mypy}")
        for e in self.differ if differ else ():
            lines.append(
                f"DIFFER {e.line}\n    we: {e.verdict}: {e.reason}\n    mypy: {e.mypy}\n    pyright: {e.pyright}"
            )
        return "\n".join(lines)


def load(packages: list[str]) -> list[Function]:
    """Import every module of the packages and collect their annotated functions."""
    found: dict[int, Function] = {}
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        for package in packages:
            for name in _modules(package):
                with contextlib.suppress(BaseException):
                    importlib.import_module(name)
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in packages and isinstance(module, types.ModuleType):
            _collect(name, module, found)
    return list(found.values())


def _modules(package: str) -> Iterator[str]:
    try:
        top = importlib.import_module(package)
    except ImportError:
        return
    yield package
    for info in pkgutil.walk_packages(top.__path__, package + ".", onerror=lambda _: None):
        if not any(part in SKIP or part.startswith("test") for part in info.name.split(".")):
            yield info.name


def _collect(name: str, module: types.ModuleType, found: dict[int, Function]) -> None:
    if any(keyword.iskeyword(part) for part in name.split(".")):
        return
    for attribute, value in list(vars(module).items()):
        if (
            not isinstance(value, types.FunctionType)
            or value.__module__ != name
            or attribute != value.__name__
            or attribute.startswith("__")
        ):
            continue
        facts = read(value)
        if facts.returns is not UNKNOWN and "return" in value.__annotations__:
            found[id(value)] = Function(f"{name}.{attribute}", value, facts)


def composing(functions: list[Function]) -> list[Edge]:
    """``f(..., g(...), ...)`` and ``x = g(...)`` with ``f(x)`` in the source, both functions of the packages."""
    by_id = {id(function.value): function for function in functions}
    edges: dict[tuple[str, str, int], Edge] = {}
    for module in {sys.modules[f.value.__module__] for f in functions}:
        try:
            tree = ast.parse(Path(module.__file__ or "").read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        for scope in (
            node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            once = _assigned_once(scope)
            for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
                consumer = by_id.get(id(_named(call.func, vars(module))))
                for position, argument in enumerate(call.args[:3]) if consumer is not None else ():
                    if any(isinstance(each, ast.Starred) for each in call.args[: position + 1]):
                        break
                    given = once.get(argument.id) if isinstance(argument, ast.Name) else argument
                    producer = _producer(given, module, by_id)
                    if (
                        producer is not None
                        and consumer is not None
                        and position < len(consumer.facts.parameters)
                    ):
                        key = (producer.name, consumer.name, position)
                        edges[key] = Edge(
                            producer,
                            consumer,
                            position,
                            composes=True,
                            through_name=isinstance(argument, ast.Name),
                        )
    return list(edges.values())


def _assigned_once(scope: ast.AST) -> dict[str, ast.expr]:
    """The local names that are bound in one place only, to a call."""
    bound: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.setdefault(node.id, [])
        elif isinstance(node, ast.arg):
            bound.setdefault(node.arg, []).append(None)
        if isinstance(node, (ast.For, ast.With, ast.AugAssign, ast.NamedExpr, ast.comprehension)):
            for name in (
                each
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            ):
                bound.setdefault(name.id, []).append(None)
    return {name: values[0] for name, values in bound.items() if len(values) == 1 and values[0] is not None}


def _producer(
    given: ast.expr | None, module: types.ModuleType, by_id: dict[int, Function]
) -> Function | None:
    inner = given.value if isinstance(given, ast.Await) else given
    if not isinstance(inner, ast.Call):
        return None
    found = by_id.get(id(_named(inner.func, vars(module))))
    awaited = isinstance(given, ast.Await)
    return found if found is not None and awaited == inspect.iscoroutinefunction(found.value) else None


def _named(node: ast.expr, names: dict[str, Any]) -> object:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _named(node.value, names)
        return vars(owner).get(node.attr) if isinstance(owner, types.ModuleType) else None
    return None


def ask(edges: list[Edge], folder: Path) -> None:
    """One run of each checker over all the edges."""
    lines = HEADER.splitlines()
    modules = sorted({f.value.__module__ for e in edges for f in (e.producer, e.consumer)})
    lines += [f"import {module}" for module in modules]
    at: dict[int, Edge] = {}
    for edge in edges:
        # Each in a function of its own: behind a call that never returns nothing is checked.
        lines += [f"def edge{len(lines)}() -> None:", f"    result = {edge.line}"]
        at[len(lines)] = edge
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "edges.py").write_text("\n".join(lines) + "\n")
    for number, message in _mypy(folder):
        if number in at:
            _note(at[number], "mypy", message)
    for number, message in _pyright(folder):
        if number in at:
            _note(at[number], "pyright", message)


def _note(edge: Edge, who: str, message: str) -> None:
    odd = ("has no attribute", "is not a known attribute", "not exported", "Module has no", "is not accessed")
    if any(text in message for text in odd):
        edge.valid = False
    setattr(edge, who, message)


def _mypy(folder: Path) -> Iterator[tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--no-error-summary", "--hide-error-context", "--no-pretty", "edges.py"],
        cwd=folder, capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    for line in done.stdout.splitlines():
        place, _, message = line.partition(": error: ")
        if message and place.startswith("edges.py:"):
            yield int(place.split(":")[1]), message


def _pyright(folder: Path) -> Iterator[tuple[int, str]]:
    (folder / "pyrightconfig.json").write_text(json.dumps({"include": ["."], "typeCheckingMode": "standard"}))
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable],
        cwd=folder, capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        if found["severity"] == "error":
            yield found["range"]["start"]["line"] + 1, found["message"]


def measure(count: int, seed: int, folder: Path) -> Score:
    """Judge what composes and ``count`` random pairs."""
    rng = random.Random(seed)
    functions = load(PACKAGES)
    takers = [f for f in functions if _takes_something(f)]
    makers = [f for f in functions if f.facts.form in ("function", "coroutine")]
    score = Score(seed, len(functions), len({f.name.partition(".")[0] for f in functions}))
    score.composing = composing(makers)
    score.pairs = [Edge(rng.choice(makers), rng.choice(takers)) for _ in range(count)]
    for edge in (*score.composing, *score.pairs):
        edge.judge()
    ask(score.composing + score.pairs, folder)
    return score


def _takes_something(function: Function) -> bool:
    """Whether its first argument can be asked about: of a type variable the other arguments decide too."""
    if not function.facts.parameters or function.facts.parameters[0].name in ("self", "cls"):
        return False
    annotation = function.facts.parameters[0].annotation
    return annotation is not UNKNOWN and not variables(annotation) and not t.get_overloads(function.value)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        score = measure(given.pairs, given.seed, given.keep or Path(temporary))
    print(score.listing())
    print(score.summary())
    print("bars not kept:", ", ".join(score.problems()) or "none")
    return 1 if score.problems() else 0


if __name__ == "__main__":
    sys.exit(main())
