"""What the source of a wrapper shows of it, for the function that it wraps."""

from __future__ import annotations

import ast
import builtins
import sys
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType, ModuleType
from typing import cast

from pipeflow.hints.raw import form_of_code
from pipeflow.hints.syntax import Function, syntax
from pipeflow.hints.unwrapping import CACHE, own_attributes
from pipeflow.hints.wrapping.arguments import Arguments, arguments_of_call
from pipeflow.hints.wrapping.body import COLLECTING, RUNNING, WRAPPED, Body
from pipeflow.hints.wrapping.results import AS_IT_IS, AWAITED, result_of

_NOTHING = object()
_MADE = ("<@beartype(",)
"""What wrappers without source have for a file, whose makers are known to pass on all: they only check it."""


@dataclass(frozen=True)
class Shown:
    """What is certain of a wrapper.

    Attributes:
        result: AS_IT_IS, AWAITED or one of COLLECTING when it returns the result of the call, that result
            awaited, or its items collected; None when it may return anything.
        or_none: it may also return None.
        arguments: None when nothing is known of how it calls what it wraps.
    """

    result: str | None = None
    or_none: bool = False
    arguments: Arguments | None = None


def shown_by(wrapper: FunctionType, inner: object, holder: object = None) -> Shown:
    """What is certain of a wrapper; nothing where its source can't be read.

    Args:
        wrapper: the function that is called.
        inner: what it wraps.
        holder: the object whose ``__call__`` the wrapper is, where it is that object that wraps.
    """
    if wrapper.__code__.co_filename.startswith(_MADE):
        result = AWAITED if form_of_code(wrapper) == "coroutine" else AS_IT_IS
        return Shown(result, arguments=Arguments(given=0))
    node = syntax(wrapper)
    if node is None:
        return Shown()
    names = _Names(wrapper, holder)
    kinds = tuple(_kind(names.find(each), inner) for each in _callees(node))
    return _shown(node, kinds, holder is not None) if WRAPPED in kinds else Shown()


@lru_cache(maxsize=512)
def _callees(node: Function) -> tuple[ast.expr, ...]:
    return tuple(each.func for each in ast.walk(node) if isinstance(each, ast.Call))


@lru_cache(maxsize=512)
def _shown(node: Function, kinds: tuple[str, ...], bound_self: bool) -> Shown:
    found = dict(zip(_callees(node), kinds, strict=True))
    body = Body(node, lambda expression: found.get(expression, ""))
    result, or_none = result_of(body)
    return Shown(result, or_none, arguments_of_call(body, bound_self))


def _kind(called: object, inner: object) -> str:
    if called is inner or (type(called) is CACHE and own_attributes(called).get("__wrapped__") is inner):
        return WRAPPED
    if called is getattr(sys.modules.get("asyncio"), "run", _NOTHING) and called is not _NOTHING:
        return RUNNING
    return next((name for name in COLLECTING if called is vars(builtins)[name]), "")


class _Names:
    """What the names in a wrapper are: those of the functions around it, of its module and of its object."""

    def __init__(self, wrapper: FunctionType, holder: object) -> None:
        code = wrapper.__code__
        self._globals = wrapper.__globals__
        self._local = {*code.co_varnames, *code.co_cellvars}
        self._cells = dict(zip(code.co_freevars, wrapper.__closure__ or (), strict=False))
        self._self = code.co_varnames[0] if holder is not None and code.co_argcount else None
        self._holder = holder

    def find(self, expression: ast.expr) -> object:
        """The object of a name, or of an attribute of one; nothing of the user's is run for it."""
        if isinstance(expression, ast.Name):
            return self._named(expression.id)
        if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
            owner = self._named(expression.value.id)
            found = vars(owner) if isinstance(owner, ModuleType) else own_attributes(owner)
            return cast("object", found.get(expression.attr, _NOTHING))
        return _NOTHING

    def _named(self, name: str) -> object:
        if name == self._self:
            return self._holder
        if name in self._local:
            return _NOTHING
        if name in self._cells:
            try:
                return self._cells[name].cell_contents
            except ValueError:  # the enclosing function has not set it yet
                return _NOTHING
        return cast("object", self._globals.get(name, vars(builtins).get(name, _NOTHING)))
