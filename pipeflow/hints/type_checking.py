"""Names that a module has only for type checkers, and the modules that its imported names come from.

One annotation in nine of published packages uses a name that is imported under ``if TYPE_CHECKING:``. It does
not exist when the program runs, so the module's source is read for its imports and the name is looked up
among the modules that are loaded anyway. Nothing is ever imported here: an import can run any code.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import cast

from pipeflow.hints.unknown import UNKNOWN

_LARGEST_SOURCE = 4_000_000  # bytes; a larger file is generated, and reading it would be felt
_DEEPEST = 8  # modules that pass a name on
_MISSING = object()


@dataclass(frozen=True)
class Text:
    """An alias that is assigned under ``if TYPE_CHECKING:``: its text, and the module to read it in."""

    text: str
    module: str


@dataclass(frozen=True)
class _Source:
    """What the source of a module says about its names."""

    for_types: dict[str, tuple[str, str | None]]  # name -> (module, attribute; None for the module itself)
    aliases: dict[str, str]  # name -> text
    imported: dict[str, tuple[str, str | None]]  # all imports, those that run included


def imported_for_types(module: str | None, name: str, depth: int = 0) -> object:
    """What ``name`` stands for in the type-checking blocks of ``module``: an object, a Text, or UNKNOWN."""
    source = _source_of(module)
    if source is None or module is None or depth > _DEEPEST:
        return UNKNOWN
    if name in source.aliases:
        return Text(source.aliases[name], module)
    found = source.for_types.get(name)
    return UNKNOWN if found is None else _loaded(*found, depth)


def home_of(module: str | None, name: str) -> str | None:
    """The module that defines what ``module`` imports under that name, itself when it doesn't import it."""
    for _ in range(_DEEPEST):
        source = _source_of(module)
        found = None if source is None else source.imported.get(name) or source.for_types.get(name)
        if found is None or found[1] is None or found[0] not in sys.modules:
            break
        module, name = found[0], found[1]
    return module


def _source_of(module: str | None) -> _Source | None:
    loaded = sys.modules.get(module) if module is not None else None
    file = vars(loaded).get("__file__") if isinstance(loaded, ModuleType) else None
    if not isinstance(file, str) or not file.endswith(".py"):
        return None
    package = vars(loaded).get("__package__")
    return _read(file, package if isinstance(package, str) else "")


def _loaded(module: str, attribute: str | None, depth: int) -> object:
    """An object of the loaded modules; a submodule counts as its package's attribute."""
    owner = sys.modules.get(module)
    if attribute is None:
        return UNKNOWN if owner is None else owner
    submodule: object = sys.modules.get(f"{module}.{attribute}", UNKNOWN)
    if not isinstance(owner, ModuleType):
        return submodule
    value = cast("object", vars(owner).get(attribute, _MISSING))
    if value is _MISSING:  # the module may itself have the name for type checkers only
        value = imported_for_types(module, attribute, depth + 1)
    return submodule if value is UNKNOWN else value


@lru_cache(maxsize=1024)
def _read(file: str, package: str) -> _Source | None:
    try:
        path = Path(file)
        if path.stat().st_size > _LARGEST_SOURCE:
            return None
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    blocks = [statement for block in _blocks(tree) for statement in ast.walk(block)]
    return _Source(
        for_types={name: target for each in blocks for name, target in _imports(each, package)},
        aliases={name: text for each in blocks for name, text in _assignments(each)},
        imported={name: target for each in tree.body for name, target in _imports(each, package)},
    )


def _blocks(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from node.body


def _assignments(statement: ast.AST) -> Iterator[tuple[str, str]]:
    target, value = None, None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign):
        target, value = statement.target, statement.value
    if isinstance(target, ast.Name) and value is not None:
        yield target.id, ast.unparse(value)


def _imports(statement: ast.AST, package: str) -> Iterator[tuple[str, tuple[str, str | None]]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            top = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or top, (top, None)
    elif isinstance(statement, ast.ImportFrom):
        module = statement.module or ""
        if statement.level:
            try:
                module = resolve_name("." * statement.level + module, package)
            except ImportError:
                return
        for alias in statement.names:
            yield alias.asname or alias.name, (module, alias.name)
