"""The syntax tree of a function, read from its file."""

from __future__ import annotations

import ast
import linecache
import sys
from types import FunctionType
from typing import Any

import pytest

from pipeflow.hints import syntax as module
from pipeflow.hints.syntax import syntax


def made(source: str, name: str = "f", file: str = "made for a test") -> Any:
    """What a file of that text calls `name`."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope: dict[str, Any] = {}
    exec(compile(source, file, "exec"), scope)
    return scope[name]


def written(function: Any) -> str | None:
    assert isinstance(function, FunctionType)
    node = syntax(function)
    return None if node is None else ast.unparse(node)


def decorated(function: Any) -> Any:
    return function


@decorated
@decorated
def with_decorators(item: int) -> int:
    return item


async def waits(item: int) -> int:
    return item


def test_functions_of_a_file() -> None:
    assert (written(with_decorators) or "").endswith(
        "def with_decorators(item: int) -> int:\n    return item"
    )
    assert (written(waits) or "").startswith("async def waits")


def test_a_lambda() -> None:
    assert written(lambda x: x + 1) == "lambda x: x + 1"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="columns are known since 3.11")
def test_several_lambdas_in_a_line() -> None:
    one, two = (lambda x: x + 1), (lambda x: x + 2)
    assert (written(one), written(two)) == ("lambda x: x + 1", "lambda x: x + 2")


def test_lambdas_with_other_parameters() -> None:
    one, two = (lambda x: x), (lambda y: y)
    assert (written(one), written(two)) == ("lambda x: x", "lambda y: y")


@pytest.mark.parametrize("parameters", ["a, /, b, *, c", "a, /", "*, c", ""])
def test_parameters_of_each_sort(parameters: str) -> None:
    assert written(made(f"def f({parameters}):\n    return 1\n")) == f"def f({parameters}):\n    return 1"


def test_two_of_a_name_and_a_line_are_not_told_apart() -> None:
    source = "if True:\n    def f(x): return 1\n"
    assert written(made(source)) == "def f(x):\n    return 1"
    double = made("def f(x): return 1\n")
    linecache.cache["made for a test"] = (1, None, ["def f(x): return 1; \n"], "made for a test")
    assert written(double) == "def f(x):\n    return 1"


def test_where_there_is_no_source() -> None:
    scope: dict[str, Any] = {}
    exec("def f(x): return x", scope)
    assert written(scope["f"]) is None


def test_another_file_by_now() -> None:
    function = made("def f(x):\n    return x\n")
    linecache.cache["made for a test"] = (1, None, ["def g(x):\n", "    return x\n"], "made for a test")
    assert written(function) is None


def test_a_file_that_cannot_be_read_as_python() -> None:
    function = made("def f(x):\n    return x\n")
    linecache.cache["made for a test"] = (1, None, ["def f(x:\n"], "made for a test")
    assert written(function) is None


def test_a_cell_that_is_run_again() -> None:
    assert written(made("def f(x):\n    return 1\n")) == "def f(x):\n    return 1"
    assert written(made("def f(x):\n    return 2\n")) == "def f(x):\n    return 2"


def test_a_very_long_file_is_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 2)
    assert written(made("def f(x):\n    return x\n")) is not None
    assert written(made("def f(x):\n    return x\n\n")) is None


def test_files_are_read_once_and_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FILES", 3)
    monkeypatch.setattr(module, "_read", {})
    read: list[str] = []
    parse = ast.parse
    monkeypatch.setattr(module.ast, "parse", lambda text: (read.append(text), parse(text))[1])
    functions = [made(f"def f(x):\n    return {n}\n", file=f"file {n}") for n in range(4)]
    for function in functions[:3]:
        assert syntax(function) is syntax(function)
    assert len(read) == 3
    assert len(module._read) == 3
    syntax(functions[3])
    assert len(module._read) == 1
