"""Names that a module imports only under ``if TYPE_CHECKING:``.

One annotation in nine of published packages uses such a name. They do not exist when the program runs, so the
module's source is read for its imports and the names are looked up among the modules that are loaded
anyway. Nothing is ever imported here: an import can run any code.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import cast

from pipeflow.hints.unknown import UNKNOWN

_LARGEST_SOURCE = 4_000_000  # bytes; a larger file is generated, and reading it would be felt
_MISSING = object()


def imported_for_types(module: str | None, name: str) -> object:
    """What ``name`` stands for in the type-checking imports of ``module``, or UNKNOWN."""
    if module is None:
        return UNKNOWN
    loaded = sys.modules.get(module)
    file = vars(loaded).get("__file__") if isinstance(loaded, ModuleType) else None
    if not isinstance(file, str) or not file.endswith(".py"):
        return UNKNOWN
    package = vars(loaded).get("__package__")
    found = _imports(file, package if isinstance(package, str) else "").get(name)
    return UNKNOWN if found is None else _loaded(*found)


def _loaded(module: str, attribute: str | None) -> object:
    """An object of the loaded modules; a submodule counts as its package's attribute."""
    if attribute is None:
        return sys.modules.get(module, UNKNOWN)
    submodule = sys.modules.get(f"{module}.{attribute}")
    owner = sys.modules.get(module)
    value = (
        cast("object", vars(owner).get(attribute, _MISSING)) if isinstance(owner, ModuleType) else _MISSING
    )
    if value is _MISSING and isinstance(owner, ModuleType):
        # The module may itself have the name for type checkers only.
        value = imported_for_types(module, attribute)
    if value is _MISSING or value is UNKNOWN:
        return submodule if submodule is not None else UNKNOWN
    return value


@lru_cache(maxsize=1024)
def _imports(file: str, package: str) -> dict[str, tuple[str, str | None]]:
    """Every name the type-checking blocks of a file import: name -> (module, attribute or None)."""
    try:
        path = Path(file)
        if path.stat().st_size > _LARGEST_SOURCE:
            return {}
        source = path.read_bytes()
        if b"TYPE_CHECKING" not in source:
            return {}
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {name: target for block in _blocks(tree) for name, target in _names(block, package)}


def _blocks(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for statement in node.body:
                yield from (s for s in ast.walk(statement) if isinstance(s, (ast.Import, ast.ImportFrom)))


def _names(statement: ast.stmt, package: str) -> Iterator[tuple[str, tuple[str, str | None]]]:
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
