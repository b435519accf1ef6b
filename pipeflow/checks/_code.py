"""What a function's code says without running it."""

from __future__ import annotations

import ast
import dis
import functools
import itertools
from types import CodeType, FunctionType, MethodType
from typing import Any

from pipeflow import hints
from pipeflow.checks._syntax import syntax


def function_of(found: Any) -> FunctionType | None:
    """The Python function that does the work of a functor; None where there is none to look at.

    Through partial, bound methods, ``__wrapped__``, a class functor's ``run`` and ``__call__``; looked up
    statically, since a user's attributes may do anything.
    """
    functor: object = found
    for _ in range(50):
        if type(functor) is FunctionType:
            inner = vars(functor).get("__wrapped__")
            if type(inner) is not FunctionType:
                return functor
            functor = inner
        else:
            functor = _inside(functor)
    return None


def _inside(functor: Any) -> object:
    """One layer less: the function of a partial or a method, the method of an object."""
    kind = class_of(functor)  # not isinstance, which asks for __class__: a property of the user's may fail
    if issubclass(kind, functools.partial):
        return functor.func
    if issubclass(kind, (MethodType, staticmethod, classmethod)):
        return functor.__func__
    return None if issubclass(kind, type) else _method(class_of(functor))


def class_of(value: object) -> type:
    """The type of any object, whatever it pretends to be."""
    return type(value)


def _method(cls: type) -> object:
    for name in ("run", "__call__"):
        for base in cls.__mro__:
            if name in vars(base):
                return vars(base)[name]
    return None


@functools.lru_cache(maxsize=4096)
def instructions(code: CodeType) -> tuple[dis.Instruction, ...]:
    """The instructions of one function, without those that only the interpreter needs."""
    return tuple(
        each for each in dis.get_instructions(code) if each.opname not in ("CACHE", "EXTENDED_ARG", "NOP")
    )


def returns_nothing(function: FunctionType) -> bool:
    """Whether every ``return`` of a plain function returns None (or raises): its result can't be meant."""
    code = instructions(function.__code__)
    for before, each in itertools.pairwise(code):
        if each.opname == "RETURN_VALUE" and not _loads_none(before):
            return False
        if each.opname == "RETURN_CONST" and each.argval is not None:
            return False
    return bool(code)


def receives(function: FunctionType) -> bool:
    """Whether some ``yield`` of a generator function uses what is sent to it, or could be waiting for it."""
    code = instructions(function.__code__)
    for number, each in enumerate(code):
        if each.opname in ("SEND", "GET_YIELD_FROM_ITER", "YIELD_FROM"):
            return True
        if each.opname == "YIELD_VALUE":
            if number and _loads_none(code[number - 1]):
                return True
            if _next(code, number) != "POP_TOP":
                return True
    return False


def sends(function: FunctionType) -> bool:
    """Whether some ``yield`` of a generator function may give something else than None."""
    code = instructions(function.__code__)
    for before, each in itertools.pairwise(code):
        if each.opname in ("SEND", "GET_YIELD_FROM_ITER", "YIELD_FROM"):
            return True
        if each.opname == "YIELD_VALUE" and (each.is_jump_target or not _loads_none(before)):
            return True
    return False


def _next(code: tuple[dis.Instruction, ...], number: int) -> str:
    for each in code[number + 1 :]:
        if each.opname not in ("RESUME", "PRECALL"):
            return each.opname
    return ""


def _loads_none(each: dis.Instruction) -> bool:
    return each.opname == "LOAD_CONST" and each.argval is None


def may_yield_none(function: FunctionType) -> str | None:
    """The line of a statement ``yield x`` whose x may be None by the look of it; None when there is none."""
    tree = syntax(function)
    if tree is None:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
            value = node.value.value
            if value is not None and _may_be_none(value, function):
                return ast.unparse(node)
    return None


def _may_be_none(value: ast.expr, function: FunctionType) -> bool:
    if isinstance(value, ast.IfExp):
        return any(_is_none(arm) or _may_be_none(arm, function) for arm in (value.body, value.orelse))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        called = function.__globals__.get(value.func.id)
        return isinstance(called, FunctionType) and hints.may_drop(called) is True
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
